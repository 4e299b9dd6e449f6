/** Which sessions are listed, in which order, and what is shown of one. */
import { beforeEach, expect, it } from 'vitest';
import { createUser } from '../../src/profiles/user-commands.ts';
import { getUser } from '../../src/profiles/user-queries.ts';
import {
  getSession,
  listSessions,
  listSources,
  type SessionFilter,
} from '../../src/sessions/session-queries.ts';
import { sessionDetailShape, sessionShape } from '../../src/sessions/session-shape.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { insertSession } from '../support/session-rows.ts';

const [OPEN, STOPPED, PRESUMED] = [0, 1, 2];

describeEachDatabase('sessions', (getDatabase) => {
  let john = 0;
  let ids: Record<string, number> = {};

  beforeEach(async () => {
    const { db } = getDatabase();
    await createUser(commandContext(db), { username: 'john' });
    john = (await getUser(db, 'john')).id;
    ids = {
      first: await insertSession(db, { user_id: john, close_kind: STOPPED }),
      second: await insertSession(db, { user_id: john, source_address: '10.1.0.7', close_kind: OPEN }),
      third: await insertSession(db, { source_address: '10.1.0.8', nas_identifier: Buffer.from([0xff]) }),
      fourth: await insertSession(db, { user_id: john, close_kind: PRESUMED }),
    };
    // FreeRADIUS's own: it has nothing of ours.
    await db.knex('radacct').insert({ acctsessionid: 'F1', acctuniqueid: 'f'.repeat(32), username: 'john' });
  });

  const listed = async (filter: Partial<SessionFilter> = {}) => {
    const sessions = await listSessions(getDatabase().db, { limit: 100, ...filter });
    const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
    return sessions.map(({ id }) => names.get(id));
  };
  const at = (...sourceAddresses: string[]) => ({ sourceAddresses, nasIdentifier: null });
  const calling = (nasIdentifier: string) => ({ sourceAddresses: null, nasIdentifier });

  it('are listed newest first, radmeter’s own only', async () => {
    expect(await listed()).toEqual(['fourth', 'third', 'second', 'first']);
  });

  it.each<[string, (userId: number) => Partial<SessionFilter>, string[]]>([
    ['the newest ones', () => ({ limit: 2 }), ['fourth', 'third']],
    ['a user’s', (userId) => ({ userId }), ['fourth', 'second', 'first']],
    ['a user’s newest, whatever their state', (userId) => ({ userId, limit: 2 }), ['fourth', 'second']],
    ['a user’s open ones', (userId) => ({ userId, isOpen: true }), ['second']],
    ['everybody’s open ones', () => ({ isOpen: true }), ['third', 'second']],
    ['an address’s', () => ({ places: [at('192.0.2.10')] }), ['fourth', 'first']],
    ['several addresses’', () => ({ places: [at('10.1.0.7', '10.1.0.8')] }), ['third', 'second']],
    ['no address’s', () => ({ places: [at()] }), []],
    ['a NAS-Identifier’s', () => ({ places: [calling('hall')] }), ['fourth', 'second', 'first']],
    ['those of a NAS-Identifier that is no text', () => ({ places: [calling('\u00ff')] }), ['third']],
    ['a NAS-Identifier’s open ones', () => ({ places: [calling('hall')], isOpen: true }), ['second']],
    [
      'those of two places, each once',
      () => ({ places: [at('10.1.0.7'), calling('hall')], limit: 3 }),
      ['fourth', 'second', 'first'],
    ],
    [
      'one NAS of several at an address',
      () => ({ places: [{ sourceAddresses: ['10.1.0.8', '10.1.0.7'], nasIdentifier: 'hall' }] }),
      ['second'],
    ],
    ['a user’s on one NAS', (userId) => ({ userId, places: [at('192.0.2.10')] }), ['fourth', 'first']],
  ])('are found: %s', async (_name, filter, expected) => {
    expect(await listed(filter(john))).toEqual(expected);
  });

  it('come from these addresses', async () => {
    expect((await listSources(getDatabase().db)).toSorted()).toEqual(['10.1.0.7', '10.1.0.8', '192.0.2.10']);
  });

  it('are shown with everything that is known, octets to the last one', async () => {
    const { db } = getDatabase();
    const id = await insertSession(db, {
      user_id: john,
      user_name_raw: Buffer.from('john@campus'),
      station: Buffer.from('020000000001'),
      called_station_raw: Buffer.from([0xff, 0x00]),
      run_number: 1024,
      close_kind: STOPPED,
      acctterminatecause: 'User-Request',
      started_at: 1_700_000_000_000,
      updated_at: 1_700_000_060_500,
      stopped_at: 1_700_000_060_500,
      nas_started_at: 1_700_000_001_000,
      arrival_updated_at: 1_700_000_061_000,
      acctsessiontime: 60,
      acctinputoctets: 9_007_199_254_740_990,
      acctoutputoctets: 4_294_967_296,
      unmeteredoctets: 7,
      input_packets: 5,
      octets_reversed: 1,
      run_flags: 1 | 4,
      framedipaddress: '10.9.9.9',
      nasporttype: 'Wireless-802.11',
    });
    const session = await getSession(db, id);
    expect(sessionDetailShape(session)).toEqual({
      id,
      acct_session_id: 'S1',
      user: john,
      user_username: 'john',
      user_name: 'john@campus',
      calling_station_id: '020000000001',
      called_station_id: '0xff00',
      source_address: '192.0.2.10',
      nas_ip_address: '192.0.2.10',
      nas_identifier: 'hall',
      state: 'stopped',
      terminate_cause: 'User-Request',
      started_at: '2023-11-14T22:13:20Z',
      updated_at: '2023-11-14T22:14:20.500Z',
      stopped_at: '2023-11-14T22:14:20.500Z',
      session_time_seconds: 60,
      input_octets: 9_007_199_254_740_990,
      output_octets: 4_294_967_296,
      unmetered_octets: 7,
      acct_unique_id: session.acctUniqueId,
      run_number: 1024,
      nas_started_at: '2023-11-14T22:13:21Z',
      nas_updated_at: null,
      arrival_started_at: null,
      arrival_updated_at: '2023-11-14T22:14:21Z',
      input_packets: 5,
      output_packets: 0,
      is_reversed: true,
      octet_unit: 1,
      has_gigawords: true,
      may_have_wrapped: false,
      has_interim: true,
      interval_seconds: null,
      details: { framedipaddress: '10.9.9.9', nasporttype: 'Wireless-802.11' },
    });
    expect(sessionShape(session)).not.toHaveProperty('details');
  });

  it('that nobody is charged for have no user, and no cause while they are open', async () => {
    const session = await getSession(getDatabase().db, ids['third'] ?? 0);
    expect(sessionShape(session)).toMatchObject({
      user: null,
      user_username: null,
      nas_identifier: '0xff',
      state: 'open',
      terminate_cause: null,
    });
  });

  it('are not those of another program, and not those that are not there', async () => {
    const { db } = getDatabase();
    const [foreign] = await db.knex('radacct').whereNull('runkey').select('radacctid');
    for (const id of [foreign.radacctid, 999_999_999]) {
      await expect(getSession(db, id)).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});
