/** `notices/`: everybody reads their own. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { noticeRoutes } from '../../src/http/notice-routes.ts';
import { type AlertStory, alertStory } from '../support/alert-story.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('notices', (getDatabase) => {
  let story: AlertStory;
  let api: CoreApi;
  let john: { userId: number };
  let alert: number;

  beforeEach(async () => {
    const { db } = getDatabase();
    story = await alertStory(db);
    api = await coreApi(db, (parts) => [noticeRoutes(parts)]);
    alert = await story.alert({ notificationMethod: 'system' });
    john = { userId: await story.join('john', 45) };
    await story.join('mary', 41);
    await story.check();
  });
  afterEach(() => api.app.close());

  const idOfMarys = async () => {
    const [row] = await getDatabase().db.knex('notices').whereNot('user_id', john.userId).select('id');
    return row.id;
  };

  it('shows whoever asks what they were told, and nothing of others', async () => {
    const { status, body } = await api.as(john, 'GET', 'notices/');
    expect([status, body]).toEqual([
      200,
      {
        count: 1,
        next: null,
        previous: null,
        results: [
          {
            id: expect.any(Number),
            alert,
            message: 'Attention: 90.0% de votre quota utilisé',
            created_at: '2025-12-11T12:00:00Z',
            is_read: false,
            read_at: null,
          },
        ],
      },
    ]);
    for (const role of ['admin', 'viewer'] as const) {
      expect(await api.as(role, 'GET', 'notices/')).toMatchObject({ status: 200, body: { count: 0 } });
    }
  });

  it('marks one as read, once', async () => {
    const [row] = await getDatabase().db.knex('notices').where('user_id', john.userId).select('id');
    api.clock.set('2025-12-11T13:00:00Z');
    const read = { is_read: true, read_at: '2025-12-11T13:00:00Z' };
    expect(await api.as(john, 'POST', `notices/${row.id}/read/`)).toMatchObject({ status: 200, body: read });
    api.clock.set('2025-12-11T14:00:00Z');
    expect(await api.as(john, 'POST', `notices/${row.id}/read/`)).toMatchObject({ status: 200, body: read });
    for (const [filter, count] of [
      ['true', 1],
      ['false', 0],
    ] as const) {
      expect(await api.as(john, 'GET', `notices/?is_read=${filter}`)).toMatchObject({ body: { count } });
    }
  });

  it.each(['999999', 'abc', 'theirs'])('answers 404 for the notice %s', async (which) => {
    const id = which === 'theirs' ? await idOfMarys() : which;
    for (const caller of [john, 'admin'] as const) {
      expect(await api.as(caller, 'POST', `notices/${id}/read/`)).toMatchObject({ status: 404 });
    }
  });

  it('refuses a filter that is none', async () => {
    expect(await api.as(john, 'GET', 'notices/?is_read=maybe')).toMatchObject({
      status: 400,
      body: { is_read: [expect.stringContaining('true or false')] },
    });
  });

  it('keeps a notice whose alert is deleted', async () => {
    await getDatabase().db.knex('notices').update({ alert_id: null });
    expect(await api.as(john, 'GET', 'notices/')).toMatchObject({ body: { results: [{ alert: null }] } });
  });
});
