import { describe, expect, it } from 'vitest';
import type { SessionRecord } from '../../src/accounting/record.ts';
import { decideRun } from '../../src/sessions/decide-run.ts';
import { play } from '../support/history.ts';
import { GIB4, type RecordWords, sessionRecord, testNas } from '../support/records.ts';

const start = (at: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ status: 'Start', at, time: 0, ...words });
const interim = (at: number, up: number, down: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ at, up, down, time: at, ...words });

/** A history in order of arrival, what each record did, and the runs at the end. */
type History = [name: string, records: SessionRecord[], decisions: string[], runs: string[]];

describe('counters that fall', () => {
  it.each<History>([
    [
      'while session time goes on begin a new run: both directions count from zero',
      [start(0), interim(60, 100, 1000), interim(120, 5, 2000), interim(180, 105, 2100)],
      ['began 0/0', 'joined 100/1000', 'began 5/2000', 'joined 100/100'],
      ['john 100/1000 presumed', 'john 105/2100 open'],
    ],
    [
      'together with session time begin a new run',
      [start(0), interim(600, 100, 1000), interim(660, 5, 7, { time: 30 }), interim(720, 9, 9, { time: 90 })],
      ['began 0/0', 'joined 100/1000', 'began 5/7', 'joined 4/2'],
      ['john 100/1000 presumed', 'john 9/9 open'],
    ],
    [
      'within 10 s of session time are no restart: records are only out of order',
      [start(0), interim(60, 100, 1000), interim(68, 90, 900)],
      ['began 0/0', 'joined 100/1000', 'joined 0/0'],
      ['john 100/1000 open'],
    ],
    [
      'in a record of before are late, and not a restart',
      [start(0), interim(600, 100, 1000), interim(300, 50, 500, { arrived: 601 })],
      ['began 0/0', 'joined 100/1000', 'joined 0/0'],
      ['john 100/1000 open'],
    ],
    [
      'unseen are found by a late record with higher totals, which becomes the run before',
      [start(0), interim(300, 5, 5), interim(240, 700, 800, { arrived: 301 }), interim(360, 6, 6)],
      ['began 0/0', 'joined 5/5', 'found-earlier 700/800', 'joined 1/1'],
      ['john 700/800 presumed', 'john 6/6 open'],
    ],
    [
      'unseen are found once: further late records raise the run before, or nothing',
      [
        start(0),
        interim(300, 5, 5),
        interim(180, 600, 700, { arrived: 301 }),
        interim(240, 700, 800, { arrived: 302 }),
        interim(120, 500, 600, { arrived: 303 }),
      ],
      ['began 0/0', 'joined 5/5', 'found-earlier 600/700', 'joined 100/100', 'joined 0/0'],
      ['john 700/800 presumed', 'john 5/5 open'],
    ],
    [
      'twice: a late record of before both is of the first run, not of the one between',
      [
        interim(100, 500, 500),
        interim(200, 1000, 1000),
        interim(300, 50, 50),
        interim(400, 30, 30),
        interim(100, 500, 500, { arrived: 401 }),
      ],
      ['began 500/500', 'joined 500/500', 'began 50/50', 'began 30/30', 'joined 0/0'],
      ['john 1000/1000 presumed', 'john 50/50 presumed', 'john 30/30 open'],
    ],
    [
      'twice, once unseen: a late record of between them is a run between the two',
      [
        interim(200, 1000, 1000),
        interim(400, 30, 30),
        interim(300, 50, 50, { arrived: 401 }),
        interim(310, 60, 60, { arrived: 402 }),
      ],
      ['began 1000/1000', 'began 30/30', 'found-earlier 50/50', 'joined 10/10'],
      ['john 1000/1000 presumed', 'john 60/60 presumed', 'john 30/30 open'],
    ],
    [
      'of an earlier session with the same id are no restart of the one that is on',
      [
        start(0),
        interim(100, 500, 500),
        start(200),
        interim(260, 30, 40, { time: 60 }),
        interim(150, 30, 30, { arrived: 261 }),
      ],
      ['began 0/0', 'joined 500/500', 'began 0/0', 'joined 30/40', 'joined 0/0'],
      ['john 500/500 presumed', 'john 30/40 open'],
    ],
    [
      'unseen are never put down to an earlier session with the same id',
      [
        start(0),
        interim(100, 500, 500),
        start(200),
        interim(460, 5, 5, { time: 260 }),
        interim(400, 700, 800, { time: 200, arrived: 461 }),
      ],
      ['began 0/0', 'joined 500/500', 'began 0/0', 'joined 5/5', 'found-earlier 700/800'],
      ['john 500/500 presumed', 'john 700/800 presumed', 'john 5/5 open'],
    ],
    [
      'unseen, of a session that names nobody, are charged to nobody rather than to the wrong user',
      [start(0), interim(300, 5, 5), interim(240, 7, 8, { arrived: 301, user: undefined })],
      ['began 0/0', 'joined 5/5', 'found-earlier 7/8'],
      ['nobody 7/8 -15 presumed', 'john 5/5 open'],
    ],
  ])('%s', (_, records, decisions, runs) => {
    expect(play(records)).toMatchObject({ decisions, runs });
  });
});

it('a run found late between two that have no number between them raises the first', () => {
  const rates = { inputKbps: undefined, outputKbps: undefined };
  const [first, second] = play([interim(200, 1000, 1000), interim(400, 30, 30)]).ledger.changed();
  if (first === undefined || second === undefined) throw new Error('not two runs');
  const neighbours = [first, { ...second, runNumber: first.runNumber + 1 }];
  const late = interim(300, 1500, 50, { arrived: 401 });
  expect(decideRun(neighbours, late, { userId: 1, rates })).toMatchObject({
    how: 'joined',
    delta: { input: 500, output: 0 },
    run: { runNumber: first.runNumber },
  });
});

describe('a 32-bit counter', () => {
  const never = { gigawords: 'never' } as const;

  it.each<History>([
    [
      'that a NAS without Gigawords wraps goes on',
      [
        interim(300, 1000, GIB4 - 1000, never),
        interim(360, 2000, GIB4 + 500, never),
        interim(420, 2000, GIB4 + 700, never),
      ],
      [`began 1000/${GIB4 - 1000}`, 'joined 1000/1500', 'joined 0/200'],
      [`john 2000/${GIB4 + 700} open`],
    ],
    [
      'that wraps twice goes on',
      [
        interim(300, 0, 4e9, never),
        interim(360, 0, 4.8e9, never),
        interim(420, 0, 5.6e9, never),
        interim(660, 0, 8.8e9, never),
      ],
      ['began 0/4000000000', 'joined 0/800000000', 'joined 0/800000000', 'joined 0/3200000000'],
      ['john 0/8800000000 open'],
    ],
    [
      'may have wrapped since its totals were last told, not since its last record',
      [
        interim(600, 2e9, 1e9, { ...never, time: null }),
        interim(1500, 0, 0, { ...never, time: null }),
        interim(1515, 1.7e9, 2e9, { ...never, time: null }),
      ],
      ['began 2000000000/1000000000', 'joined 0/0', 'began 1700000000/1000000000'],
      ['john 2000000000/1000000000 presumed', 'john 1700000000/2000000000 -1000000000 open'],
    ],
    [
      'that falls by more than the line can carry has restarted',
      [interim(300, 0, 1e9, never), interim(311, 0, 5e8, never), interim(330, 0, 6e8, never)],
      ['began 0/1000000000', 'began 0/500000000', 'joined 0/100000000'],
      ['john 0/1000000000 presumed', 'john 0/600000000 open'],
    ],
    [
      'of zero is no wrap: the driver had failed',
      [interim(300, 0, 4e9, never), interim(360, 0, 0, never), interim(420, 0, 4.1e9, never)],
      ['began 0/4000000000', 'joined 0/0', 'joined 0/100000000'],
      ['john 0/4100000000 open'],
    ],
    [
      'is no wrap in a record of before',
      [interim(300, 0, GIB4 - 1000, never), interim(240, 0, 1000, { ...never, arrived: 301 })],
      [`began 0/${GIB4 - 1000}`, 'joined 0/0'],
      [`john 0/${GIB4 - 1000} open`],
    ],
    [
      'with Gigawords is taken at its word',
      [interim(300, 0, GIB4 - 1000), interim(360, 0, 3 * GIB4 + 5)],
      [`began 0/${GIB4 - 1000}`, `joined 0/${2 * GIB4 + 1005}`],
      [`john 0/${3 * GIB4 + 5} open`],
    ],
    [
      'at exactly 4 GiB is no zero',
      [interim(300, 0, GIB4 - 1000), interim(360, 0, GIB4)],
      [`began 0/${GIB4 - 1000}`, 'joined 0/1000'],
      [`john 0/${GIB4} open`],
    ],
    [
      'with Gigawords that falls has restarted, however the low words stand',
      [interim(300, 0, GIB4 - 1000), interim(360, 0, 500)],
      [`began 0/${GIB4 - 1000}`, 'began 0/500'],
      [`john 0/${GIB4 - 1000} presumed`, 'john 0/500 open'],
    ],
    [
      'with Gigawords only above zero wraps with them',
      [
        interim(300, 0, GIB4 - 1000, { gigawords: 'above-zero' }),
        interim(360, 0, GIB4 + 500, { gigawords: 'above-zero' }),
      ],
      [`began 0/${GIB4 - 1000}`, 'joined 0/1500'],
      [`john 0/${GIB4 + 500} open`],
    ],
    [
      'of a run that had Gigawords keeps its high word in a record without, while packets go on',
      [
        { ...interim(300, 0, GIB4 + 500), inputPackets: 0, outputPackets: 5 },
        { ...interim(360, 0, GIB4 + 700, never), inputPackets: 0, outputPackets: 7 },
      ],
      [`began 0/${GIB4 + 500}`, 'joined 0/200'],
      [`john 0/${GIB4 + 700} open`],
    ],
    [
      'of a run that had Gigawords restarts in a record without, when packets do',
      [
        { ...interim(300, 0, GIB4 + 500), inputPackets: 0, outputPackets: 5 },
        { ...interim(360, 0, 700, never), inputPackets: 0, outputPackets: 1 },
      ],
      [`began 0/${GIB4 + 500}`, 'began 0/700'],
      [`john 0/${GIB4 + 500} presumed`, 'john 0/700 open'],
    ],
    [
      'of a run that had Gigawords says nothing in a record without them and without packets',
      [interim(300, 0, GIB4 + 500), interim(360, 0, GIB4 + 700, never), interim(420, 0, GIB4 + 900)],
      [`began 0/${GIB4 + 500}`, 'joined 0/0', 'joined 0/400'],
      [`john 0/${GIB4 + 900} open`],
    ],
    [
      'of a NAS known to send Gigawords above zero that falls without them has restarted',
      [
        interim(300, 0, GIB4 - 1000, { ...never, nas: testNas({ sendsGigawords: true }) }),
        interim(360, 0, 500, { ...never, nas: testNas({ sendsGigawords: true }) }),
      ],
      [`began 0/${GIB4 - 1000}`, 'began 0/500'],
      [`john 0/${GIB4 - 1000} presumed`, 'john 0/500 open'],
    ],
  ])('%s', (_, records, decisions, runs) => {
    expect(play(records)).toMatchObject({ decisions, runs });
  });

  it('that falls is no wrap where the user has a slow line', () => {
    const records = [
      { ...interim(300, 0, 1e9, never), inputPackets: 0, outputPackets: 1e6 },
      { ...interim(600, 0, 5e8, never), inputPackets: 0, outputPackets: 5e6 },
    ];
    expect(play(records, { inputKbps: 1024, outputKbps: 5120 }).decisions).toEqual([
      'began 0/1000000000',
      'began 0/500000000',
    ]);
    expect(play(records).decisions[1]).toBe(`joined 0/${GIB4 - 5e8}`);
  });

  it.each([
    [1.24, 'joined'],
    [1.26, 'began'],
  ])('that wraps %d times as fast as the line is limited has %s', (times, how) => {
    const most = 5120 * 125 * 300;
    const before = GIB4 - Math.floor(most / 2);
    const records = [
      interim(300, 0, before, never),
      interim(600, 0, before + Math.floor(times * most), never),
    ];
    expect(play(records, { inputKbps: 1024, outputKbps: 5120 }).decisions[1]).toContain(how);
  });

  it('that could have wrapped unseen between two records marks the run', () => {
    const mayHaveWrapped = (...records: SessionRecord[]) =>
      play(records)
        .ledger.changed()
        .map((run) => run.mayHaveWrapped);
    expect(mayHaveWrapped(interim(60, 1, 1, never), interim(90, 2, 2, never))).toEqual([false]);
    expect(mayHaveWrapped(interim(60, 1, 1, never), interim(100, 2, 2, never))).toEqual([true]);
    expect(mayHaveWrapped(interim(60, 1, 1), interim(100, 2, 2))).toEqual([false]);
  });
});
