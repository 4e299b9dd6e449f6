import { describe, expect, it } from 'vitest';
import {
  datesBetween,
  dayCount,
  daySeriesShape,
  daysLater,
  isDate,
  runsOf,
} from '../../src/usage/usage-day-series.ts';

describe('a series by day', () => {
  it.each([
    ['2025-12-31', true],
    ['2024-02-29', true],
    ['2025-02-29', false],
    ['2025-13-01', false],
    ['2025-1-1', false],
    ['2025-12-31T00:00:00Z', false],
    ['20251231', false],
    ['', false],
  ])('knows whether %o is a date: %o', (text, expected) => {
    expect(isDate(text)).toBe(expected);
  });

  it.each([
    ['2025-12-30', '2026-01-02', ['2025-12-30', '2025-12-31', '2026-01-01', '2026-01-02']],
    ['2024-02-28', '2024-03-01', ['2024-02-28', '2024-02-29', '2024-03-01']],
    ['2025-03-30', '2025-03-30', ['2025-03-30']],
    ['2025-03-31', '2025-03-30', []],
  ])('has every date from %s to %s', (from, to, dates) => {
    expect(datesBetween(from, to)).toEqual(dates);
    expect(dayCount(from, to)).toBe(dates.length);
  });

  it('splits dates into stretches of following days', () => {
    const dates = ['2025-12-30', '2025-12-31', '2026-01-01', '2026-01-03', '2026-01-05', '2026-01-06'];
    expect(runsOf(dates, 2)).toEqual([
      ['2025-12-30', '2025-12-31'],
      ['2026-01-01'],
      ['2026-01-03'],
      ['2026-01-05', '2026-01-06'],
    ]);
    expect(runsOf([], 2)).toEqual([]);
  });

  it('counts days over the end of a year', () => {
    expect([daysLater('2025-12-31', 1), daysLater('2026-01-01', -1), daysLater('2024-12-31', 366)]).toEqual([
      '2026-01-01',
      '2025-12-31',
      '2026-01-01',
    ]);
  });

  it('shows each day and their sum', () => {
    const octets = (day: string) => ({ inputOctets: day === '2025-12-01' ? 3 : 0, outputOctets: 4 });
    expect(daySeriesShape(['2025-12-01', '2025-12-02'], octets)).toEqual({
      days: [
        { day: '2025-12-01', input_octets: 3, output_octets: 4, total_octets: 7 },
        { day: '2025-12-02', input_octets: 0, output_octets: 4, total_octets: 4 },
      ],
      input_octets: 3,
      output_octets: 8,
      total_octets: 11,
    });
  });
});
