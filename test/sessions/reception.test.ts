import { describe, expect, it } from 'vitest';
import { type Instance, receivingSince, receptionOf } from '../../src/sessions/reception.ts';

const NOW = Date.parse('2025-12-11T12:00:00Z');
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** An instance that has been receiving for two hours and beat five seconds ago. */
function instance(host: string, extra: Partial<Instance> = {}): Instance {
  const running = { receivingSince: NOW - 2 * HOUR, beatAt: NOW - 5 * SECOND, spooledRecords: 0 };
  return { id: host, host, ...running, ...extra };
}

describe('silence counts', () => {
  it.each<[string, Instance[], { since: number; until: number; absent: string[] }]>([
    [
      'while one instance receives',
      [instance('a')],
      { since: NOW - 2 * HOUR, until: NOW - 5 * SECOND, absent: [] },
    ],
    [
      'since the last of several began to receive, up to the oldest beat',
      [instance('a', { receivingSince: NOW - HOUR }), instance('b', { beatAt: NOW - 9 * SECOND })],
      { since: NOW - HOUR, until: NOW - 9 * SECOND, absent: [] },
    ],
    [
      'no further than the last beat of one that is gone',
      [instance('a'), instance('b', { beatAt: NOW - HOUR + 1 })],
      { since: NOW - 2 * HOUR, until: NOW - HOUR + 1, absent: ['b'] },
    ],
    [
      'on once the one that is gone is forgotten, whatever its spool held',
      [instance('a'), instance('b', { beatAt: NOW - HOUR, receivingSince: NOW - HOUR, spooledRecords: 7 })],
      { since: NOW - 2 * HOUR, until: NOW - 5 * SECOND, absent: [] },
    ],
    [
      'up to now where a beat lies ahead of the clock',
      [instance('a', { beatAt: NOW + HOUR })],
      { since: NOW - 2 * HOUR, until: NOW, absent: [] },
    ],
  ])('%s', (_, instances, expected) => {
    const reception = receptionOf(instances, NOW);
    if (!reception.isCounting) throw new Error(reception.reason);
    const absent = reception.absent.map(({ host }) => host);
    expect({ ...reception, absent }).toEqual({ isCounting: true, ...expected });
  });

  it.each<[string, Instance[], string]>([
    ['nobody receives', [], 'no radmeter has been receiving within the last hour'],
    [
      'all are forgotten',
      [instance('a', { beatAt: NOW - HOUR })],
      'no radmeter has been receiving within the last hour',
    ],
    [
      'any instance has records in its spool',
      [instance('a'), instance('b', { spooledRecords: 3 })],
      '3 record(s) wait in the spool of b',
    ],
    [
      'one that is gone for less than an hour has records in its spool',
      [instance('a'), instance('b', { spooledRecords: 3, beatAt: NOW - HOUR + 1 })],
      '3 record(s) wait in the spool of b',
    ],
  ])('not while %s', (_, instances, reason) => {
    expect(receptionOf(instances, NOW)).toEqual({ isCounting: false, reason });
  });
});

describe('an instance has been receiving', () => {
  const since = NOW - HOUR;

  it.each<[string, { receivingSince: number; beatAt: number } | undefined, number]>([
    ['since now when it starts', undefined, NOW],
    ['since it began, from beat to beat', { receivingSince: since, beatAt: NOW - 10 * SECOND }, since],
    [
      'since it began, though two beats were missed',
      { receivingSince: since, beatAt: NOW - 30 * SECOND },
      since,
    ],
    ['since now after a break', { receivingSince: since, beatAt: NOW - 30 * SECOND - 1 }, NOW],
    ['since now when the clock has gone back', { receivingSince: since, beatAt: NOW + 1 }, NOW],
  ])('%s', (_, before, expected) => {
    expect(receivingSince(before, NOW)).toBe(expected);
  });
});
