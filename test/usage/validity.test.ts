import { describe, expect, test } from 'vitest';
import { daysRemaining, isExpired, validUntil } from '../../src/usage/validity.ts';

const START = Date.parse('2025-12-01T10:00:00Z');
const DAY = 86_400_000;

describe('a validity of 30 days', () => {
  test.each([
    ['at activation', 0, 30, false],
    ['a millisecond later', 1, 29, false],
    ['with a day and a millisecond left', 29 * DAY - 1, 1, false],
    ['during the whole last day', 29 * DAY + 1, 0, false],
    ['at its very end', 30 * DAY, 0, false],
    ['a millisecond after its end', 30 * DAY + 1, 0, true],
    ['long after', 400 * DAY, 0, true],
  ])('%s', (_name, elapsed, days, expired) => {
    const validity = { activationDate: START, validityDays: 30, now: START + elapsed };
    expect(daysRemaining(validity)).toBe(days);
    expect(isExpired(validity)).toBe(expired);
  });

  test('ends 30 times 24 hours after activation', () => {
    expect(validUntil({ activationDate: START, validityDays: 30 })).toBe(Date.parse('2025-12-31T10:00:00Z'));
  });
});

test('without a validity nothing expires', () => {
  const validity = { activationDate: START, validityDays: null, now: START + 10_000 * DAY };
  expect([daysRemaining(validity), isExpired(validity), validUntil(validity)]).toEqual([null, false, null]);
});
