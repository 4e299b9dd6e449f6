/** Who has a profile, over HTTP (contract §6). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { instantToText } from '../../src/db/dialect.ts';
import { profileHolderRoutes } from '../../src/http/profile-holder-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';

const NOT_FOUND = { status: 404, body: { detail: 'Not found.' } };
const READERS_ONLY = { status: 403, body: { detail: 'Access denied: Administrator privileges required.' } };
const PERSON = { email: '', first_name: '', last_name: '', is_active: true, is_radius_activated: false };

describeEachDatabase('a profile', (getDatabase) => {
  let context: TestContext;
  let api: CoreApi;
  let id: number;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    api = await coreApi(context.db, (parts) => [profileHolderRoutes(parts)]);
    id = await createProfile(context, { name: 'Étudiant' });
  });
  afterEach(() => api.app.close());

  describe('shows its users', () => {
    test.each(['admin', 'viewer'] as const)(
      'to %s: active ones, direct or via a promotion, the newest first',
      async (role) => {
        await createProfile(context, { name: 'Prof' });
        const l3 = await createPromotion(context, { name: 'L3', profile: 'Étudiant' });
        const m1 = await createPromotion(context, { name: 'M1', profile: 'Étudiant', isActive: false });
        const at = (minute: number) => context.clock.set(`2025-12-11T12:0${minute}:00Z`);
        const john = await createUser(context, { username: 'john', profile: 'Étudiant', email: 'j@x.org' });
        at(3);
        const mary = await createUser(context, { username: 'mary', promotion: 'L3', firstName: 'Mary' });
        at(1);
        const jane = await createUser(context, { username: 'jane', promotion: 'M1' });
        const both = await createUser(context, { username: 'both', promotion: 'L3', profile: 'Étudiant' });
        await createUser(context, { username: 'gone', profile: 'Étudiant', isActive: false });
        await createUser(context, { username: 'away', promotion: 'L3', isActive: false });
        await createUser(context, { username: 'other', promotion: 'L3', profile: 'Prof' });
        await createUser(context, { username: 'none' });
        const users = [
          {
            ...PERSON,
            id: mary,
            username: 'mary',
            first_name: 'Mary',
            promotion: { id: l3, name: 'L3' },
            assignment_type: 'via_promotion',
          },
          {
            ...PERSON,
            id: both,
            username: 'both',
            promotion: { id: l3, name: 'L3' },
            assignment_type: 'direct',
          },
          {
            ...PERSON,
            id: jane,
            username: 'jane',
            promotion: { id: m1, name: 'M1' },
            assignment_type: 'via_promotion',
          },
          {
            ...PERSON,
            id: john,
            username: 'john',
            email: 'j@x.org',
            promotion: null,
            assignment_type: 'direct',
          },
        ];
        const profile = { id, name: 'Étudiant' };
        await expect(api.as(role, 'GET', `profiles/${id}/users/`)).resolves.toEqual({
          status: 200,
          body: { profile, users, total_count: 4, next: null, previous: null },
        });
        await expect(api.as(role, 'GET', `profiles/${id}/users/?page=2&page_size=3`)).resolves.toEqual({
          status: 200,
          body: {
            profile,
            users: users.slice(3),
            total_count: 4,
            next: null,
            previous: `http://localhost/api/core/profiles/${id}/users/?page=1&page_size=3`,
          },
        });
      },
    );

    test('whole up to a thousand, and where the others are; each is on one page', async () => {
      await createPromotion(context, { name: 'L3', profile: 'Étudiant' });
      await addUsers(context, { count: 1_300, promotion: 'L3' });
      await addUsers(context, { count: 1_300, profile: 'Étudiant' });
      const whole = await list(`profiles/${id}/users/`);
      expect([whole.users.length, whole.total_count]).toEqual([1_000, 2_600]);
      expect(whole.next).toBe(`http://localhost/api/core/profiles/${id}/users/?page=11&page_size=100`);
      const seen = whole.users.map((user) => user.id);
      for (let next = whole.next; next !== null; ) {
        const page = await list(next.slice(next.indexOf('profiles/')));
        seen.push(...page.users.map((user) => user.id));
        next = page.next;
      }
      expect(seen.length).toBe(2_600);
      expect(new Set(seen).size).toBe(2_600);
      expect(seen).toEqual(await newestFirst(context));
      const last = await list(`profiles/${id}/users/?page=last&page_size=100`);
      expect(last.users.map((user) => user.id)).toEqual(seen.slice(-100));
    });

    test('from however many promotions', async () => {
      for (let index = 0; index <= 100; index++) {
        await createPromotion(context, { name: `L${index}`, profile: 'Étudiant' });
        context.clock.set(new Date(Date.UTC(2025, 11, 12, 0, index)).toISOString());
        await createUser(context, { username: `user${index}`, promotion: `L${index}` });
      }
      const page = await list(`profiles/${id}/users/?page=2&page_size=51`);
      expect([page.users.length, page.total_count]).toEqual([50, 101]);
      expect(page.users.map((user) => user.id)).toEqual((await newestFirst(context)).slice(51));
    });

    test.each(['users', 'promotions'])('not to a user: %s', async (what) => {
      await expect(api.as('user', 'GET', `profiles/${id}/${what}/`)).resolves.toEqual(READERS_ONLY);
    });

    test.each(['profiles/0/users/', 'profiles/x/users/', 'profiles/0/promotions/'])(
      'not where there is no profile: %s',
      async (path) => {
        await expect(api.as('admin', 'GET', path)).resolves.toEqual(NOT_FOUND);
      },
    );

    test.each(['page=0', 'page=2', 'page=x', 'page=1e1'])(
      'not on a page that is not there: %s',
      async (query) => {
        await expect(api.as('admin', 'GET', `profiles/${id}/users/?${query}`)).resolves.toEqual({
          status: 404,
          body: { detail: 'Invalid page.' },
        });
      },
    );
  });

  test('shows its active promotions by name, each with its members', async () => {
    const b = await createPromotion(context, { name: 'B', profile: 'Étudiant' });
    const a = await createPromotion(context, { name: 'A', profile: 'Étudiant' });
    await createPromotion(context, { name: 'C', profile: 'Étudiant', isActive: false });
    await createPromotion(context, { name: 'D' });
    await createUser(context, { username: 'john', promotion: 'B' });
    await createUser(context, { username: 'jane', promotion: 'B', isActive: false });
    await expect(api.as('viewer', 'GET', `profiles/${id}/promotions/`)).resolves.toEqual({
      status: 200,
      body: {
        profile: { id, name: 'Étudiant' },
        promotions: [
          { id: a, name: 'A', is_active: true, user_count: 0 },
          { id: b, name: 'B', is_active: true, user_count: 2 },
        ],
        total_count: 2,
        next: null,
        previous: null,
      },
    });
  });

  async function list(path: string) {
    const { status, body } = await api.as('admin', 'GET', path);
    expect(status).toBe(200);
    const {
      users,
      total_count,
      next,
    }: { users: { id: number }[]; total_count: number; next: string | null } = Object(body);
    return { users, total_count, next };
  }
});

/** Inserts users, three to each instant: that they are created is of no matter here. */
async function addUsers(
  { db, clock }: TestContext,
  { count, promotion, profile }: { count: number; promotion?: string; profile?: string },
): Promise<void> {
  const idOf = async (table: string, name: string | undefined) =>
    name === undefined ? null : (await db.knex(table).where({ name }).first('id')).id;
  const promotion_id = await idOf('promotions', promotion);
  const profile_id = await idOf('profiles', profile);
  const rows = Array.from({ length: count }, (_, index) => {
    const at = instantToText(clock.now() + Math.floor(index / 3) * 1_000);
    const username = `${promotion ?? profile}-${index}`;
    return {
      username,
      password: '!',
      promotion_id,
      profile_id,
      date_joined: at,
      created_at: at,
      updated_at: at,
    };
  });
  await db.knex.batchInsert('users', rows, 100);
}

async function newestFirst({ db }: TestContext): Promise<number[]> {
  return db.knex('users').orderBy('created_at', 'desc').orderBy('id', 'desc').pluck('id');
}
