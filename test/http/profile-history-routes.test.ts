import { afterEach, beforeEach, expect, it } from 'vitest';
import { profileHistoryRoutes } from '../../src/http/profile-history-routes.ts';
import { createProfile, deleteProfile } from '../../src/profiles/profile-commands.ts';
import { assignProfileToUser, createUser, removeProfileFromUser } from '../../src/profiles/user-commands.ts';
import { commandContext, type TestContext, usageRowOf } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';

const NOT_FOUND = { status: 404, body: { detail: 'Not found.' } };
const FORBIDDEN = {
  status: 403,
  body: { detail: expect.stringMatching(/^Access denied: Administrator privileges required/) },
};

describeEachDatabase('profile-history/', (getDatabase) => {
  let api: CoreApi;
  let context: TestContext;
  let first: number;
  let second: number;
  let john: number;
  let jane: number;

  beforeEach(async () => {
    const { db } = getDatabase();
    context = commandContext(db, '2025-12-10T08:00:00.250Z');
    api = await coreApi(db, (given) => [profileHistoryRoutes(given)]);
    first = await createProfile(context, { name: 'Étudiant' });
    second = await createProfile(context, { name: 'Staff' });
    john = await createUser(context, { username: 'john', profile: 'Étudiant' });
    jane = await createUser(context, { username: 'jane' });
    context.clock.set('2025-12-10T09:00:00Z');
    await assignProfileToUser(context, 'john', 'Staff', 'hired');
    context.clock.set('2025-12-10T10:00:00Z');
    await assignProfileToUser(context, 'jane', 'Étudiant');
  });
  afterEach(() => api.app.close());

  const usersIn = (body: unknown) =>
    Object(body).results.map(({ user_username: name }: { user_username: string }) => name);

  it.each(['admin', 'viewer'] as const)('shows a %s every change, newest first', async (role) => {
    expect(await api.as(role, 'GET', 'profile-history/')).toEqual({
      status: 200,
      body: {
        count: 3,
        next: null,
        previous: null,
        results: [
          {
            id: expect.any(Number),
            user: jane,
            user_username: 'jane',
            old_profile: null,
            new_profile: first,
            new_profile_name: 'Étudiant',
            changed_by: null,
            changed_by_username: 'cli:tester',
            changed_at: '2025-12-10T10:00:00Z',
            reason: 'Profil automatiquement modifié (assigned)',
            change_type: 'assigned',
          },
          {
            id: expect.any(Number),
            user: john,
            user_username: 'john',
            old_profile: first,
            old_profile_name: 'Étudiant',
            new_profile: second,
            new_profile_name: 'Staff',
            changed_by: null,
            changed_by_username: 'cli:tester',
            changed_at: '2025-12-10T09:00:00Z',
            reason: 'hired',
            change_type: 'updated',
          },
          expect.objectContaining({ user: john, changed_at: '2025-12-10T08:00:00.250000Z' }),
        ],
      },
    });
  });

  it('filters by user, by profile before or after, and by both', async () => {
    const names = async (query: string) => {
      const { body } = await api.as('admin', 'GET', `profile-history/?${query}`);
      expect(Object(body).count).toBe(usersIn(body).length);
      return usersIn(body);
    };
    expect(await names(`user=${john}`)).toEqual(['john', 'john']);
    expect(await names(`profile=${first}`)).toEqual(['jane', 'john', 'john']);
    expect(await names(`profile=${second}`)).toEqual(['john']);
    expect(await names(`profile=${first}&user=${jane}`)).toEqual(['jane']);
    expect(await names(`profile=${second}&user=${jane}`)).toEqual([]);
    expect(await names('profile=&user=')).toEqual(['jane', 'john', 'john']);
    expect(await names('user=999999')).toEqual([]);
  });

  it('shows a change from a profile to itself once', async () => {
    await api.as('admin', 'POST', 'profile-history', {
      user: jane,
      old_profile: second,
      new_profile: second,
    });
    expect(await api.as('admin', 'GET', `profile-history/?profile=${second}`)).toMatchObject({
      body: { count: 2, results: [{ user: jane }, { user: john }] },
    });
  });

  it('pages, and keeps the filters in the addresses of pages', async () => {
    const { body } = await api.as('admin', 'GET', `profile-history/?profile=${first}&page_size=2&page=2`);
    expect(usersIn(body)).toEqual(['john']);
    expect(Object(body).previous).toMatch(/profile-history\/\?profile=\d+&page_size=2$/);
    expect(await api.as('admin', 'GET', 'profile-history/?page=7')).toEqual({
      status: 404,
      body: { detail: 'Invalid page.' },
    });
  });

  it.each(['user', 'profile'])('refuses a %s that is no id', async (field) => {
    for (const value of ['abc', '-1', '1.5', '1e3', '99999999999999999999', "1' OR 1=1"]) {
      const query = `${field}=${encodeURIComponent(value)}`;
      expect(await api.as('admin', 'GET', `profile-history/?${query}`)).toEqual({
        status: 400,
        body: { [field]: [expect.any(String)] },
      });
    }
  });

  it('keeps the names of profiles that are gone', async () => {
    await deleteProfile(context, 'Staff', { force: true });
    const { body } = await api.as('admin', 'GET', `profile-history/?user=${john}`);
    expect(Object(body).results[0]).toMatchObject({
      old_profile: null,
      old_profile_name: 'Staff',
      new_profile: null,
      change_type: 'removed',
    });
    expect(Object(body).results[0]).not.toHaveProperty('new_profile_name');
    expect(Object(body).results[1]).toMatchObject({ new_profile: null, new_profile_name: 'Staff' });
  });

  it('shows one change', async () => {
    const { body } = await api.as('admin', 'GET', `profile-history/?user=${jane}`);
    const [change] = Object(body).results;
    expect(await api.as('viewer', 'GET', `profile-history/${change.id}/`)).toEqual({
      status: 200,
      body: change,
    });
    for (const id of ['999999', 'abc', '0']) {
      expect(await api.as('admin', 'GET', `profile-history/${id}/`)).toEqual(NOT_FOUND);
    }
  });

  it('gives the history of a user as a plain list, newest first', async () => {
    await removeProfileFromUser(context, 'john');
    const answer = await api.as('viewer', 'GET', `profile-history/user_history/?user_id=${john}`);
    expect(answer).toMatchObject({
      status: 200,
      body: [{ change_type: 'removed' }, { change_type: 'updated' }, { change_type: 'assigned' }],
    });
    expect(await api.as('admin', 'GET', 'profile-history/user_history/?user_id=999999')).toEqual({
      status: 200,
      body: [],
    });
  });

  it.each([
    ['', { error: 'user_id parameter is required' }],
    ['?user_id=', { error: 'user_id parameter is required' }],
    ['?user_id=abc', { user_id: [expect.any(String)] }],
  ])('refuses user_history/%s', async (query, body) => {
    expect(await api.as('admin', 'GET', `profile-history/user_history/${query}`)).toEqual({
      status: 400,
      body,
    });
  });

  it('writes a change down without changing anything', async () => {
    const before = await usageRowOf(context.db, 'jane');
    const body = {
      user: jane,
      old_profile: first,
      new_profile: second,
      change_type: 'updated',
      reason: 'paper',
    };
    const created = await api.as({ userId: john }, 'POST', 'profile-history/', body);
    expect(created).toEqual(FORBIDDEN);
    const admin = await api.as('admin', 'POST', 'profile-history/', {
      ...body,
      changed_by: john,
      changed_at: '1999-01-01T00:00:00Z',
    });
    expect(admin).toEqual({
      status: 201,
      body: {
        id: expect.any(Number),
        user: jane,
        user_username: 'jane',
        old_profile: first,
        old_profile_name: 'Étudiant',
        new_profile: second,
        new_profile_name: 'Staff',
        changed_by: null,
        changed_by_username: 'token:admin',
        changed_at: '2025-12-11T12:00:00Z',
        reason: 'paper',
        change_type: 'updated',
      },
    });
    expect(await usageRowOf(context.db, 'jane')).toEqual(before);
    expect(await context.db.knex('users').where({ id: jane }).first('profile_id')).toEqual({
      profile_id: first,
    });
    expect(await context.db.knex('audit_log').where({ object_type: 'history' })).toEqual([
      expect.objectContaining({ action: 'create', actor: 'token:admin' }),
    ]);
    // Somebody may have counted the list a moment ago.
    expect(await api.as('admin', 'GET', 'profile-history')).toMatchObject({ body: { count: 4 } });
  });

  it('takes a change to be an assignment of nothing where no more is said', async () => {
    expect(await api.as('admin', 'POST', 'profile-history', { user: jane })).toMatchObject({
      status: 201,
      body: { old_profile: null, new_profile: null, change_type: 'assigned', reason: null },
    });
  });

  it.each([
    [{}, { user: ['This field is required.'] }],
    [{ user: 999999 }, { user: ['Invalid pk "999999" - object does not exist.'] }],
    [{ user: 'john' }, { user: [expect.any(String)] }],
    [{ user: 1, old_profile: 999999 }, { old_profile: ['Invalid pk "999999" - object does not exist.'] }],
    [{ user: 1, new_profile: 999999 }, { new_profile: ['Invalid pk "999999" - object does not exist.'] }],
    [
      { user: 1, change_type: 'foo' },
      { change_type: [expect.stringContaining('assigned, updated, removed')] },
    ],
    [{ user: 1, reason: 7 }, { reason: expect.arrayContaining([expect.any(String)]) }],
    // No column keeps them as they are.
    [{ user: 1, reason: '\ud800' }, { reason: [expect.any(String)] }],
    [{ user: 1, reason: 'a\u0000' }, { reason: [expect.any(String)] }],
    [{ user: 1, quota: 7 }, { quota: ['This field is not known.'] }],
  ])('refuses to write down %o', async (body, expected) => {
    expect(await api.as('admin', 'POST', 'profile-history', body)).toEqual({ status: 400, body: expected });
  });

  it('shows users nothing, and lets viewers write nothing', async () => {
    for (const path of ['', '1/', `user_history/?user_id=${john}`]) {
      expect(await api.as({ userId: john }, 'GET', `profile-history/${path}`)).toEqual(FORBIDDEN);
    }
    expect(await api.as('viewer', 'POST', 'profile-history', { user: john })).toEqual(FORBIDDEN);
  });

  it.each(['PUT', 'PATCH', 'DELETE'] as const)('has no %s: what was stays', async (method) => {
    expect(await api.as('admin', method, 'profile-history/1/')).toEqual({
      status: 405,
      body: { detail: `Method "${method}" not allowed.` },
    });
  });
});
