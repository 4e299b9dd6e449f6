/** Records that the wire leaves in doubt: what is certain counts, the rest waits or counts for less, never for more. Each case stands for histories that were counted wrong before. */
import { describe, expect, it } from 'vitest';
import type { SessionRecord } from '../../src/accounting/record.ts';
import { play } from '../support/history.ts';
import { EPOCH, GIB4, type RecordWords, sessionRecord } from '../support/records.ts';

const start = (at: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ status: 'Start', at, time: 0, ...words });
const interim = (at: number, up: number, down: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ at, up, down, time: at, ...words });
const stop = (at: number, up: number, down: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ status: 'Stop', at, up, down, time: at, ...words });
const packets = (record: SessionRecord, inputPackets: number, outputPackets: number): SessionRecord => ({
  ...record,
  inputPackets,
  outputPackets,
});

/** A history in order of arrival, what each record did, and the runs at the end. */
type History = [name: string, records: SessionRecord[], decisions: string[], runs: string[]];

function itTells(histories: History[]): void {
  it.each<History>(histories)('%s', (_, records, decisions, runs) => {
    expect(play(records)).toMatchObject({ decisions, runs });
  });
}

describe('a single zero', () => {
  itTells([
    [
      'waits for the next record, which shows that the driver had failed',
      [interim(60, 100, 1000), interim(120, 150, 0), interim(180, 200, 2000)],
      ['began 100/1000', 'joined 0/0', 'joined 100/1000'],
      ['john 200/2000 open'],
    ],
    [
      'waits for the next record, which shows that the counters had restarted',
      [interim(60, 100, 1000), interim(120, 150, 0), interim(180, 200, 10)],
      ['began 100/1000', 'joined 0/0', 'began 200/10'],
      ['john 100/1000 presumed', 'john 200/10 open'],
    ],
    [
      'in a Stop is a driver that failed: no record follows',
      [interim(60, 100, 1000), stop(120, 150, 0)],
      ['began 100/1000', 'joined 50/0'],
      ['john 150/1000 stopped'],
    ],
  ]);
});

describe('a 32-bit counter that fell', () => {
  const never = { gigawords: 'never' } as const;

  itTells([
    [
      'has restarted with its packets',
      [
        packets(interim(300, 1e6, 4e9, never), 1000, 4_000_000),
        packets(interim(600, 2e6, 1e9, never), 2000, 1_000_000),
      ],
      ['began 1000000/4000000000', 'began 2000000/1000000000'],
      ['john 1000000/4000000000 presumed', 'john 2000000/1000000000 open'],
    ],
    [
      'has wrapped where the packets went on',
      [
        packets(interim(300, 1e6, 4e9, never), 1000, 4_000_000),
        packets(interim(600, 2e6, 1e9, never), 2000, 5_300_000),
      ],
      ['began 1000000/4000000000', `joined 1000000/${GIB4 - 3e9}`],
      [`john 2000000/${GIB4 + 1e9} open`],
    ],
    [
      'has restarted where so few packets could not have carried a wrap',
      [
        packets(interim(300, 1e6, 1e9, never), 1000, 1_000_000),
        packets(interim(600, 2e6, 5e8, never), 2000, 1_000_010),
      ],
      ['began 1000000/1000000000', 'began 2000000/500000000'],
      ['john 1000000/1000000000 presumed', 'john 2000000/500000000 open'],
    ],
    [
      'has restarted with the other one where nobody counts packets',
      [interim(300, 2e9, 4e9, never), interim(600, 1e9, 1e9, never)],
      ['began 2000000000/4000000000', 'began 1000000000/1000000000'],
      ['john 2000000000/4000000000 presumed', 'john 1000000000/1000000000 open'],
    ],
    [
      'and may have wrapped or restarted counts from zero, and the other one goes on: less than either',
      [interim(300, 1e6, 1e9, never), interim(600, 2e6, 5e8, never), interim(660, 2.2e6, 6e8, never)],
      ['began 1000000/1000000000', 'began 1000000/500000000', 'joined 200000/100000000'],
      ['john 1000000/1000000000 presumed', 'john 2200000/600000000 -1000000 open'],
    ],
  ]);
});

describe('a late record', () => {
  itTells([
    [
      'without Gigawords is no higher than its run: it is of before the wrap',
      [
        interim(300, 0, GIB4 + 500, { gigawords: 'above-zero' }),
        interim(240, 0, 4e9, { gigawords: 'above-zero', arrived: 301 }),
      ],
      [`began 0/${GIB4 + 500}`, 'joined 0/0'],
      [`john 0/${GIB4 + 500} open`],
    ],
    [
      'that exceeds one counter alone shows no restart: the later record may have left that one out',
      [interim(60, 100, 1000), stop(180, 0, 3000), interim(120, 150, 2000, { arrived: 200 })],
      ['began 100/1000', 'joined 0/2000', 'joined 0/0'],
      ['john 100/3000 stopped'],
    ],
    [
      'is of the session that began with it by the NAS’s clock, however it looks on ours',
      [
        start(0),
        interim(100, 500, 500),
        stop(260, 30, 40, { time: 60 }),
        { ...interim(100, 500, 500, { arrived: 330 }), delaySeconds: 0 },
      ],
      ['began 0/0', 'joined 500/500', 'began 30/40', 'joined 0/0'],
      ['john 500/500 presumed', 'john 30/40 stopped'],
    ],
    [
      'of between a handover and the one before is of its own user’s row',
      [
        interim(60, 100, 100),
        interim(120, 150, 180, { user: 'jane' }),
        interim(180, 160, 190, { user: 'jane', arrived: 190 }),
      ],
      ['began 100/100', 'changed-user 50/80', 'joined 10/10'],
      ['john 100/100 presumed', 'jane 160/190 -200 open'],
    ],
  ]);
});

describe('a record that does not say when it happened', () => {
  const undated = (record: SessionRecord): SessionRecord => ({
    ...record,
    nasEventAt: undefined,
    delaySeconds: 0,
    eventAt: record.arrivedAt,
  });

  itTells([
    [
      'says nothing new where it says the same again, be it a day later',
      [interim(60, 100, 1000), interim(60, 100, 1000, { arrived: 86_400 })].map(undated),
      ['began 100/1000', 'joined 0/0'],
      ['john 100/1000 open'],
    ],
    [
      'may be of before the Stop',
      [stop(120, 150, 3000), interim(60, 100, 1000, { arrived: 7200 })].map(undated),
      ['began 150/3000', 'joined 0/0'],
      ['john 150/3000 stopped'],
    ],
    [
      'goes on with its session, which lasted no longer than time did',
      [interim(60, 100, 1000), stop(120, 150, 3000, { arrived: 7200 })].map(undated),
      ['began 100/1000', 'joined 50/2000'],
      ['john 150/3000 stopped'],
    ],
    [
      'and is another Stop is of another session: each has only one',
      [stop(120, 150, 3000), stop(7200, 90, 1000, { time: 60 })].map(undated),
      ['began 150/3000', 'began 90/1000'],
      ['john 150/3000 stopped', 'john 90/1000 stopped'],
    ],
    [
      'nor how long its session lasted shows no restart',
      [interim(60, 100, 1000, { time: null }), interim(120, 50, 500, { time: null })].map(undated),
      ['began 100/1000', 'joined 0/0'],
      ['john 100/1000 open'],
    ],
  ]);
});

describe('a record of the same session time as the last', () => {
  it('is no older because the NAS’s clock was set back between the two', () => {
    const played = play([
      interim(600, 100, 1000),
      interim(1200, 150, 2000),
      stop(1203, 160, 2100, { time: 1200, nasAhead: -500 }),
    ]);
    expect(played).toMatchObject({
      decisions: ['began 100/1000', 'joined 50/1000', 'joined 10/100'],
      runs: ['john 160/2100 stopped'],
    });
  });
});

describe('a record sent again after the counters restarted', () => {
  it('counts nothing, although it left a counter out that both runs know', () => {
    const played = play([
      interim(60, 0, 1000),
      interim(120, 500, 1000),
      stop(180, 0, 300),
      interim(60, 0, 1000, { arrived: 4000 }),
    ]);
    expect(played.decisions).toEqual(['began 0/1000', 'joined 500/0', 'began 0/300', 'joined 0/0']);
  });
});

describe('a late record of within ten seconds before the last', () => {
  it('is older by its session time and its clock: it is of before the restart that lies between', () => {
    const played = play([
      interim(360, 100, 1000),
      stop(480, 10, 20),
      { ...interim(476, 150, 1500, { arrived: 900 }), delaySeconds: 0 },
    ]);
    expect(played).toMatchObject({
      decisions: ['began 100/1000', 'began 10/20', 'joined 50/500'],
      runs: ['john 150/1500 presumed', 'john 10/20 stopped'],
    });
  });

  it('and of no session time counts nothing where it shows more', () => {
    const silent = { time: null, nasAhead: null };
    const played = play([
      start(0, silent),
      interim(900, 100, 1000, silent),
      stop(800, 300, 3000, { ...silent, arrived: 950 }),
    ]);
    expect(played.decisions).toEqual(['began 0/0', 'joined 100/1000', 'joined 0/0']);
  });
});

describe('of the runs of one session, between which the counters restarted', () => {
  it('the newest goes on, although an earlier one’s last record puts the start where this one does', () => {
    const since = 1000 - EPOCH / 1000;
    const played = play([
      interim(600, 500, 5000, { nasAhead: since }),
      interim(1200, 10, 50),
      interim(1800, 5, 40, { nasAhead: 1 }),
      interim(2400, 0, 0, { nasAhead: 1 }),
      stop(3000, 20, 90),
    ]);
    expect(played).toMatchObject({
      decisions: ['began 500/5000', 'began 10/50', 'began 5/40', 'joined 0/0', 'joined 15/50'],
    });
  });
});

describe('a Start alone', () => {
  it('that was late takes what its session reports since, on a clock that was set back', () => {
    const played = play([
      { ...start(0, { arrived: 380 }), delaySeconds: 0 },
      stop(1021, 500, 1300, { nasAhead: -4000 }),
      { ...interim(593, 200, 900, { arrived: 1400 }), delaySeconds: 0 },
    ]);
    expect(played.runs).toEqual(['john 500/1300 stopped']);
  });

  it('is no session of whoever is named in one that began later', () => {
    const played = play([start(0), stop(900, 10, 20, { time: 300, user: 'anonymous' })]);
    expect(played.runs).toEqual(['john 0/0 presumed', 'nobody 10/20 -30 stopped']);
  });
});

describe('a Stop that left one counter out', () => {
  it('may be of after a restart: of what a late record adds from before, only what exceeds both counters is certain', () => {
    const played = play([
      interim(180, 70, 1000),
      stop(280, 90, 0),
      interim(240, 150, 1500, { arrived: 300 }),
    ]);
    expect(played).toMatchObject({
      decisions: ['began 70/1000', 'joined 20/0', 'joined 60/500'],
      runs: ['john 150/1500 stopped'],
    });
  });
});

describe('three users of one id', () => {
  it('who all call themselves anonymous are told apart by their stations', () => {
    const of = (station: string, user: string) => ({ station, user });
    const played = play([
      interim(60, 10, 10, of('A', 'john')),
      interim(60, 20, 20, of('B', 'jane')),
      interim(120, 30, 30, of('A', 'anonymous')),
      interim(120, 50, 50, of('B', 'anonymous')),
    ]);
    expect(played.runs).toEqual(['john 30/30 open', 'jane 50/50 open']);
  });
});
