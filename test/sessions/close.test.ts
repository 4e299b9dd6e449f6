import { describe, expect, it } from 'vitest';
import type { NasRecord } from '../../src/accounting/record.ts';
import { presumeClosed } from '../../src/sessions/run.ts';
import { SessionLedger } from '../../src/sessions/session-ledger.ts';
import { play } from '../support/history.ts';
import { EPOCH, nasRecord, type RecordWords, sessionRecord } from '../support/records.ts';

const start = (at: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ status: 'Start', at, time: 0, ...words });
const interim = (at: number, up: number, down: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ at, up, down, time: at, ...words });
const stop = (at: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ status: 'Stop', at, time: at, ...words });

describe('a Stop', () => {
  it('is final, with its instant and cause', () => {
    const records = [start(0), stop(150, { up: 1, down: 1 }), stop(150, { up: 1, down: 1, arrived: 900 })];
    const [run] = play(records).ledger.changed();
    expect(run).toMatchObject({
      closeKind: 'stopped',
      closedAt: EPOCH + 150_000,
      terminateCause: 'User-Request',
    });
  });

  it('without Acct-Terminate-Cause closes too', () => {
    const [run] = play([start(0), { ...stop(9), acctTerminateCause: undefined }]).ledger.changed();
    expect(run).toMatchObject({ closeKind: 'stopped', terminateCause: '' });
  });
});

describe('Accounting-On and Accounting-Off', () => {
  it.each(['Accounting-On', 'Accounting-Off'] as const)(
    '%s presumes closed what began before it',
    (status) => {
      const played = play([
        start(0, { id: 'a1' }),
        start(5, { id: 'a2' }),
        nasRecord(60, { statusType: status }),
        start(61, { id: 'a3' }),
      ]);
      expect(played.decisions).toEqual(['began 0/0', 'began 0/0', 'closed 2', 'began 0/0']);
      const closed = played.ledger.changed().filter(({ closeKind }) => closeKind === 'presumed');
      expect(closed).toMatchObject([
        { terminateCause: 'NAS-Reboot', closedAt: EPOCH + 60_000 },
        { terminateCause: 'NAS-Reboot', closedAt: EPOCH + 60_000 },
      ]);
    },
  );

  it('that comes late closes nothing that began after it', () => {
    const played = play([start(70), { ...nasRecord(60), arrivedAt: EPOCH + 90_000 }]);
    expect(played.decisions).toEqual(['began 0/0', 'closed 0']);
  });

  it('leaves a stopped session as it was', () => {
    expect(play([start(0), stop(9), nasRecord(60)]).decisions.at(-1)).toBe('closed 0');
  });

  it.each<[string, Partial<NasRecord>, number]>([
    ['nothing: every session from its address', {}, 3],
    ['NAS-Identifier: its sessions', { nasIdentifier: 'ap1' }, 2],
    ['Called-Station-Id: those of the BSS', { calledStationId: '02-00-00-00-00-AA:guest' }, 1],
    ['both: what is of both', { nasIdentifier: 'ap2', calledStationId: '02-00-00-00-00-AA:guest' }, 0],
    ['another Called-Station-Id: none', { calledStationId: '02-00-00-00-00-AA:' }, 0],
    ['nothing, from another address: none', { sourceAddress: '192.0.2.9' }, 0],
  ])('closes, where it names %s', (_, named, closed) => {
    const session = (id: string, nasIdentifier: string, calledStationId: string) =>
      sessionRecord({ status: 'Start', at: 0, id }, { nasIdentifier, calledStationId });
    const played = play([
      session('a1', 'ap1', '02-00-00-00-00-AA:guest'),
      session('a2', 'ap1', '02-00-00-00-00-AA:staff'),
      session('a3', 'ap2', '02-00-00-00-00-BB:guest'),
      nasRecord(60, named),
    ]);
    expect(played.decisions.at(-1)).toBe(`closed ${closed}`);
  });
});

describe('a session presumed closed', () => {
  const closed = [start(0), interim(60, 100, 1000), nasRecord(90)];

  it('is open again by a record of after the close, and counts on', () => {
    const played = play([...closed, interim(120, 150, 3000)]);
    expect(played.decisions.at(-1)).toBe('joined 50/2000');
    expect(played.ledger.changed()).toMatchObject([
      { closeKind: 'open', closedAt: undefined, terminateCause: '' },
    ]);
  });

  it('stays closed by a late record of before it, whose octets count', () => {
    const played = play([...closed, interim(80, 120, 2000, { arrived: 95 })]);
    expect(played.decisions.at(-1)).toBe('joined 20/1000');
    expect(played.runs).toEqual(['john 120/2000 presumed']);
  });

  it('is finished by its Stop, also by one of before the close', () => {
    const played = play([...closed, stop(85, { up: 120, down: 2000, arrived: 95 })]);
    expect(played.ledger.changed()).toMatchObject([
      { closeKind: 'stopped', closedAt: EPOCH + 85_000, terminateCause: 'User-Request' },
    ]);
  });

  it('for a successor is not open again by its own late records', () => {
    const played = play([
      start(0),
      interim(60, 100, 1000),
      start(200),
      interim(150, 110, 1100, { arrived: 210 }),
    ]);
    expect(played.runs).toEqual(['john 110/1100 presumed', 'john 0/0 open']);
  });

  it('is not presumed closed a second time', () => {
    const [run] = play(closed).ledger.changed();
    if (run === undefined) throw new Error('no run');
    expect(presumeClosed(run, EPOCH + 200_000, 'Lost-Carrier')).toBe(run);
  });
});

describe('the sessions of a batch', () => {
  it('that were only read are not written', () => {
    const runs = play([start(0), interim(60, 1, 1)]).ledger.changed();
    const ledger = new SessionLedger(runs);
    expect(ledger.changed()).toEqual([]);
    expect(ledger.closeAll(nasRecord(60, { sourceAddress: '192.0.2.9' }))).toBe(0);
    expect(ledger.changed()).toEqual([]);
  });

  it('that a NAS record closed are written once, as the last record left them', () => {
    const ledger = new SessionLedger(play([start(0)]).ledger.changed());
    ledger.closeAll(nasRecord(60));
    ledger.apply(interim(90, 7, 7), { userId: 1, rates: { inputKbps: undefined, outputKbps: undefined } });
    expect(ledger.changed()).toMatchObject([{ closeKind: 'open', inputOctets: 7 }]);
  });
});
