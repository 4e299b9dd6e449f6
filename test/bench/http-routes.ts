/** What the HTTP bench asks for: one line for each route, and for each way of reading it. */

/** What a fill has put into the database. */
export interface Filled {
  readonly userCount: number;
}

export interface MeasuredRoute {
  readonly name: string;
  /** Paths below `/api/core/`, asked in this order. */
  readonly paths: (filled: Filled) => readonly string[];
  /** All of them are asked for again and again until there were so many requests; 300 if not given. */
  readonly requests?: number;
  /** Between two requests; 0 if not given. */
  readonly pauseMs?: number;
  /** Printed, and held to no limit. */
  readonly isUnlimited?: boolean;
}

const FIRST_PAGES = 100;
const DEEPER_PAGES = 20;

/** Every route the bench measures; one that does not exist yet is printed as such. */
export const ROUTES: readonly MeasuredRoute[] = [
  {
    name: 'explain/{user}',
    paths: ({ userCount }) => spread(userCount, 300).map((id) => `explain/user${id}/`),
  },
  ...list('profile-usage', rowsEqualUsers),
  one('profile-usage/{id}', (id) => `profile-usage/${id}/`),
  ...list('users', rowsEqualUsers),
  ...list('users?is_active=false', (filled) => filled.userCount / 50),
  ...list('users?profile', (filled) => filled.userCount / 20, 'users/?profile=4'),
  ...list('users?search', usersFrom9, 'users/?search=user9'),
  one('users/{id}', (id) => `users/${id}/`),
  ...list('sessions', rowsEqualUsers),
  ...list('sessions?is_open=true', (filled) => filled.userCount / 20, 'sessions/?is_open=true'),
  one('sessions?user', (id) => `sessions/?user=${id}`),
  one('sessions/{id}', (id) => `sessions/${id}/`),
  ...list('profile-history', rowsEqualUsers),
  ...list('profile-history?profile', (filled) => filled.userCount / 20, 'profile-history/?profile=7'),
  one('profile-history?user', (id) => `profile-history/?user=${id}`),
  one('profile-history/user_history', (id) => `profile-history/user_history/?user_id=${id}`),
  { name: 'profiles', paths: () => ['profiles/', 'profiles/?page=last'] },
  { name: 'profiles/active', paths: () => ['profiles/active/'] },
  { name: 'profiles/{id}', paths: () => ['profiles/7/'] },
  { name: 'profiles/{id}/users', paths: () => ['profiles/8/users/'] },
  ...list('profiles/{id}/users by page', (filled) => filled.userCount / 20, 'profiles/8/users/'),
  { name: 'profiles/{id}/promotions', paths: () => ['profiles/8/promotions/'] },
  ...list('promotions', () => 200),
  { name: 'promotions/{id}/users', paths: () => ['promotions/8/users/'] },
  { name: 'profile-alerts', paths: () => ['profile-alerts/', 'profile-alerts/?page=last'] },
  ...list('disconnection-logs', (filled) => filled.userCount / 10),
  ...list('audit-log', (filled) => filled.userCount / 10),
  { name: 'profiles/statistics', paths: () => ['profiles/statistics/'], requests: 650, pauseMs: 100 },
  {
    name: 'profiles/{id}/statistics_detail',
    paths: () => ['profiles/7/statistics_detail/'],
    requests: 650,
    pauseMs: 100,
  },
  { name: 'nas', paths: () => ['nas/'] },
  { name: 'jobs', paths: () => ['jobs/'] },
  { name: 'tokens', paths: () => ['tokens/'] },
  one('usage-days of a user', (id) => `usage-days/?user=${id}`),
  { name: 'usage-days of a profile', paths: () => ['usage-days/?profile=7'] },
  { name: 'usage-days of all', paths: () => ['usage-days/'] },
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
    },
    {
      name: `${name}: deeper pages`,
      paths: (filled) => spread(pages(filled), DEEPER_PAGES).map(at),
      requests: DEEPER_PAGES,
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

/** How many of the numbers up to the last user's begin with a 9. */
function usersFrom9({ userCount }: Filled): number {
  let found = 0;
  for (let power = 1; 9 * power <= userCount; power *= 10)
    found += Math.min(power, userCount - 9 * power + 1);
  return found;
}

/** So many different whole numbers from 1 to `last`, evenly spread and in no order. */
function spread(last: number, count: number): number[] {
  const step = Math.max(1, Math.floor(last / count));
  return Array.from(
    { length: Math.min(count, last) },
    (_, index) => 1 + ((((index * 7) % count) * step) % last),
  );
}
