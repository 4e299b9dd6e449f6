import { describe, expect, it } from 'vitest';
import { BatchSize } from '../../src/accounting/batch-size.ts';

/** Plays full batches against a database that commits at most so many in time; returns the sizes that were tried. */
function played(size: BatchSize, capacity: number, batches: number): number[] {
  return Array.from({ length: batches }, () => {
    const { records } = size;
    if (records <= capacity) size.succeeded(records);
    else size.failed(records);
    return records;
  });
}

describe('the size of batches', () => {
  it('is the most there may be as long as nothing fails', () => {
    expect(played(new BatchSize(512), 512, 3)).toEqual([512, 512, 512]);
  });

  it('halves until the database keeps up, and is one at least', () => {
    const size = new BatchSize(512);
    expect(played(size, 100, 4)).toEqual([512, 256, 128, 64]);
    expect(played(new BatchSize(4), 0, 5)).toEqual([4, 2, 1, 1, 1]);
  });

  it('tries the larger one ever more seldom while that fails', () => {
    const tried = played(new BatchSize(512), 100, 500);
    const failures = tried.filter((records) => records > 100);
    expect(failures.length).toBeLessThan(3 + 9);
    expect(tried.slice(3).every((records) => records <= 128)).toBe(true);
  });

  it('is soon the most again after a database that was away', () => {
    const size = new BatchSize(512);
    played(size, 0, 1_000);
    expect(played(size, 512, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512]);
  });

  it('is the most again, before long, after a database that was slow for hours', () => {
    const size = new BatchSize(512);
    played(size, 100, 100_000);
    expect(played(size, 512, 4_000).at(-1)).toBe(512);
  });

  it('takes no notice of batches smaller than asked for', () => {
    const size = new BatchSize(8);
    size.failed(8);
    size.succeeded(1);
    expect(size.records).toBe(4);
    size.failed(1);
    expect(size.records).toBe(1);
  });
});
