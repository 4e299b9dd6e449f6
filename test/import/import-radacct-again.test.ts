/** Sessions of a FreeRADIUS that are here already, under whatever key: none is counted twice, and an open one goes on. */
import { expect, it } from 'vitest';
import { describeEachBlankDatabase } from '../support/databases.ts';
import { signedRequest, type TestAttribute } from '../support/packet-builder.ts';
import { DAY, HOUR, NOW, TODAY, useRadacctSource } from '../support/radacct-source.ts';
import { type Report, reportAttributes } from '../support/session-packets.ts';
import { startTestDaemon } from '../support/test-daemon.ts';
import { differencesOf } from '../support/verified.ts';

const NAS_IP_ADDRESS = 4;
const NAS_IDENTIFIER = 32;
const NAS_IPV6_ADDRESS = 95;
const IPV6 = Buffer.from('20010db8000000000000000000000009', 'hex');

/** A request of john's first session, an hour and some seconds after its start. */
function requestOf(
  status: Report['status'],
  { input, late = 0, nas }: { input: number; late?: number; nas: readonly TestAttribute[] },
): Buffer {
  const said = { status, user: 'john', sessionId: 's1', seconds: HOUR + late, inputOctets: input };
  const attributes = reportAttributes({ ...said, eventAt: (NOW + late) * 1000 });
  return signedRequest({
    identifier: late % 256,
    attributes: [...attributes.filter(([type]) => type !== NAS_IDENTIFIER), ...nas],
  });
}

describeEachBlankDatabase('importing radacct again', (newDatabase, dialect) => {
  const source = useRadacctSource(newDatabase, dialect);
  const { importAll, addSession, report, total } = source;

  const sessions = () => source.db().knex('radacct').select('*');
  const hearOf = (nasIdentifier: string) =>
    source
      .db()
      .knex('nas_senders')
      .insert({
        ...{ address: '127.0.0.1', nas_identifier: Buffer.from(nasIdentifier), last_seen_at: NOW * 1000 },
        sends_gigawords: false,
      });

  it('adds nothing when what the NAS calls itself has become known since', async () => {
    await addSession(1, { start: TODAY - 36 * HOUR, stop: TODAY - 12 * HOUR, input: 1000, output: 2000 });
    await importAll();
    await hearOf('hall');
    expect(await importAll()).toMatch(/radacct +0 +0 +1 +0 +0/);
    expect(await total()).toBe(3000);
    expect(await sessions()).toHaveLength(1);
    expect(await differencesOf(source.db())).toEqual([]);
  });

  it('adds what the session grew by since, to the very run', async () => {
    await addSession(1, { start: NOW - HOUR, updated: NOW - 60, input: 1000 });
    await importAll();
    await hearOf('hall');
    await source.radius().knex('radacct').where('radacctid', 1).update({ acctinputoctets: 1500 });
    expect(await importAll()).toMatch(/radacct +0 +1 +0 +0 +0/);
    expect(await sessions()).toMatchObject([{ acctinputoctets: 1500 }]);
    expect(await total()).toBe(1500);
  });

  it('finds a session that came from a copy of the database', async () => {
    await addSession(1, { start: TODAY - 2 * DAY, stop: TODAY - DAY, input: 1000 });
    await importAll();
    await source.db().knex('imported_rows').update({ source: 'another' });
    await hearOf('hall');
    expect(await importAll()).toMatch(/radacct +0 +0 +1 +0 +0/);
    expect(await total()).toBe(1000);
  });

  it('takes a row number that stands for another session for that', async () => {
    await addSession(1, { start: TODAY - 2 * DAY, stop: TODAY - DAY, input: 1000 });
    await importAll();
    await source.radius().knex('radacct').delete();
    await addSession(1, { start: TODAY - DAY, stop: TODAY - HOUR, input: 10, acctsessionid: 'other' });
    expect(await importAll()).toMatch(/radacct +1 +0 +0 +0 +0/);
    expect(await importAll()).toMatch(/radacct +0 +0 +1 +0 +0/);
    expect(await total()).toBe(1010);
  });

  it.each<[string, string, TestAttribute[]]>([
    ['gives several names', '127.0.0.1', [[NAS_IDENTIFIER, 'hall-5g']]],
    ['gives no name', '127.0.0.1', []],
    ['has another address than its packets', '192.0.2.9', [[NAS_IDENTIFIER, 'hall']]],
  ])('adds nothing to a session that a NAS reported here that %s', async (_, nasipaddress, nas) => {
    await report(requestOf('stop', { input: 3000, nas }));
    await hearOf('hall-2g');
    await addSession(1, { start: NOW - HOUR, stop: NOW, input: 3000, nasipaddress });
    expect(await importAll('--dry-run')).toMatch(/radacct +0 +0 +1 +0 +0/);
    expect(await importAll()).toMatch(/radacct +0 +0 +1 +0 +0/);
    expect(await sessions()).toHaveLength(1);
    expect(await total()).toBe(3000);
    expect(await differencesOf(source.db())).toEqual([]);
  });

  it('takes another session of the same id for another, by its start', async () => {
    await report(requestOf('stop', { input: 3000, nas: [] }));
    await addSession(1, { start: NOW - 3 * HOUR, stop: NOW - 2 * HOUR, input: 500 });
    expect(await importAll()).toMatch(/radacct +1 +0 +0 +0 +0/);
    expect(await total()).toBe(3500);
  });

  it.each<[string, string, TestAttribute[]]>([
    ['only a name', '127.0.0.1', [[NAS_IDENTIFIER, 'hall']]],
    ['nothing', '127.0.0.1', []],
    ['its address', '192.0.2.9', [[NAS_IP_ADDRESS, Buffer.from([192, 0, 2, 9])]]],
    [
      'its address and a name',
      '192.0.2.9',
      [
        [NAS_IP_ADDRESS, Buffer.from([192, 0, 2, 9])],
        [NAS_IDENTIFIER, 'hall'],
      ],
    ],
    ['an IPv6 address', '2001:DB8:0::9', [[NAS_IPV6_ADDRESS, IPV6]]],
    [
      'an IPv6 address and a name',
      '2001:db8::9',
      [
        [NAS_IPV6_ADDRESS, IPV6],
        [NAS_IDENTIFIER, 'hall'],
      ],
    ],
    ['no address but 0.0.0.0', '0.0.0.0', [[NAS_IP_ADDRESS, Buffer.alloc(4)]]],
  ])('lets an open session go on in the same run whose NAS gives %s', async (_, nasipaddress, nas) => {
    await addSession(1, { start: NOW - HOUR, updated: NOW - 60, input: 1000, nasipaddress });
    await importAll();
    await report(
      requestOf('interim', { input: 1500, late: 1, nas }),
      requestOf('stop', { input: 2000, late: 60, nas }),
    );
    expect(await sessions()).toMatchObject([{ close_kind: 1, acctinputoctets: 2000 }]);
    expect(await total()).toBe(2000);
    expect(await importAll()).toMatch(/radacct +0 +0 +1 +0 +0/);
    expect(await total()).toBe(2000);
    expect(await differencesOf(source.db())).toEqual([]);
  });

  it('lets it go on at once where a daemon was running all the time, and closes it by what its NAS says then', async () => {
    const nas = [[NAS_IDENTIFIER, 'hall']] as const;
    const daemon = await startTestDaemon(source.urls().to);
    try {
      const other = { status: 'start', user: 'john', sessionId: 'before' } as const;
      await daemon.ask(signedRequest({ attributes: reportAttributes(other) }));
      await addSession(1, { start: NOW - HOUR, updated: NOW - 60, input: 1000 });
      await importAll();
      await daemon.ask(requestOf('interim', { input: 1500, late: 1, nas }));
      expect(await total()).toBe(1500);
      expect(await sessions()).toHaveLength(2);
      await daemon.ask(
        signedRequest({
          attributes: [
            [40, 7],
            [NAS_IDENTIFIER, 'hall'],
          ],
        }),
      );
      expect((await sessions()).map(({ close_kind }) => close_kind)).toEqual([2, 2]);
    } finally {
      await daemon.close();
    }
  });

  it('presumes an open session over whose id and station are in another one', async () => {
    await addSession(1, { start: NOW - 5 * HOUR, updated: NOW - 2 * HOUR, input: 1000 });
    await importAll();
    await report(requestOf('interim', { input: 300, nas: [[NAS_IDENTIFIER, 'hall']] }));
    expect(await source.db().knex('radacct').orderBy('radacctid').select('*')).toMatchObject([
      { close_kind: 2, acctinputoctets: 1000 },
      { close_kind: 0, acctinputoctets: 300 },
    ]);
    expect(await total()).toBe(1300);
  });

  it('lets it go on behind an earlier session of its id that was reported here', async () => {
    const nas = [[NAS_IDENTIFIER, 'hall']] as const;
    const earlier = { status: 'stop', user: 'john', sessionId: 's1', seconds: 60, inputOctets: 40 } as const;
    await report(signedRequest({ attributes: reportAttributes(earlier) }));
    const { knex } = source.db();
    const clocks = ['started_at', 'updated_at', 'arrival_started_at', 'arrival_updated_at', 'stopped_at'];
    const sooner = clocks.map((clock) => [clock, knex.raw('?? - ?', [clock, 5 * HOUR * 1000])] as const);
    await knex('radacct').update(Object.fromEntries(sooner));
    await addSession(1, { start: NOW - HOUR, updated: NOW - 60, input: 1000 });
    await importAll();
    await report(requestOf('interim', { input: 1500, late: 1, nas }));
    expect(await source.db().knex('radacct').orderBy('run_number').select('*')).toMatchObject([
      { close_kind: 1, acctinputoctets: 40 },
      { close_kind: 0, acctinputoctets: 1500 },
    ]);
    expect(await total()).toBe(1540);
    expect(await differencesOf(source.db())).toEqual([]);
  });

  it('ends an open session that has ended where it came from', async () => {
    await addSession(1, { start: NOW - HOUR, updated: NOW - 60, input: 1000 });
    await importAll();
    await source.radius().knex('radacct').delete();
    await addSession(1, { start: NOW - HOUR, stop: NOW, input: 1200 });
    expect(await importAll()).toMatch(/radacct +0 +1 +0 +0 +0/);
    expect(await sessions()).toMatchObject([{ close_kind: 1, acctinputoctets: 1200 }]);
    expect(await total()).toBe(1200);
  });

  it('leaves an open session to its own station, should another NAS of the address have the same id', async () => {
    await addSession(1, { start: NOW - HOUR, updated: NOW - 60, input: 1000 });
    await importAll();
    await source.run('user', 'create', '--username', 'mary');
    const words = { status: 'interim', user: 'mary', sessionId: 's1', seconds: 5, inputOctets: 7 } as const;
    const attic: TestAttribute = [NAS_IDENTIFIER, 'attic'];
    const attributes = reportAttributes(words).map((each) => (each[0] === NAS_IDENTIFIER ? attic : each));
    await report(
      signedRequest({ attributes }),
      requestOf('interim', { input: 1500, late: 1, nas: [[NAS_IDENTIFIER, 'hall']] }),
    );
    expect(await source.db().knex('radacct').orderBy('radacctid').select('*')).toMatchObject([
      { close_kind: 0, acctinputoctets: 1500, nas_identifier: Buffer.from('hall') },
      { close_kind: 0, acctinputoctets: 7, nas_identifier: Buffer.from('attic') },
    ]);
    expect(await differencesOf(source.db())).toEqual([]);
  });
});
