/** Values that many ask for: made once for all, forgotten when they must be, and never older than they may be. */
import { afterEach, describe, expect, test } from 'vitest';
import { KeptValue, type KeptValueOptions, type MakingTerms } from '../../src/usage/kept-value.ts';
import { type ManualTiming, manualTiming } from '../support/manual-timing.ts';

/** A making that ends when the test says so. */
interface Making {
  readonly terms: MakingTerms;
  end(): void;
  fail(error: Error): void;
}

const values: KeptValue<string>[] = [];
afterEach(() => {
  for (const value of values.splice(0)) value.close();
});

const CHEAP = () => 0;
const DEAR = () => 60_000;

function kept(options: Partial<KeptValueOptions<string>> = {}) {
  const timing: ManualTiming = manualTiming();
  const makings: Making[] = [];
  const value = new KeptValue<string>({
    timing,
    showsOlder: false,
    maxAgeMs: DEAR,
    make: (terms) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const name = `value ${makings.length + 1}`;
      makings.push({ terms, end: () => resolve(name), fail: reject });
      return promise;
    },
    ...options,
  });
  values.push(value);
  /** Waits until a making has begun, and returns it; they are counted from 1. */
  const making = async (number: number): Promise<Making> => {
    await expect.poll(() => makings.length).toBeGreaterThanOrEqual(number);
    const found = makings[number - 1];
    if (found === undefined) throw new Error(`making ${number} has not begun`);
    return found;
  };
  const first = async () => {
    const asked = value.current();
    (await making(1)).end();
    return asked;
  };
  return { value, timing, makings, making, first };
}

describe('a value that takes long to make', () => {
  test('is made once for all who ask at once, and not for those who ask soon after', async () => {
    const { value, makings, making } = kept();
    const asked = Array.from({ length: 10 }, () => value.current());
    (await making(1)).end();
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['value 1']));
    expect(await value.current()).toBe('value 1');
    expect(makings).toHaveLength(1);
  });

  test('is waited for once it is older than a minute', async () => {
    const { value, timing, making, first } = kept();
    await first();
    timing.leap(60_001);
    const asked = value.current();
    (await making(2)).end();
    expect(await asked).toBe('value 2');
  });

  test('fails for those who wait for it, and is made anew for whoever comes next', async () => {
    const { value, timing, making, first } = kept();
    await first();
    timing.leap(60_001);
    const asked = value.current();
    (await making(2)).fail(new Error('the database is away'));
    await expect(asked).rejects.toThrow('the database is away');
    const again = value.current();
    (await making(3)).end();
    expect(await again).toBe('value 3');
  });

  test('is kept fresh for as long as somebody may be interested, and then no more', async () => {
    const { value, timing, making, first } = kept({ interestMs: 90_000 });
    await first();
    expect(timing.ringCount()).toBe(1);
    timing.pass(60_000);
    (await making(2)).end();
    await expect.poll(() => timing.ringCount()).toBe(1);
    expect(await value.current()).toBe('value 2');
    timing.pass(60_000);
    (await making(3)).end();
    await expect.poll(() => timing.ringCount()).toBe(1);
    timing.pass(60_000);
    expect(timing.ringCount()).toBe(0);
  });

  test('is made gently behind the scenes, and at full speed for somebody who waits', async () => {
    const { value, timing, making } = kept();
    const asked = value.current();
    const slow = await making(1);
    expect(slow.terms.isGentle).toBe(false);
    timing.leap(2_000);
    slow.end();
    await asked;
    timing.pass(60_000);
    const behind = await making(2);
    expect(behind.terms.isGentle).toBe(true);
    timing.leap(2_000);
    behind.end();
    await expect.poll(() => timing.ringCount()).toBe(1);
    timing.leap(60_001);
    const late = value.current();
    expect((await making(3)).terms.isGentle).toBe(false);
    (await making(3)).end();
    expect(await late).toBe('value 3');
  });

  test('is begun anew so early that it is there within the minute, though it is made at half the speed', async () => {
    const { value, timing, makings, making } = kept();
    const asked = value.current();
    const slow = await making(1);
    timing.leap(8_000);
    slow.end();
    await asked;
    // 60 s after it was begun, less twice as long as that took, less a quarter of that.
    timing.pass(60_000 - 20_000 - 8_000 - 1);
    expect(makings).toHaveLength(1);
    timing.pass(1);
    (await making(2)).end();
  });

  test('ends with its owner', async () => {
    const { value, timing, making, first } = kept();
    await first();
    timing.leap(60_001);
    const asked = value.current();
    const { terms, fail } = await making(2);
    terms.signal.addEventListener('abort', () => fail(new Error('aborted')));
    value.close();
    await expect(asked).rejects.toThrow('aborted');
    expect(timing.ringCount()).toBe(0);
  });
});

describe('a forgotten value', () => {
  test('is made anew for the next who asks', async () => {
    const { value, making, first } = kept();
    await first();
    value.forget();
    const asked = value.current();
    (await making(2)).end();
    expect(await asked).toBe('value 2');
  });

  test('is not that under way: the next one is, once for all, and one at a time', async () => {
    const { value, makings, making } = kept();
    const before = value.current();
    const old = await making(1);
    value.forget();
    const after = [value.current(), value.current()];
    expect(makings).toHaveLength(1);
    old.end();
    expect(await before).toBe('value 1');
    (await making(2)).end();
    expect(await Promise.all(after)).toEqual(['value 2', 'value 2']);
    expect(await value.current()).toBe('value 2');
    expect(makings).toHaveLength(2);
  });
});

describe('a value that takes no time to make', () => {
  test('is made after it was asked for, and at most twice for all who ask at once', async () => {
    const { value, makings, making } = kept({ maxAgeMs: CHEAP });
    const asked = Array.from({ length: 10 }, () => value.current());
    (await making(1)).end();
    (await making(2)).end();
    const [first, ...others] = await Promise.all(asked);
    expect([first, new Set(others)]).toEqual(['value 1', new Set(['value 2'])]);
    expect(makings).toHaveLength(2);
  });
});
