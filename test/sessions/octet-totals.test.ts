import { describe, expect, it } from 'vitest';
import { play } from '../support/history.ts';
import { type RecordWords, sessionRecord, testNas } from '../support/records.ts';

const start = (at: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ status: 'Start', at, time: 0, ...words });
const interim = (at: number, up: number, down: number, words: Partial<RecordWords> = {}) =>
  sessionRecord({ at, up, down, time: at, ...words });

describe('growth that the line could not have carried', () => {
  const nas = testNas({ maxRateKbps: 8000 });
  // 8000 kbit/s are a million octets a second, and times may be 10 s wrong.
  const most = (seconds: number) => (seconds + 10) * 1e6;

  it.each([
    ['within a session', [start(0, { nas })], interim(60, most(60) + 1, 0, { nas })],
    ['downwards', [start(0, { nas })], interim(60, 0, most(60) + 1, { nas })],
    ['in a first record', [], interim(60, most(60) + 1, 0, { nas })],
    ['after a restart', [interim(600, 100, 100, { nas })], interim(660, 5, most(660) + 1, { nas })],
    [
      'without session time, by event time',
      [interim(0, 1, 1, { nas, time: null })],
      interim(60, most(60) + 2, 1, { nas, time: null }),
    ],
  ])('is set aside and changes nothing: %s', (_, before, record) => {
    const played = play([...before, record]);
    expect(played.decisions.at(-1)).toBe('implausible');
    expect(played.runs).toEqual(play(before).runs);
  });

  it('is only what is above it: the most that could pass counts', () => {
    const played = play([start(0, { nas }), interim(60, most(60), most(60), { nas })]);
    expect(played.decisions.at(-1)).toBe(`joined ${most(60)}/${most(60)}`);
  });

  it('does not lose the session: the next record that is plausible counts it', () => {
    const played = play([start(0, { nas }), interim(60, 1e9, 1e9, { nas }), interim(120, 1e6, 1e6, { nas })]);
    expect(played.decisions).toEqual(['began 0/0', 'implausible', 'joined 1000000/1000000']);
  });

  it('is nothing a first record without session time can be told by', () => {
    expect(play([interim(0, 1e12, 0, { nas, time: null })]).decisions).toEqual(['began 1000000000000/0']);
  });
});

describe('the counting direction', () => {
  it('is turned to what the user sent and got', () => {
    const reversed = { isReversed: true };
    const records = [start(0, reversed), interim(60, 100, 1000, reversed), interim(120, 110, 1500, reversed)];
    expect(play(records).decisions).toEqual(['began 0/0', 'joined 1000/100', 'joined 500/10']);
  });

  it('is frozen in a run, and new with the next', () => {
    const records = [
      interim(60, 100, 1000),
      interim(120, 110, 1500, { isReversed: true }),
      start(200, { isReversed: true }),
      interim(260, 3, 4, { isReversed: true, time: 60 }),
    ];
    expect(play(records).runs).toEqual(['john 110/1500 presumed', 'john 4/3 open']);
  });

  it('stays with a session that changes hands', () => {
    const records = [
      interim(60, 100, 1000),
      interim(120, 110, 1500, { user: 'jane', isReversed: true }),
      interim(180, 120, 1600, { user: 'jane', isReversed: true }),
    ];
    expect(play(records).decisions).toEqual(['began 100/1000', 'changed-user 10/500', 'joined 10/100']);
  });
});

describe('the octet unit', () => {
  const kilo = { nas: testNas({ octetUnit: 1024 }) };

  it('multiplies what a NAS counts', () => {
    expect(play([interim(60, 100, 1000, kilo), interim(120, 101, 1000, kilo)]).decisions).toEqual([
      'began 102400/1024000',
      'joined 1024/0',
    ]);
  });

  it('is frozen in a run, and new with the next', () => {
    const records = [
      interim(60, 100, 1000),
      interim(120, 110, 1500, kilo),
      start(200, kilo),
      interim(260, 3, 4, { ...kilo, time: 60 }),
    ];
    expect(play(records).runs).toEqual(['john 110/1500 presumed', 'john 3072/4096 open']);
  });

  it('stays with a session that changes hands', () => {
    const records = [
      interim(60, 100, 1000),
      interim(120, 110, 1500, { ...kilo, user: 'jane' }),
      interim(180, 120, 1600, { ...kilo, user: 'jane' }),
    ];
    expect(play(records).decisions).toEqual(['began 100/1000', 'changed-user 10/500', 'joined 10/100']);
  });
});
