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

/** A history in order of arrival, what each record did, and the runs at the end. */
type History = [name: string, records: SessionRecord[], decisions: string[], runs: string[]];

describe('a session', () => {
  it.each<History>([
    [
      'counts what each record adds',
      [start(0), interim(60, 100, 1000), interim(120, 150, 3000), stop(150, { up: 160, down: 3500 })],
      ['began 0/0', 'joined 100/1000', 'joined 50/2000', 'joined 10/500'],
      ['john 160/3500 stopped'],
    ],
    [
      'whose Start was lost begins with its first Interim',
      [interim(60, 100, 1000), stop(150, { up: 160, down: 3500 })],
      ['began 100/1000', 'joined 60/2500'],
      ['john 160/3500 stopped'],
    ],
    [
      'that shows only its Stop counts it all',
      [stop(150, { up: 1, down: 2 })],
      ['began 1/2'],
      ['john 1/2 stopped'],
    ],
    [
      'counts a retransmission once, whatever its delay',
      [
        start(0),
        interim(60, 100, 1000),
        interim(60, 100, 1000, { arrived: 63 }),
        interim(60, 100, 1000, { arrived: 4000 }),
        stop(150, { up: 160, down: 3500 }),
        stop(150, { up: 160, down: 3500, arrived: 155 }),
      ],
      ['began 0/0', 'joined 100/1000', 'joined 0/0', 'joined 0/0', 'joined 60/2500', 'joined 0/0'],
      ['john 160/3500 stopped'],
    ],
    [
      'is not lowered by a late Interim, nor reopened by one after its Stop',
      [
        start(0),
        interim(120, 150, 3000),
        interim(60, 100, 1000, { arrived: 121 }),
        stop(150, { up: 160, down: 3500 }),
        interim(120, 150, 3000, { arrived: 153 }),
      ],
      ['began 0/0', 'joined 150/3000', 'joined 0/0', 'joined 10/500', 'joined 0/0'],
      ['john 160/3500 stopped'],
    ],
    [
      'is one also when its Start comes after its Stop',
      [stop(150, { up: 160, down: 3500 }), start(0, { arrived: 151.4 })],
      ['began 160/3500', 'joined 0/0'],
      ['john 160/3500 stopped'],
    ],
    [
      'takes octets of an Interim from after its Stop, and stays stopped',
      [start(0), stop(150, { up: 160, down: 3500 }), interim(152, 170, 3600)],
      ['began 0/0', 'joined 160/3500', 'joined 10/100'],
      ['john 170/3600 stopped'],
    ],
    [
      'keeps its octets when the Stop has none',
      [start(0), interim(60, 100, 1000), stop(150)],
      ['began 0/0', 'joined 100/1000', 'joined 0/0'],
      ['john 100/1000 stopped'],
    ],
    [
      'keeps its octets when the Stop has only zeros',
      [start(0), interim(60, 100, 1000), stop(150, { up: 0, down: 0 })],
      ['began 0/0', 'joined 100/1000', 'joined 0/0'],
      ['john 100/1000 stopped'],
    ],
    [
      'goes on after an Interim of zeros: the driver had failed',
      [start(0), interim(60, 100, 1000), interim(120, 0, 0), interim(180, 200, 2000)],
      ['began 0/0', 'joined 100/1000', 'joined 0/0', 'joined 100/1000'],
      ['john 200/2000 open'],
    ],
    [
      'counts what a record without one of the totals adds when the next has both',
      [start(0), interim(60, 100, 1000), interim(120, 150, 0, { down: undefined }), interim(180, 150, 1500)],
      ['began 0/0', 'joined 100/1000', 'joined 0/0', 'joined 50/500'],
      ['john 150/1500 open'],
    ],
    [
      'is one without Acct-Session-Time and Event-Timestamp',
      [
        start(0, { time: null, nasAhead: null }),
        interim(60, 100, 1000, { time: null, nasAhead: null }),
        interim(120, 150, 3000, { time: null, nasAhead: null }),
        interim(60, 100, 1000, { time: null, nasAhead: null, arrived: 130 }),
        stop(150, { up: 160, down: 3500, time: null, nasAhead: null }),
      ],
      ['began 0/0', 'joined 100/1000', 'joined 50/2000', 'joined 0/0', 'joined 10/500'],
      ['john 160/3500 stopped'],
    ],
    [
      'without Acct-Session-Time is one also when its first records come in the wrong order',
      [interim(120, 150, 3000, { time: null }), interim(60, 100, 1000, { time: null, arrived: 130 })],
      ['began 150/3000', 'joined 0/0'],
      ['john 150/3000 open'],
    ],
    [
      'of zero seconds and zero octets is one',
      [start(0), stop(0, { up: 0, down: 0 })],
      ['began 0/0', 'joined 0/0'],
      ['john 0/0 stopped'],
    ],
    [
      'first seen by a Stop without octets takes all of a late Interim',
      [stop(3600), interim(3500, 2e9, 3e9, { arrived: 3601 })],
      ['began 0/0', 'joined 2000000000/3000000000'],
      ['john 2000000000/3000000000 stopped'],
    ],
  ])('%s', (_, records, decisions, runs) => {
    expect(play(records)).toMatchObject({ decisions, runs });
  });
});

describe('an Acct-Session-Id that is used again', () => {
  it.each<History>([
    [
      'after its Stop is a new session (a station back within 5 s)',
      [
        start(0),
        interim(60, 100_000, 20_000),
        stop(100, { up: 120_000, down: 29_839 }),
        start(103),
        stop(123, { time: 20, up: 1000, down: 525 }),
      ],
      ['began 0/0', 'joined 100000/20000', 'joined 20000/9839', 'began 0/0', 'joined 1000/525'],
      ['john 120000/29839 stopped', 'john 1000/525 stopped'],
    ],
    [
      'and whose second Start is lost is a new session',
      [start(0), stop(100, { up: 500, down: 500 }), stop(123, { time: 20, up: 30, down: 40 })],
      ['began 0/0', 'joined 500/500', 'began 30/40'],
      ['john 500/500 stopped', 'john 30/40 stopped'],
    ],
    [
      'after a long time is a new session, also with higher totals',
      [start(0), interim(100, 500, 500), interim(5000, 600, 700, { time: 1000 })],
      ['began 0/0', 'joined 500/500', 'began 600/700'],
      ['john 500/500 presumed', 'john 600/700 open'],
    ],
    [
      'gets its late records into the session they are of',
      [
        start(0),
        stop(100, { up: 500, down: 500 }),
        start(200),
        interim(260, 30, 40, { time: 60 }),
        stop(100, { up: 520, down: 510, arrived: 261 }),
        interim(80, 400, 400, { arrived: 262 }),
      ],
      ['began 0/0', 'joined 500/500', 'began 0/0', 'joined 30/40', 'joined 20/10', 'joined 0/0'],
      ['john 520/510 stopped', 'john 30/40 open'],
    ],
    [
      'is not used again where session time runs ahead of the clock: what happened later is not earlier',
      [
        start(0, { nasAhead: null }),
        interim(1, 1000, 2000, { time: 60, nasAhead: null }),
        interim(2, 3000, 4000, { time: 120, nasAhead: null }),
        stop(3, { up: 3000, down: 4000, time: 180, nasAhead: null }),
      ],
      ['began 0/0', 'joined 1000/2000', 'joined 2000/2000', 'joined 0/0'],
      ['john 3000/4000 stopped'],
    ],
    [
      'counts a restart within a few seconds once, also where a counter stays at zero',
      [start(0), interim(2, 0, 1), interim(3, 1, 0), stop(14, { up: 1, down: 0 })],
      ['began 0/0', 'joined 0/1', 'joined 0/0', 'joined 1/0'],
      ['john 1/1 stopped'],
    ],
    [
      'is not used again where the Start came late: no second session stays open',
      [
        start(0, { arrived: 100, nasAhead: null }),
        interim(101, 50, 60, { nasAhead: null }),
        stop(200, { up: 70, down: 80, nasAhead: null }),
      ],
      ['began 0/0', 'joined 50/60', 'joined 20/20'],
      ['john 70/80 stopped'],
    ],
    [
      'gets a Start that is only repeated into the session it began',
      [start(0), interim(5, 10, 10), start(0, { arrived: 6 }), start(0, { arrived: 400 })],
      ['began 0/0', 'joined 10/10', 'joined 0/0', 'joined 0/0'],
      ['john 10/10 open'],
    ],
    [
      'by three users at once is three sessions',
      [
        ...['john', 'jane', 'jack'].map((user) => start(0, { user, station: undefined })),
        interim(60, 100, 0, { user: 'jane', station: undefined }),
        interim(60, 70, 0, { user: 'john', station: undefined }),
        stop(90, { up: 5, down: 5, user: 'jack', station: undefined }),
        stop(95, { up: 110, down: 5, user: 'jane', station: undefined }),
      ],
      ['began 0/0', 'began 0/0', 'began 0/0', 'joined 100/0', 'joined 70/0', 'joined 5/5', 'joined 10/5'],
      ['john 70/0 open', 'jane 110/5 stopped', 'jack 5/5 stopped'],
    ],
    [
      'by two stations of one user is one session only where the name says so',
      [
        start(0, { user: undefined, station: 'A' }),
        start(1, { user: undefined, station: 'B' }),
        interim(60, 7, 7, { user: undefined, station: 'B' }),
        interim(60, 5, 5, { user: undefined, station: 'A' }),
      ],
      ['began 0/0', 'began 0/0', 'joined 7/7', 'joined 5/5'],
      ['nobody 5/5 -10 open', 'nobody 7/7 -14 open'],
    ],
  ])('%s', (_, records, decisions, runs) => {
    expect(play(records)).toMatchObject({ decisions, runs });
  });
});

describe('a connection', () => {
  it.each<History>([
    [
      'stays one when the station changes and the name does not (MOBIKE)',
      [start(0, { station: '192.0.2.7[4500]' }), interim(60, 9, 9, { station: '198.51.100.8[4500]' })],
      ['began 0/0', 'joined 9/9'],
      ['john 9/9 open'],
    ],
    [
      'stays one when a record gives neither station nor name',
      [start(0), interim(60, 9, 9, { station: undefined, user: undefined })],
      ['began 0/0', 'joined 9/9'],
      ['john 9/9 open'],
    ],
    [
      'stays one when its first record gave neither',
      [start(0, { station: undefined, user: undefined }), interim(60, 9, 9), interim(120, 10, 10)],
      ['began 0/0', 'joined 9/9', 'joined 1/1'],
      ['john 10/10 open'],
    ],
    [
      'that began under an outer identity is metered from the name on that is a user',
      [
        start(0, { user: 'anonymous' }),
        interim(60, 100, 100, { user: 'anonymous' }),
        interim(120, 150, 150),
        interim(180, 160, 160, { user: 'anonymous' }),
      ],
      ['began 0/0', 'joined 100/100', 'joined 50/50', 'joined 10/10'],
      ['john 160/160 -200 open'],
    ],
    [
      'that changes hands gives the growth from then on to the new user, in a row of its own',
      [
        start(0),
        interim(60, 100, 100),
        interim(120, 150, 180, { user: 'jane' }),
        stop(180, { up: 160, down: 200, user: 'jane' }),
      ],
      ['began 0/0', 'joined 100/100', 'changed-user 50/80', 'joined 10/20'],
      ['john 100/100 presumed', 'jane 160/200 -200 stopped'],
    ],
    [
      'that changed hands does not change back by a late record of the first user',
      [
        start(0),
        interim(60, 100, 100),
        interim(120, 150, 180, { user: 'jane' }),
        interim(90, 120, 120, { arrived: 121 }),
        interim(180, 160, 190, { user: 'jane' }),
      ],
      ['began 0/0', 'joined 100/100', 'changed-user 50/80', 'joined 0/0', 'joined 10/10'],
      ['john 100/100 presumed', 'jane 160/190 -200 open'],
    ],
    [
      'that restarts by a record that names nobody stays with its user',
      [start(0), interim(60, 100, 100), interim(120, 5, 5, { station: undefined, user: undefined })],
      ['began 0/0', 'joined 100/100', 'began 5/5'],
      ['john 100/100 presumed', 'john 5/5 open'],
    ],
  ])('%s', (_, records, decisions, runs) => {
    expect(play(records)).toMatchObject({ decisions, runs });
  });
});
