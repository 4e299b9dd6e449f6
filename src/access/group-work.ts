/** Work that costs little more for many than for one: whatever comes while a group is worked on is the next group. */

export interface GroupWorkOptions<Item, Result> {
  /** The most items worked on together. */
  readonly itemsMax: number;
  /** Works on a group; returns what became of each item, in their order. What it throws became of all of them. */
  readonly work: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>;
}

/** An item and whoever waits for it. */
interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/** One group at a time, without a timer: nobody waits for company. The caller bounds how many items there are. */
export class GroupWork<Item, Result> {
  readonly #options: GroupWorkOptions<Item, Result>;
  #queue: Waiting<Item, Result>[] = [];
  #isRunning = false;

  constructor(options: GroupWorkOptions<Item, Result>) {
    this.#options = options;
  }

  /** Returns what becomes of an item. */
  take(item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#queue.push({ item, resolve, reject });
    if (!this.#isRunning) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#queue.length > 0) {
      // What this turn of the loop still brings belongs to the group.
      await new Promise(setImmediate);
      await this.#work(this.#queue.splice(0, this.#options.itemsMax));
    }
    this.#isRunning = false;
  }

  async #work(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const settled = await this.#options.work(group.map(({ item }) => item));
      group.forEach(({ resolve, reject }, at) => {
        const result = settled[at];
        if (result?.status === 'fulfilled') resolve(result.value);
        else reject(result?.reason ?? new Error('a group was left without a result'));
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

/** Returns results as a group gives them, where all its items have one. */
export function allFulfilled<Result>(results: readonly Result[]): PromiseSettledResult<Result>[] {
  return results.map((value) => ({ status: 'fulfilled', value }));
}
