import { describe, expect, test } from 'vitest';
import { gib, jsonInstant, mbps, roundToHundredths } from '../../src/profiles/json-values.ts';

describe('rounding to hundredths', () => {
  // Python's round(x, 2) gave the expected values.
  test.each([
    [0, 0],
    [0.125, 0.12],
    [0.375, 0.38],
    [0.625, 0.62],
    [0.875, 0.88],
    [2.675, 2.67],
    [1.005, 1.0],
    [12.125, 12.12],
    [12.375, 12.38],
    [-0.125, -0.12],
    [-0.375, -0.38],
    [0.5, 0.5],
    [0.25, 0.25],
    [33.33333333333333, 33.33],
    [8_388_607.999999999, 8_388_608],
    [1_234_567.125, 1_234_567.12],
  ])('%d becomes %d', (value, expected) => {
    expect(roundToHundredths(value)).toBe(expected);
  });
});

test('octets show in GiB, and no limit stays null', () => {
  expect([gib(53_687_091_200), gib(1), gib(1024 ** 3 / 8), gib(0), gib(null)]).toEqual([
    50,
    0,
    0.12,
    0,
    null,
  ]);
});

test('kbit/s show in the Mbit/s of the API, which divide by 1024', () => {
  expect([mbps(5120), mbps(512), mbps(1000)]).toEqual([5, 0.5, 0.98]);
});

test.each([
  ['2025-12-11 12:00:00.123456', '2025-12-11T12:00:00.123456Z'],
  ['2025-12-11 12:00:00.000000', '2025-12-11T12:00:00Z'],
  ['2025-12-11 12:00:00', '2025-12-11T12:00:00Z'],
  ['2025-12-11 12:00:00.5', '2025-12-11T12:00:00.500000Z'],
])('the column %s is %s in JSON', (column, json) => {
  expect(jsonInstant(column)).toBe(json);
});
