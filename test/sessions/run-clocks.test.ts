import { describe, expect, it } from 'vitest';
import type { SessionRecord } from '../../src/accounting/record.ts';
import { play } from '../support/history.ts';
import { EPOCH, type RecordWords, sessionRecord } from '../support/records.ts';

const HOUR = 3600;
const start = (at: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ status: 'Start', at, time: 0, ...words });
const interim = (at: number, up: number, down: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ at, up, down, time: at, ...words });

describe('a NAS clock', () => {
  it.each([
    ['stepping forward an hour', HOUR],
    ['stepping back an hour', -HOUR],
    ['coming out of 1970', EPOCH / 1000],
  ])('%s in mid-session restarts nothing', (_, step) => {
    const records = [
      start(0),
      interim(60, 100, 1000),
      interim(120, 150, 3000, { nasAhead: step }),
      interim(60, 100, 1000, { arrived: 125 }),
      interim(180, 160, 3500, { nasAhead: step }),
    ];
    expect(play(records)).toMatchObject({
      decisions: ['began 0/0', 'joined 100/1000', 'joined 50/2000', 'joined 0/0', 'joined 10/500'],
      runs: ['john 160/3500 open'],
    });
  });

  it('stepping between two sessions with one id does not make them one', () => {
    const records = [
      start(0),
      sessionRecord({ status: 'Stop', at: 100, time: 100, up: 500, down: 500 }),
      start(7300, { nasAhead: HOUR }),
      interim(7360, 30, 40, { time: 60, nasAhead: HOUR }),
    ];
    expect(play(records).runs).toEqual(['john 500/500 stopped', 'john 30/40 open']);
  });

  it("makes no session of a Start that is resent after it stepped: the stamp is the event's", () => {
    const records = [
      start(0),
      interim(60, 100, 1000),
      interim(120, 150, 3000, { nasAhead: -HOUR }),
      start(0, { arrived: 3000 }),
    ];
    expect(play(records).runs).toEqual(['john 150/3000 open']);
  });
});

describe('a run remembers', () => {
  const only = (records: readonly SessionRecord[]) => {
    const [run, ...others] = play(records).ledger.changed();
    if (run === undefined || others.length > 0) throw new Error('not one run');
    return run;
  };

  it('its start from event and session time, on every clock', () => {
    const run = only([interim(60, 1, 1, { time: 50, nasAhead: 7, arrived: 63 })]);
    expect(run).toMatchObject({
      startedAt: EPOCH + 10_000,
      nasStartedAt: EPOCH + 17_000,
      arrivalStartedAt: EPOCH + 13_000,
      updatedAt: EPOCH + 60_000,
      nasUpdatedAt: EPOCH + 67_000,
      arrivalUpdatedAt: EPOCH + 63_000,
    });
  });

  it('the last record, not the last to arrive', () => {
    const run = only([start(0), interim(120, 2, 2), interim(60, 1, 1, { arrived: 130 })]);
    expect(run).toMatchObject({ updatedAt: EPOCH + 120_000, sessionTimeSeconds: 120 });
  });

  it('the last record of two that are seconds apart', () => {
    const run = only([interim(60, 1, 1), interim(65, 2, 2)]);
    expect(run).toMatchObject({ updatedAt: EPOCH + 65_000, sessionTimeSeconds: 65 });
  });

  it('the name and station of its last record, not of a late one', () => {
    const run = only([
      interim(60, 1, 1, { user: 'outer' }),
      interim(120, 2, 2, { user: 'john' }),
      interim(90, 1, 1, { user: 'outer', arrived: 121 }),
    ]);
    expect(run.userName).toBe('john');
  });

  it('the session time its totals are of', () => {
    expect(only([start(0), interim(60, 1, 1), interim(120, 0, 0)]).sessionTimeSeconds).toBe(60);
    expect(only([interim(60, 0, 0)]).sessionTimeSeconds).toBe(0);
    expect(only([interim(60, 0, 0, { time: null })]).sessionTimeSeconds).toBeUndefined();
  });

  it('the interval of its Interims, also while nothing is used', () => {
    const idle = [start(0), ...[60, 120, 180].map((at) => interim(at, 0, 0))];
    expect(only(idle)).toMatchObject({ intervalSeconds: 60, hasInterim: true });
    expect(only([start(0)])).toMatchObject({ intervalSeconds: undefined, hasInterim: false });
    expect(only([start(0), interim(300, 1, 1), interim(305, 1, 1)]).intervalSeconds).toBe(300);
  });

  it('the latest packet counts', () => {
    const records = [
      sessionRecord({ at: 60, time: 60, up: 1, down: 1 }, { inputPackets: 9, outputPackets: 4 }),
      sessionRecord({ at: 120, time: 120, up: 2, down: 2 }, { inputPackets: 5, outputPackets: 8 }),
      sessionRecord(
        { at: 90, arrived: 121, time: 90, up: 1, down: 1 },
        { inputPackets: 11, outputPackets: 6 },
      ),
    ];
    expect(only(records)).toMatchObject({ inputPackets: 5, outputPackets: 8 });
  });

  it('addresses that only a later record brings', () => {
    const later = interim(60, 1, 1);
    const details = {
      ...later.details,
      address: { ...later.details.address, framedIpAddress: '10.0.0.7' },
    };
    const run = only([start(0), { ...later, details }, interim(120, 2, 2)]);
    expect(run.address.framedIpAddress).toBe('10.0.0.7');
  });
});
