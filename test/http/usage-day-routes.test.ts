import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { usageDayRoutes } from '../../src/http/usage-day-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { Calendar } from '../../src/usage/period.ts';
import { commandContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { insertSession } from '../support/session-rows.ts';

const FORBIDDEN = {
  status: 403,
  body: { detail: expect.stringMatching(/^Access denied: Administrator privileges required/) },
};

describeEachDatabase('usage-days/', (getDatabase) => {
  let api: CoreApi;
  let profile: number;
  let john: number;
  let jane: number;

  beforeEach(async () => {
    const { db } = getDatabase();
    const context = commandContext(db);
    // Noon in UTC is the next day there, which begins at 10:00 UTC.
    const calendar = new Calendar('Pacific/Kiritimati');
    api = await coreApi(db, (given) => [
      usageDayRoutes(given, { calendar: () => calendar, cheapMs: 60_000 }),
    ]);
    profile = await createProfile(context, { name: 'A' });
    john = await createUser(context, { username: 'john', profile: 'A' });
    jane = await createUser(context, { username: 'jane' });
    await db.knex('usage_days').insert([
      { user_id: john, day: '2025-12-10', input_octets: 1, output_octets: 2 },
      { user_id: john, day: '2025-12-12', input_octets: 10, output_octets: 20 },
      { user_id: jane, day: '2025-12-12', input_octets: 100, output_octets: 200 },
    ]);
  });
  afterEach(() => api.app.close());

  const octets = (input: number, output: number) => ({
    input_octets: input,
    output_octets: output,
    total_octets: input + output,
  });
  const senderRow = (address: string, nasIdentifier: string) => ({
    address,
    nas_identifier: Buffer.from(nasIdentifier),
    last_seen_at: 1,
  });
  const addSender = (address: string, nasIdentifier: string) =>
    getDatabase().db.knex('nas_senders').insert(senderRow(address, nasIdentifier));
  const get = (query: string) => api.as('viewer', 'GET', `usage-days/?${query}`);

  it('gives every day of a range, of one user', async () => {
    expect(await get(`user=${john}&from=2025-12-10&to=2025-12-12`)).toEqual({
      status: 200,
      body: {
        user: john,
        profile: null,
        nas: null,
        from: '2025-12-10',
        to: '2025-12-12',
        timezone: 'Pacific/Kiritimati',
        basis: 'day',
        as_of: '2025-12-11T12:00:00Z',
        days: [
          { day: '2025-12-10', ...octets(1, 2) },
          { day: '2025-12-11', ...octets(0, 0) },
          { day: '2025-12-12', ...octets(10, 20) },
        ],
        ...octets(11, 22),
      },
    });
  });

  it('ends today, where the service is, and has thirty days where nothing is said', async () => {
    const { body } = await api.as('admin', 'GET', 'usage-days');
    expect(body).toMatchObject({ from: '2025-11-13', to: '2025-12-12', ...octets(111, 222) });
    expect(Object(body).days).toHaveLength(30);
    expect(Object(body).days[29]).toEqual({ day: '2025-12-12', ...octets(110, 220) });
  });

  it('adds up the users of a profile', async () => {
    expect(await get(`profile=${profile}&from=2025-12-12`)).toMatchObject({
      body: { profile, user: null, days: [{ day: '2025-12-12', ...octets(10, 20) }] },
    });
  });

  it('puts the octets of a NAS on the day their session began', async () => {
    const { db } = getDatabase();
    const session = (startedAt: string, columns: object = {}) =>
      insertSession(db, {
        started_at: Date.parse(startedAt),
        acctinputoctets: 1,
        acctoutputoctets: 5,
        ...columns,
      });
    await session('2025-12-10T09:59:59Z');
    await session('2025-12-10T10:00:00Z');
    await session('2025-12-11T09:59:59Z', { close_kind: 1, user_id: john });
    await session('2025-12-11T10:00:00Z', {
      source_address: '192.0.2.11',
      nas_identifier: Buffer.from('lab'),
    });
    await session('2025-12-11T10:00:00Z', { acctinputoctets: null, acctoutputoctets: null });
    await db.knex('nas').insert({ nasname: '192.0.2.0/24', shortname: 'campus', secret: 'x' });
    await addSender('192.0.2.11', 'lab');
    const days = async (nas: string) => {
      const { body } = await get(`nas=${encodeURIComponent(nas)}&from=2025-12-10&to=2025-12-12`);
      expect(body).toMatchObject({ nas, basis: 'session_start' });
      return Object(body).days.map((day: { total_octets: number }) => day.total_octets);
    };
    expect(await days('192.0.2.10')).toEqual([6, 12, 0]);
    expect(await days('192.0.2.11')).toEqual([0, 0, 6]);
    expect(await days('192.0.2.0/31')).toEqual([0, 0, 0]);
    expect(await days('campus')).toEqual([6, 12, 6]);
    expect(await days('lab')).toEqual([0, 0, 6]);
    expect(await days('nowhere')).toEqual([0, 0, 0]);
  });

  describe('of a NAS-Identifier', () => {
    const from = '2025-12-12';
    /** What the sessions under it carried today, and whether any session was looked at for that. */
    async function askFor(nas: string) {
      const { knex } = getDatabase().db;
      let isRead = false;
      const look = ({ sql }: { sql: string }) => {
        isRead ||= sql.includes('radacct');
      };
      knex.on('query', look);
      const { body } = await get(`nas=${nas}&from=${from}`);
      knex.removeListener('query', look);
      return { octets: Object(body).total_octets, isRead };
    }

    beforeEach(async () => {
      await insertSession(getDatabase().db, {
        started_at: Date.parse('2025-12-11T11:00:00Z'),
        acctinputoctets: 1,
        acctoutputoctets: 5,
        nas_identifier: Buffer.from('lab'),
      });
    });

    it('that nobody ever sent under is nothing, and no session is looked at for it', async () => {
      await addSender('192.0.2.10', 'lab');
      expect(await askFor('nowhere')).toEqual({ octets: 0, isRead: false });
    });

    it('that somebody has sent under is what the sessions under it carried', async () => {
      await addSender('192.0.2.10', 'lab');
      expect(await askFor('lab')).toEqual({ octets: 6, isRead: true });
    });

    it('that a NAS is told by counts before its sender is written down', async () => {
      const nas = { nasname: '192.0.2.10', shortname: 'hall', secret: 'x' };
      await getDatabase()
        .db.knex('nas')
        .insert({ ...nas, match_identifier: Buffer.from('lab') });
      expect(await askFor('lab')).toEqual({ octets: 6, isRead: true });
    });

    it('is looked for among all sessions where there are so many senders that some may be forgotten', async () => {
      const { knex } = getDatabase().db;
      const senders = Array.from({ length: 9_999 }, (_, n) =>
        senderRow(`10.0.${n >> 8}.${n & 255}`, 'other'),
      );
      await knex.batchInsert('nas_senders', senders, 500);
      expect(await askFor('lab')).toEqual({ octets: 0, isRead: false });
      await addSender('10.1.0.0', 'other');
      expect(await askFor('lab')).toEqual({ octets: 6, isRead: true });
    });
  });

  it('gives users their own days and nothing else', async () => {
    const own = { status: 200, body: { user: john, ...octets(11, 22) } };
    expect(await api.as({ userId: john }, 'GET', 'usage-days/')).toMatchObject(own);
    expect(await api.as({ userId: john }, 'GET', `usage-days/?user=${john}`)).toMatchObject(own);
    for (const query of [`user=${jane}`, 'user=999999', `profile=${profile}`, 'nas=192.0.2.10']) {
      expect(await api.as({ userId: john }, 'GET', `usage-days/?${query}`)).toEqual(FORBIDDEN);
    }
    expect(await api.as('user', 'GET', 'usage-days/')).toEqual(FORBIDDEN);
  });

  it.each([
    ['from=abc', 'from'],
    ['from=2025-02-29', 'from'],
    ['from=2025-12-11T00:00:00Z', 'from'],
    ['from=1999-12-31', 'from'],
    ['to=20251211', 'to'],
    ['from=2025-12-11&to=2025-12-10', 'from'],
    ['from=2024-12-10&to=2025-12-11', 'from'],
    ['to=2999-12-31&from=2025-12-11', 'from'],
    // The day after it has no name.
    ['from=9999-12-31&nas=hall', 'from'],
    ['to=9999-12-31', 'to'],
    ['user=abc', 'user'],
    ['profile=-1', 'profile'],
    ['user=1&profile=1', 'non_field_errors'],
    ['profile=1&nas=hall', 'non_field_errors'],
  ])('refuses ?%s and names %s', async (query, field) => {
    expect(await get(query)).toEqual({ status: 400, body: { [field]: [expect.any(String)] } });
  });

  it.each(['user', 'profile'])('refuses an unknown %s', async (field) => {
    expect(await get(`${field}=999999`)).toEqual({
      status: 400,
      body: { [field]: ['Invalid pk "999999" - object does not exist.'] },
    });
  });

  it('takes 366 days, and days to come for days without octets', async () => {
    const { body } = await get('from=2025-12-12&to=2026-12-12');
    expect(Object(body).days).toHaveLength(366);
    expect(await get('from=2026-01-01')).toMatchObject({
      body: { from: '2026-01-01', to: '2026-01-01', ...octets(0, 0) },
    });
  });

  it('has no other methods', async () => {
    expect(await api.as('admin', 'POST', 'usage-days', {})).toMatchObject({ status: 405 });
  });
});
