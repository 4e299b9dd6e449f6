import { describe, expect, it } from 'vitest';
import { allFulfilled, GroupWork } from '../../src/access/group-work.ts';

/** Groups of three at most, each held until it is let go; an item below zero fails. */
function grouping() {
  const groups: { readonly items: readonly number[]; readonly letGo: (error?: Error) => void }[] = [];
  const work = new GroupWork<number, number>({
    itemsMax: 3,
    work: async (items) => {
      await new Promise<void>((resolve, reject) => {
        groups.push({ items, letGo: (error) => (error === undefined ? resolve() : reject(error)) });
      });
      return items.map((item) =>
        item < 0
          ? { status: 'rejected', reason: new Error(`not ${item}`) }
          : { status: 'fulfilled', value: 10 * item },
      );
    },
  });
  const group = async (at: number) => {
    await expect.poll(() => groups.length).toBe(at + 1);
    const begun = groups[at];
    if (begun === undefined) throw new Error(`no group ${at}`);
    return begun;
  };
  return { work, group };
}

describe('work in groups', () => {
  it('takes together what came while the last group was worked on, so many at most', async () => {
    const { work, group } = grouping();
    const first = work.take(1);
    const { items, letGo } = await group(0);
    expect(items).toEqual([1]);
    const later = [2, 3, 4, 5].map((item) => work.take(item));
    letGo();
    expect(await first).toBe(10);
    const second = await group(1);
    expect(second.items).toEqual([2, 3, 4]);
    second.letGo();
    const third = await group(2);
    expect(third.items).toEqual([5]);
    third.letGo();
    expect(await Promise.all(later)).toEqual([20, 30, 40, 50]);
  });

  it('tells each item what became of it', async () => {
    const { work, group } = grouping();
    const settled = Promise.allSettled([work.take(1), work.take(-1)]);
    (await group(0)).letGo();
    expect(await settled).toEqual([
      { status: 'fulfilled', value: 10 },
      { status: 'rejected', reason: new Error('not -1') },
    ]);
  });

  it('fails a whole group with one error, and goes on with the next', async () => {
    const { work, group } = grouping();
    const settled = Promise.allSettled([work.take(1), work.take(2)]);
    const reason = new Error('away');
    (await group(0)).letGo(reason);
    expect(await settled).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    const next = work.take(3);
    (await group(1)).letGo();
    expect(await next).toBe(30);
  });

  it('fails an item that was left without a result', async () => {
    const work = new GroupWork<number, number>({ itemsMax: 3, work: async () => allFulfilled([7]) });
    const settled = await Promise.allSettled([work.take(1), work.take(2)]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});
