/** Records that may be of a session before the newest one: they count nothing there, because what they show comes again with the newest one's. Each case stands for histories that were counted twice before. */
import { describe, expect, it } from 'vitest';
import type { SessionRecord } from '../../src/accounting/record.ts';
import { play } from '../support/history.ts';
import { EPOCH, type RecordWords, sessionRecord } from '../support/records.ts';

const start = (at: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ status: 'Start', at, time: 0, ...words });
const interim = (at: number, up: number, down: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ at, up, down, time: at, ...words });
const stop = (at: number, up: number, down: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ status: 'Stop', at, up, down, time: at, ...words });
/** A history in order of arrival, what each record did, and the runs at the end. */
type History = [name: string, records: SessionRecord[], decisions: string[], runs: string[]];

function itTells(histories: History[]): void {
  it.each<History>(histories)('%s', (_, records, decisions, runs) => {
    expect(play(records)).toMatchObject({ decisions, runs });
  });
}

describe('a record that may be of a session before the newest one', () => {
  const blind = (record: SessionRecord): SessionRecord => ({
    ...record,
    nasEventAt: undefined,
    delaySeconds: 0,
    eventAt: record.arrivedAt,
  });
  const silent = { time: null } as const;
  const SINCE_BOOT = 50 - EPOCH / 1000;

  itTells([
    [
      'because the NAS’s clock was set back counts nothing there: the next record counts it all',
      [
        stop(0, 0, 0, silent),
        start(600, silent),
        interim(900, 100, 1000, silent),
        interim(1200, 150, 2000, { ...silent, nasAhead: -700 }),
        interim(1500, 200, 3000, { ...silent, nasAhead: -700 }),
      ],
      ['began 0/0', 'began 0/0', 'joined 100/1000', 'joined 0/0', 'joined 100/2000'],
      ['john 0/0 stopped', 'john 200/3000 open'],
    ],
    [
      'because nothing says when it happened counts nothing there: the next record counts it all',
      [
        start(0, silent),
        interim(60, 100, 1000, silent),
        start(600, silent),
        interim(660, 120, 1100, silent),
        stop(720, 90, 1200, silent),
      ].map(blind),
      ['began 0/0', 'joined 100/1000', 'began 0/0', 'joined 0/0', 'joined 90/1200'],
      ['john 100/1000 presumed', 'john 90/1200 stopped'],
    ],
    [
      'hands nothing over there, whoever it names',
      [
        start(0, silent),
        interim(60, 100, 1000, silent),
        stop(120, 0, 0, silent),
        start(130, { ...silent, user: 'jane' }),
        interim(190, 10, 100, { ...silent, user: 'jane' }),
      ].map(blind),
      ['began 0/0', 'joined 100/1000', 'joined 0/0', 'began 0/0', 'joined 0/0'],
      ['john 100/1000 stopped', 'jane 0/0 open'],
    ],
    [
      'is of the one that began with it where that is told, and counts there',
      [
        start(0),
        interim(900, 100, 1000),
        start(1000, { arrived: 1000 }),
        interim(1200, 150, 2000, { time: 1200 }),
      ].map(blind),
      ['began 0/0', 'joined 100/1000', 'began 0/0', 'joined 50/1000'],
      ['john 150/2000 presumed', 'john 0/0 open'],
    ],
    [
      'may be late of that one where it did not begin with the newest',
      [start(0), interim(900, 100, 1000), start(1000), interim(850, 90, 900, { arrived: 1900 })].map(blind),
      ['began 0/0', 'joined 100/1000', 'began 0/0', 'joined 0/0'],
      ['john 100/1000 presumed', 'john 0/0 open'],
    ],
    [
      'began with that one on the NAS’s clock, be it of 1970, and with the newest on ours: it counts in neither',
      [
        start(0, { nasAhead: SINCE_BOOT }),
        interim(900, 100, 1000, { nasAhead: SINCE_BOOT }),
        stop(1000, 10, 20, { time: 5, nasAhead: SINCE_BOOT }),
        { ...interim(800, 80, 900, { nasAhead: SINCE_BOOT, arrived: 1795 }), delaySeconds: 0 },
      ],
      ['began 0/0', 'joined 100/1000', 'began 10/20', 'joined 0/0'],
      ['john 100/1000 presumed', 'john 10/20 stopped'],
    ],
    [
      'began when the last record of that one says it did, on a clock that was set in mid-session: it counts there',
      [
        start(0, { nasAhead: SINCE_BOOT }),
        interim(600, 100, 1000),
        interim(2400, 10, 20, { time: 200 }),
        { ...interim(1200, 150, 1500, { arrived: 4000 }), delaySeconds: 0 },
      ],
      ['began 0/0', 'joined 100/1000', 'began 10/20', 'joined 50/500'],
      ['john 150/1500 presumed', 'john 10/20 open'],
    ],
    [
      'began with that one on our clock, although the NAS’s was set since: it counts there',
      [start(0), interim(600, 100, 1000), start(700), interim(1200, 150, 1500, { nasAhead: 5000 })],
      ['began 0/0', 'joined 100/1000', 'began 0/0', 'joined 50/500'],
      ['john 150/1500 presumed', 'john 0/0 open'],
    ],
    [
      'cannot be of the newest where its session lasted longer than that has been there',
      [
        start(0),
        interim(900, 100, 1000),
        start(1000),
        interim(2000, 10, 20, { time: 990 }),
        stop(2300, 300, 4000, { time: 1600 }),
      ].map(blind),
      ['began 0/0', 'joined 100/1000', 'began 0/0', 'joined 10/20', 'joined 0/0'],
      ['john 100/1000 presumed', 'john 10/20 open'],
    ],
  ]);
});
