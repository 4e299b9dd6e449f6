import { expect, it } from 'vitest';
import { AnswerTimes } from '../../src/simulate/answer-times.ts';

it('gives percentiles right to one part in a hundred', () => {
  const times = new AnswerTimes();
  for (let ms = 1_000; ms >= 1; ms--) times.add(ms);
  for (const share of [0.5, 0.99]) {
    expect(times.percentileMs(share)).toBeGreaterThanOrEqual(1_000 * share);
    expect(times.percentileMs(share)).toBeLessThanOrEqual(1_010 * share);
  }
  expect(times.percentileMs(1)).toBe(1_000);
  expect(times.maximumMs).toBe(1_000);
});

it('gives 0 where there was no answer', () => {
  expect(new AnswerTimes().percentileMs(0.99)).toBe(0);
});
