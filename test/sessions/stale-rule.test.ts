import { describe, expect, it } from 'vitest';
import {
  type HeardSession,
  learnInterval,
  type SilenceTerms,
  silentAt,
} from '../../src/sessions/stale-rule.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Seconds after its start, at which it was heard of last at 1000 s. */
function silentSeconds(session: Partial<HeardSession>, terms: Partial<SilenceTerms>): number {
  const heard = { lastHeardAt: 1_000_000, startedAt: 0, hasInterim: true, intervalSeconds: 300, ...session };
  const all = { floorSeconds: 600, sessionTimeoutSeconds: undefined, countsSince: 0, ...terms };
  return silentAt(heard, all) / 1000;
}

describe('a session that sends Interim-Updates is silent', () => {
  it.each<[string, Partial<HeardSession>, Partial<SilenceTerms>, number]>([
    ['after three intervals', {}, {}, 1000 + 900],
    ['never before the floor of its NAS', { intervalSeconds: 60 }, {}, 1000 + 600],
    [
      'after three intervals where the floor is lower',
      { intervalSeconds: 60 },
      { floorSeconds: 30 },
      1000 + 180,
    ],
    ['after an hour while its interval is not known', { intervalSeconds: undefined }, {}, 1000 + HOUR],
    [
      'after a floor above that hour',
      { intervalSeconds: undefined },
      { floorSeconds: 2 * HOUR },
      1000 + 2 * HOUR,
    ],
    ['by what was heard since silence counts', {}, { countsSince: 5_000_000 }, 5000 + 900],
    ['whatever its Session-Timeout', {}, { sessionTimeoutSeconds: 30 }, 1000 + 900],
  ])('%s', (_, session, terms, expected) => {
    expect(silentSeconds(session, terms)).toBe(expected);
  });
});

describe('a session that never sent one is silent', () => {
  const never = { hasInterim: false, intervalSeconds: undefined };

  it.each<[string, Partial<SilenceTerms>, number]>([
    ['when its Session-Timeout and the floor are over', { sessionTimeoutSeconds: HOUR }, HOUR + 600],
    ['not before the floor after its last record', { sessionTimeoutSeconds: 500 }, 1000 + 600],
    [
      'not before the floor after silence counts',
      { sessionTimeoutSeconds: HOUR, countsSince: 5_000_000 },
      5000 + 600,
    ],
    ['a day after its last record without Session-Timeout', {}, 1000 + DAY],
    ['a day after it also where that day was not all heard', { countsSince: 5_000_000 }, 1000 + DAY],
    ['not before somebody has listened for the floor', { countsSince: DAY * 2000 }, DAY * 2 + 600],
  ])('%s', (_, terms, expected) => {
    expect(silentSeconds(never, terms)).toBe(expected);
  });
});

describe('the interval of a session', () => {
  it.each<[string, number | undefined, number, number | undefined]>([
    ['is the first gap', undefined, 300, 300],
    ['is not learned from reports of the same seconds', undefined, 10, undefined],
    ['stays through reports of the same seconds', 300, 10, 300],
    ['follows', 300, 330, 330],
    ['is believed up to half an hour at once', 60, 1800, 1800],
    ['is not the hours that nobody reported', 60, 7200, 1800],
    ['at most doubles beyond', 1800, 36_000, 3600],
    ['at most halves when a report comes out of turn', 1801, 15, 901],
  ])('%s', (_, known, gap, learned) => {
    expect(learnInterval(known, gap)).toBe(learned);
  });

  it('outlives a report that comes out of turn', () => {
    let known: number | undefined;
    const intervals = [1800, 20, 1780, 1800].map((gap) => {
      known = learnInterval(known, gap);
      return known;
    });
    expect(intervals).toEqual([1800, 900, 1780, 1800]);
  });
});
