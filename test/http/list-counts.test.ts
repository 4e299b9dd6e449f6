/** How old the count of a whole list may be (contract §0.10). */
import { beforeEach, describe, expect, it } from 'vitest';
import { ListCounts } from '../../src/http/list-counts.ts';

let nowMs: number;
let rows: number;
let counts: ListCounts;
const count = async () => rows;
const counted = () => counts.of('users', count);

beforeEach(() => {
  nowMs = 0;
  rows = 0;
  counts = new ListCounts(() => nowMs);
});

describe('the count of a list', () => {
  it.each([0, 1, 500])('of %i rows is of this moment', async (few) => {
    rows = few;
    expect(await counted()).toBe(few);
    rows = few + 1;
    expect(await counted()).toBe(few + 1);
  });

  it('of more rows is remembered for a minute, and then counted anew behind whoever asks', async () => {
    rows = 2_001;
    expect(await counted()).toBe(2_001);
    rows = 2_002;
    nowMs = 59_999;
    expect(await counted()).toBe(2_001);
    nowMs = 60_000;
    expect(await counted()).toBe(2_001);
    expect(await counted()).toBe(2_002);
  });

  it('of more rows is counted anew after somebody added one here', async () => {
    rows = 2_001;
    await counted();
    rows = 2_002;
    counts.forget('users');
    expect(await counted()).toBe(2_002);
  });

  it('is counted once for all who ask at the same time', async () => {
    let times = 0;
    const slow = async () => {
      times += 1;
      return 5;
    };
    expect(await Promise.all([counts.of('users', slow), counts.of('users', slow)])).toEqual([5, 5]);
    expect(times).toBe(1);
  });

  it('of another list is another', async () => {
    rows = 2_001;
    await counted();
    expect(await counts.of('nas', async () => 3)).toBe(3);
  });

  it('is asked for again after it could not be counted', async () => {
    const away = () => Promise.reject(new Error('the database is away'));
    await expect(counts.of('users', away)).rejects.toThrow('away');
    rows = 7;
    expect(await counted()).toBe(7);
  });
});
