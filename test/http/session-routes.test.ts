/** `sessions/`: which sessions whom, and each one's life. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { intentRoutes } from '../../src/http/intent-routes.ts';
import { sessionRoutes } from '../../src/http/session-routes.ts';
import { NAS_DEFAULTS } from '../../src/nas/nas.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { insertSession, type SessionColumns } from '../support/session-rows.ts';

const [OPEN, STOPPED, PRESUMED] = [0, 1, 2];
const NOT_FOUND = { status: 404, body: { detail: 'Not found.' } };
const DENIED = { status: 403, body: { detail: 'Access denied: Administrator privileges required.' } };
const HALL = { ...NAS_DEFAULTS, id: null, name: 'hall-ap', prefix: '10.1.0.0/16', secrets: [] };
const at = (iso: string) => Date.parse(iso);

describeEachDatabase('sessions over HTTP', (getDatabase) => {
  let api: CoreApi;
  let john: number;
  let jane: number;

  beforeEach(async () => {
    const { db } = getDatabase();
    api = await coreApi(db, (core) => [sessionRoutes(core, [HALL]), intentRoutes(core)]);
    john = await createUser(commandContext(db), { username: 'john' });
    jane = await createUser(commandContext(db), { username: '7' });
  });
  afterEach(() => api.app.close());

  const insert = (columns: SessionColumns = {}) => insertSession(getDatabase().db, columns);
  const get = (path: string, as: 'admin' | 'viewer' | { userId: number } = 'viewer') =>
    api.as(as, 'GET', path);
  /** The ids on a page, or the body of a refusal. */
  const listed = async (query = '', as: 'viewer' | { userId: number } = 'viewer') => {
    const { status, body } = await get(`sessions/${query}`, as);
    const results: { id: number }[] = Reflect.get(Object(body), 'results') ?? [];
    return status === 200 ? results.map(({ id }) => id) : body;
  };

  it('shows of one in a list what is known of it', async () => {
    const id = await insert({
      user_id: john,
      user_name_raw: Buffer.from('john'),
      station: Buffer.from('AA-BB-CC-DD-EE-FF'),
      called_station_raw: Buffer.from([0xff]),
      started_at: at('2025-12-11T08:00:00Z'),
      updated_at: at('2025-12-11T09:00:00.500Z'),
      acctsessiontime: 3600,
      acctinputoctets: 10,
      acctoutputoctets: 2 ** 40,
    });
    expect(await get('sessions/')).toEqual({
      status: 200,
      body: {
        count: 1,
        next: null,
        previous: null,
        has_all: true,
        results: [
          {
            id,
            acct_session_id: 'S1',
            user: john,
            user_username: 'john',
            user_name: 'john',
            calling_station_id: 'AA-BB-CC-DD-EE-FF',
            called_station_id: '0xff',
            source_address: '192.0.2.10',
            nas_ip_address: '192.0.2.10',
            nas_identifier: 'hall',
            state: 'open',
            terminate_cause: null,
            started_at: '2025-12-11T08:00:00Z',
            updated_at: '2025-12-11T09:00:00.500Z',
            stopped_at: null,
            session_time_seconds: 3600,
            input_octets: 10,
            output_octets: 1_099_511_627_776,
            unmetered_octets: 0,
          },
        ],
      },
    });
  });

  describe('lists the newest first', () => {
    let ids: Record<'first' | 'second' | 'third' | 'fourth' | 'fifth', number>;

    beforeEach(async () => {
      const { db } = getDatabase();
      const profile = await createProfile(commandContext(db), { name: 'Étudiant' });
      const promotion = await createPromotion(commandContext(db), { name: 'L1', profile });
      await db.knex('users').where('id', jane).update({ promotion_id: promotion });
      await db.knex('nas').insert({ nasname: '192.0.2.10', shortname: 'gate', secret: 'x' });
      const day = (date: number) => ({
        started_at: at(`2025-12-0${date}T08:00:00Z`),
        arrival_started_at: at(`2025-12-0${date}T08:00:01Z`),
      });
      ids = {
        first: await insert({
          user_id: john,
          close_kind: STOPPED,
          session_id_raw: Buffer.from([0xfe]),
          ...day(1),
        }),
        second: await insert({ user_id: john, source_address: '10.1.0.7', station: Buffer.from('AA-BB-CC-DD-EE-FF'), ...day(2) }), // biome-ignore format: one line per session
        third: await insert({ source_address: '10.1.0.8', nas_identifier: Buffer.from('attic'), ...day(3) }),
        fourth: await insert({ user_id: john, close_kind: PRESUMED, ...day(4) }),
        fifth: await insert({
          user_id: jane,
          close_kind: OPEN,
          session_id_raw: Buffer.from('S 2/%+'),
          ...day(5),
        }),
      };
      // FreeRADIUS's own, between ours and after them: it has nothing of ours.
      await db
        .knex('radacct')
        .insert({ acctsessionid: 'F1', acctuniqueid: 'f'.repeat(32), username: 'john' });
    });

    it.each<[string, string, string[]]>([
      ['all', '', ['fifth', 'fourth', 'third', 'second', 'first']],
      ['a page', '?page_size=2&page=2', ['third', 'second']],
      ['the last page', '?page_size=2&page=last', ['first']],
      ['open ones', '?is_open=true', ['fifth', 'third', 'second']],
      ['open ones, the last page', '?is_open=true&page_size=2&page=last', ['second']],
      ['closed ones', '?is_open=FALSE', ['fourth', 'first']],
      ['a user’s', '?user=JOHN', ['fourth', 'second', 'first']],
      ['a user’s, the last page', '?user=JOHN&page_size=2&page=last', ['first']],
      ['a user’s open ones', '?user=JOHN&is_open=true', ['second']],
      ['a user’s closed ones', '?user=JOHN&is_open=false', ['fourth', 'first']],
      ['a user’s by name', '?username=john', ['fourth', 'second', 'first']],
      ['a user’s whose name is a number', '?username=7', ['fifth']],
      ['nobody’s', '?username=nobody', []],
      ['of an unknown user', '?user=999999', []],
      ['of two users at once', '?user=JOHN&username=7', []],
      ['a NAS’s by its name in the table', '?nas=gate', ['fifth', 'fourth', 'first']],
      ['a NAS’s by its name in the file', '?nas=hall-ap', ['third', 'second']],
      ['a NAS’s by its address', '?nas=192.0.2.10', ['fifth', 'fourth', 'first']],
      ['a prefix’s open ones', '?nas=10.1.0.0/24&is_open=true', ['third', 'second']],
      ['a NAS-Identifier’s', '?nas=hall', ['fifth', 'fourth', 'second', 'first']],
      ['a NAS-Identifier’s open ones', '?nas=hall&is_open=true', ['fifth', 'second']],
      ['a NAS-Identifier’s of a user', '?nas=hall&user=JOHN', ['fourth', 'second', 'first']],
      ['a NAS’s of a user', '?nas=hall-ap&user=JOHN', ['second']],
      ['an unknown NAS’s', '?nas=cellar', []],
      ['of a prefix nothing came from', '?nas=10.9.0.0/16', []],
      ['a station’s in any notation', '?station=aabb.ccdd.eeff', ['second']],
      ['a station’s at a NAS', '?station=aa:bb:cc:dd:ee:ff&nas=10.1.0.7', ['second']],
      ['a station’s at another NAS', '?station=aa:bb:cc:dd:ee:ff&nas=10.1.0.8', []],
      ['a session id’s', '?session_id=S%202/%25%2B', ['fifth']],
      ['a session id’s that is no text', '?session_id=0xFE', ['first']],
      ['a profile’s, through a promotion', '?profile=PROFILE', ['fifth']],
      ['since an instant', '?since=2025-12-04T08:00:00Z', ['fifth', 'fourth']],
      ['until a day', '?until=2025-12-03', ['second', 'first']],
      ['between', '?since=2025-12-02&until=2025-12-04T08:00:00Z', ['third', 'second']],
      ['a user’s since', '?user=JOHN&since=2025-12-02', ['fourth', 'second']],
      ['a NAS’s until', '?nas=192.0.2.10&until=2025-12-05', ['fourth', 'first']],
      ['open ones since', '?is_open=true&since=2025-12-03', ['fifth', 'third']],
      ['nothing between', '?since=2026-01-01', []],
      ['what is empty asks for nothing', '?user=&nas=&is_open=&since=&color=red', ['fifth', 'fourth', 'third', 'second', 'first']], // biome-ignore format: one line per case
    ])('%s: %s', async (_name, query, expected) => {
      const profiles: { id: number }[] = await getDatabase().db.knex('profiles').select('id');
      const asked = query.replace('JOHN', String(john)).replace('PROFILE', String(profiles[0]?.id));
      const names = Object.entries(ids);
      const found = await listed(asked);
      expect(
        Array.isArray(found) ? found.map((id) => names.find(([, other]) => other === id)?.[0]) : found,
      ).toEqual(expected);
      const { body } = await get(`sessions/${asked}`);
      expect(Reflect.get(Object(body), 'has_all')).toBe(true);
      if (!query.includes('page')) expect(Reflect.get(Object(body), 'count')).toBe(expected.length);
    });

    it('users their own, whatever they ask for', async () => {
      expect(await listed('', { userId: john })).toEqual([ids.fourth, ids.second, ids.first]);
      expect(await listed(`?user=${john}&is_open=true`, { userId: john })).toEqual([ids.second]);
      expect(await listed('?nas=10.1.0.8', { userId: john })).toEqual([]);
      expect(await get(`sessions/?user=${jane}`, { userId: john })).toEqual(DENIED);
      expect(await get('sessions/?username=7', { userId: john })).toEqual(DENIED);
      expect(await api.as('user', 'GET', 'sessions/')).toMatchObject({ status: 200, body: { count: 0 } });
    });

    it.each([
      ['user=abc', 'user'],
      ['profile=1.5', 'profile'],
      ['is_open=1', 'is_open'],
      ['since=yesterday', 'since'],
      ['until=2025-02-30', 'until'],
    ])('refuses %s by its name', async (query, field) => {
      expect(await get(`sessions/?${query}`)).toEqual({
        status: 400,
        body: { [field]: [expect.any(String)] },
      });
    });

    it('refuses a page that is not there', async () => {
      expect(await get('sessions/?page=2')).toEqual({ status: 404, body: { detail: 'Invalid page.' } });
      expect(await get('sessions/?station=x&page=2')).toEqual({
        status: 404,
        body: { detail: 'Invalid page.' },
      });
    });
  });

  describe('the life of one', () => {
    const runkey = Buffer.alloc(16, 7);

    it('is shown whole', async () => {
      const ended = at('2025-12-11T09:00:00Z');
      const first = await insert({ user_id: john, runkey, run_number: 1, close_kind: PRESUMED, stopped_at: ended, acctterminatecause: 'Lost-Carrier', acctinputoctets: 5, run_flags: 5 }); // biome-ignore format: one session
      const second = await insert({ user_id: john, runkey, run_number: 2, started_at: ended, acctinputoctets: 100, unmeteredoctets: 40, framedipaddress: '10.0.0.9' }); // biome-ignore format: one session
      expect(await get(`sessions/${second}/`)).toMatchObject({
        status: 200,
        body: {
          id: second,
          run_number: 2,
          began: { how: 'successor', at: '2025-12-11T09:00:00Z', session: first },
          ended: { how: 'open', at: null, session: null },
          charged_octets: 60,
          nobodys_octets: 40,
          handed_over_octets: 0,
          details: { framedipaddress: '10.0.0.9' },
          other_runs: [
            { id: first, run_number: 1, state: 'presumed', ended: { how: 'successor', session: second } },
          ],
          has_all_runs: true,
          live_intent: null,
        },
      });
    });

    it('is the user’s own alone, and of its other runs their own', async () => {
      const mine = await insert({ user_id: john, runkey, run_number: 1 });
      const hers = await insert({ user_id: jane, runkey, run_number: 2 });
      const nobodys = await insert({ user_id: null, runkey, run_number: 3 });
      const others = async (as: 'viewer' | { userId: number }) => {
        const { body } = await get(`sessions/${mine}/`, as);
        const runs: { id: number }[] = Reflect.get(Object(body), 'other_runs') ?? [];
        return runs.map(({ id }) => id);
      };
      expect([await others('viewer'), await others({ userId: john })]).toEqual([[hers, nobodys], []]);
      for (const id of [hers, nobodys]) {
        expect(await get(`sessions/${id}/`, { userId: john })).toEqual(NOT_FOUND);
        expect(await get(`sessions/${id}/intents/`, { userId: john })).toEqual(NOT_FOUND);
      }
    });

    it('of what is none is a 404', async () => {
      const [foreign] = await getDatabase()
        .db.knex('radacct')
        .insert({ acctsessionid: 'F1', acctuniqueid: 'f' });
      for (const id of ['999999', 'abc', '-1', '0', `${foreign}`]) {
        for (const path of [`sessions/${id}/`, `sessions/${id}/intents/`])
          expect(await get(path)).toEqual(NOT_FOUND);
        expect(await api.as('admin', 'POST', `sessions/${id}/disconnect/`)).toEqual(NOT_FOUND);
      }
    });
  });
});
