/** What the HTTP bench asks for: one line for each route, and for each way of reading it. */

/** What a fill has put into the database. */
export interface Filled {
  readonly userCount: number;
}

export interface MeasuredRoute {
  readonly name: string;
  /** Paths below `/api/core/`, asked in this order. */
  readonly paths: (filled: Filled) => readonly string[];
  /** How often all of them are asked for; 1 if not given. */
  readonly rounds?: number;
  /** Between two requests; 0 if not given. */
  readonly pauseMs?: number;
  /** Printed, and held to no limit. */
  readonly isUnlimited?: boolean;
}

const FIRST_PAGES = 100;
const DEEPER_PAGES = 20;

/** Every route the bench measures; one that does not exist yet is printed as such. */
export const ROUTES: readonly MeasuredRoute[] = [
  { name: 'profiles/statistics', paths: () => ['profiles/statistics/'], rounds: 650, pauseMs: 100 },
  {
    name: 'profiles/{id}/statistics_detail',
    paths: () => ['profiles/7/statistics_detail/'],
    rounds: 650,
    pauseMs: 100,
  },
  {
    name: 'explain/{user}',
    paths: ({ userCount }) => spread(userCount, 300).map((id) => `explain/user${id}/`),
  },
  ...list('profile-usage', rowsEqualUsers),
  one('profile-usage/{id}', (id) => `profile-usage/${id}/`),
  ...list('users', rowsEqualUsers),
  ...list('users?is_active=false', (filled) => filled.userCount / 50),
  ...list('users?profile', (filled) => filled.userCount / 20, 'users/?profile=4'),
  ...list('users?search', (filled) => filled.userCount / 9, 'users/?search=user9'),
  one('users/{id}', (id) => `users/${id}/`),
  ...list('sessions', rowsEqualUsers),
  ...list('sessions?is_open=true', (filled) => filled.userCount / 20, 'sessions/?is_open=true'),
  one('sessions?user', (id) => `sessions/?user=${id}`),
  one('sessions/{id}', (id) => `sessions/${id}/`),
  ...list('profile-history', rowsEqualUsers),
  ...list('profile-history?profile', (filled) => filled.userCount / 20, 'profile-history/?profile=7'),
  one('profile-history?user', (id) => `profile-history/?user=${id}`),
  one('profile-history/user_history', (id) => `profile-history/user_history/?user_id=${id}`),
  { name: 'profiles', paths: () => ['profiles/', 'profiles/?page=last'], rounds: 100 },
  { name: 'profiles/active', paths: () => ['profiles/active/'], rounds: 200 },
  { name: 'profiles/{id}', paths: () => ['profiles/7/'], rounds: 200 },
  { name: 'profiles/{id}/users', paths: () => ['profiles/8/users/'], rounds: 200 },
  ...list('profiles/{id}/users by page', (filled) => filled.userCount / 20, 'profiles/8/users/'),
  { name: 'profiles/{id}/promotions', paths: () => ['profiles/8/promotions/'], rounds: 200 },
  ...list('promotions', () => 200),
  { name: 'promotions/{id}/users', paths: () => ['promotions/8/users/'], rounds: 200 },
  { name: 'profile-alerts', paths: () => ['profile-alerts/', 'profile-alerts/?page=last'], rounds: 100 },
  ...list('disconnection-logs', (filled) => filled.userCount / 10),
  ...list('audit-log', (filled) => filled.userCount / 10),
  { name: 'nas', paths: () => ['nas/'], rounds: 200 },
  { name: 'jobs', paths: () => ['jobs/'], rounds: 200 },
  { name: 'tokens', paths: () => ['tokens/'], rounds: 200 },
  one('usage-days of a user', (id) => `usage-days/?user=${id}`),
  { name: 'usage-days of a profile', paths: () => ['usage-days/?profile=7'], rounds: 20 },
  { name: 'usage-days of all', paths: () => ['usage-days/'], rounds: 20 },
];

/** A list by its first pages and its last one, and deeper pages apart. */
function list(
  name: string,
  rows: (filled: Filled) => number,
  path: string = `${name.split('?')[0]}/${name.includes('?') ? `?${name.split('?')[1]}` : ''}`,
): MeasuredRoute[] {
  const at = (page: number | string) => `${path}${path.includes('?') ? '&' : '?'}page=${page}`;
  const pages = (filled: Filled) => Math.max(1, Math.floor(rows(filled) / 20));
  return [
    {
      name: `${name}: first ${FIRST_PAGES} pages and last`,
      paths: (filled) => [
        ...Array.from({ length: Math.min(FIRST_PAGES, pages(filled)) }, (_, index) => at(index + 1)),
        at('last'),
      ],
      rounds: 3,
    },
    {
      name: `${name}: deeper pages`,
      paths: (filled) => spread(pages(filled), DEEPER_PAGES).map(at),
      isUnlimited: true,
    },
  ];
}

/** One row of many, all over the table. */
function one(name: string, path: (id: number) => string): MeasuredRoute {
  return { name, paths: ({ userCount }) => spread(userCount, 300).map(path) };
}

function rowsEqualUsers({ userCount }: Filled): number {
  return userCount;
}

/** So many different whole numbers from 1 to `last`, evenly spread and in no order. */
function spread(last: number, count: number): number[] {
  const step = Math.max(1, Math.floor(last / count));
  return Array.from(
    { length: Math.min(count, last) },
    (_, index) => 1 + ((((index * 7) % count) * step) % last),
  );
}
