import { describe, expect, it } from 'vitest';
import { DuplicateCache } from '../../src/radius/duplicate-cache.ts';

const reply = Buffer.from('reply');

describe('DuplicateCache', () => {
  it('tells a new request, one in progress and one answered apart', () => {
    const cache = new DuplicateCache();
    expect(cache.begin('a', 0)).toEqual({ state: 'new' });
    expect(cache.begin('a', 1)).toEqual({ state: 'in-progress' });
    cache.answered('a', reply);
    expect(cache.begin('a', 2)).toEqual({ state: 'answered', reply });
    expect(cache.begin('b', 2)).toEqual({ state: 'new' });
  });

  it('keeps a reply for 30 s and takes the request as new after that', () => {
    const cache = new DuplicateCache();
    for (let at = 0; at < 20_000; at += 1000) cache.begin(`other-${at}`, at);
    cache.begin('a', 20_000);
    cache.answered('a', reply);
    expect(cache.begin('b', 40_000)).toEqual({ state: 'new' });
    expect(cache.begin('a', 49_999)).toEqual({ state: 'answered', reply });
    expect(cache.begin('a', 50_000)).toEqual({ state: 'new' });
    expect(cache.begin('a', 50_001)).toEqual({ state: 'in-progress' });
  });

  it('takes a forgotten request as new', () => {
    const cache = new DuplicateCache();
    cache.begin('a', 0);
    cache.forget('a');
    expect(cache.begin('a', 1)).toEqual({ state: 'new' });
  });

  it('lets a request that nobody ever answered come again after 30 s', () => {
    const cache = new DuplicateCache();
    cache.begin('a', 0);
    expect(cache.begin('a', 29_999)).toEqual({ state: 'in-progress' });
    expect(cache.begin('a', 30_000)).toEqual({ state: 'new' });
  });

  it('never remembers more than its capacity, the newest first', () => {
    const cache = new DuplicateCache({ capacity: 100 });
    for (let n = 0; n < 10_000; n++) {
      cache.begin(`key-${n}`, 0);
      expect(cache.size).toBeLessThanOrEqual(100);
    }
    expect(cache.begin('key-9999', 0)).toEqual({ state: 'in-progress' });
    expect(cache.begin('key-9960', 0)).toEqual({ state: 'in-progress' });
    expect(cache.begin('key-0', 0)).toEqual({ state: 'new' });
  });

  it('drops what is older than two generations', () => {
    const cache = new DuplicateCache({ keepMs: 1000 });
    for (let n = 0; n < 500; n++) cache.begin(`old-${n}`, 0);
    cache.begin('x', 1000);
    cache.begin('y', 2000);
    expect(cache.size).toBe(2);
  });

  it('ignores an answer to a request it has forgotten', () => {
    const cache = new DuplicateCache();
    cache.answered('a', reply);
    expect(cache.begin('a', 0)).toEqual({ state: 'new' });
  });

  it('does not hold a request for as long as the clock has stepped back', () => {
    const cache = new DuplicateCache();
    cache.begin('a', 3_600_000);
    expect(cache.begin('a', 3_599_000)).toEqual({ state: 'in-progress' });
    expect(cache.begin('a', 0)).toEqual({ state: 'new' });
  });
});
