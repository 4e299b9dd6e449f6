/** The edges of the rules that begin a run: ten seconds to either side. */
import { describe, expect, it } from 'vitest';
import type { SessionRecord } from '../../src/accounting/record.ts';
import { play } from '../support/history.ts';
import { type RecordWords, sessionRecord } from '../support/records.ts';

const start = (at: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ status: 'Start', at, time: 0, ...words });
const interim = (at: number, up: number, down: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ at, up, down, time: at, ...words });
const stop = (at: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ status: 'Stop', at, time: at, ...words });

/** A history in order of arrival, what its last record did, and the runs at the end. */
type History = [name: string, records: SessionRecord[], last: string, runs: string[]];

describe('a Start', () => {
  it.each<History>([
    [
      'after a Stop begins a run, although nothing was used',
      [start(0), stop(100), start(103)],
      'began 0/0',
      ['john 0/0 stopped', 'john 0/0 open'],
    ],
    [
      'after a run that is open and unused is its own once more',
      [start(0), start(60)],
      'joined 0/0',
      ['john 0/0 open'],
    ],
    [
      'within 10 s of the run’s start is that run’s, also after its first octets',
      [start(0), interim(5, 10, 10), start(6)],
      'joined 0/0',
      ['john 10/10 open'],
    ],
    [
      'of before the last update is that run’s, stamped late as it may be',
      [interim(60, 10, 10), start(12, { arrived: 61 })],
      'joined 0/0',
      ['john 10/10 open'],
    ],
    [
      'resent late is its run’s, also of a run whose few seconds were counted too high',
      [start(0), stop(9, { time: 11, up: 10, down: 10 }), start(0, { arrived: 400 })],
      'joined 0/0',
      ['john 10/10 stopped'],
    ],
    [
      'at the very last update begins a run',
      [start(0), stop(60, { up: 10, down: 10 }), start(60)],
      'began 0/0',
      ['john 10/10 stopped', 'john 0/0 open'],
    ],
  ])('%s', (_, records, last, runs) => {
    const played = play(records);
    expect([played.decisions.at(-1), played.runs]).toEqual([last, runs]);
  });
});

describe('a session that began', () => {
  it.each<History>([
    [
      'up to 10 s after the last update may be the same',
      [start(0), interim(100, 500, 500), interim(210, 600, 600, { time: 100 })],
      'joined 100/100',
      ['john 600/600 open'],
    ],
    [
      'more than 10 s after the last update is another',
      [start(0), interim(100, 500, 500), interim(211, 600, 600, { time: 100 })],
      'began 600/600',
      ['john 500/500 presumed', 'john 600/600 open'],
    ],
    [
      'up to 10 s before the last update is another where its session time is lower',
      [start(0), interim(100, 500, 500), interim(140, 30, 40, { time: 50 })],
      'began 30/40',
      ['john 500/500 presumed', 'john 30/40 open'],
    ],
    [
      'more than 10 s before the last update is the same, and the record late',
      [start(0), interim(100, 500, 500), interim(139, 30, 40, { time: 50 })],
      'joined 0/0',
      ['john 500/500 open'],
    ],
    [
      'after the last update by a Stop without octets is the same: such a Stop knows no session time',
      [start(0), interim(100, 500, 500), stop(150, { time: 0, up: 0, down: 0 })],
      'joined 0/0',
      ['john 500/500 stopped'],
    ],
  ])('%s', (_, records, last, runs) => {
    const played = play(records);
    expect([played.decisions.at(-1), played.runs]).toEqual([last, runs]);
  });
});
