/** Slow work in lanes: in turn, bounded, and none starved by another. */
import { describe, expect, it } from 'vitest';
import { BoundedWork } from '../../src/sign-in/bounded-work.ts';

describe('bounded work', () => {
  it('does a few pieces at a time, in turn, and refuses more than may wait', async () => {
    const work = new BoundedWork({ atOnceMax: 2 }).lane({ waitingMax: 3 });
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const pieces = [0, 1, 2, 3, 4].map((piece) =>
      work.run(async () => {
        begun.push(piece);
        await new Promise<void>((resolve) => ends.push(resolve));
        return piece;
      }),
    );
    await expect(work.run(async () => 5)).rejects.toMatchObject({ code: 'unavailable' });
    expect(begun).toEqual([0, 1]);
    for (let ended = 0; ended < 5; ended++) {
      await expect.poll(() => ends.length).toBeGreaterThan(ended);
      expect(begun.length - ended).toBeLessThanOrEqual(2);
      ends[ended]?.();
    }
    expect(await Promise.all(pieces)).toEqual([0, 1, 2, 3, 4]);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    expect(await work.run(async () => 6)).toBe(6);
  });

  it('gives the place of a piece that failed to the next', async () => {
    const work = new BoundedWork({ atOnceMax: 1 }).lane({ waitingMax: 1 });
    const failed = work.run(() => Promise.reject(new Error('no')));
    const next = work.run(async () => 'next');
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('next');
  });
});

describe('two lanes', () => {
  /** Pieces that end when told to, and the order they began in. */
  function pieces(atOnceMax: number) {
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    const work = new BoundedWork({ atOnceMax });
    const piece = (name: string) => () => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    };
    const endOne = async () => {
      await expect.poll(() => ends.length).toBeGreaterThan(0);
      const count = begun.length;
      ends.shift()?.();
      await expect.poll(() => begun.length).toBe(count + 1);
    };
    return { work, piece, begun, endOne };
  }

  it('take turns, however many wait in one of them', async () => {
    const { work, piece, begun, endOne } = pieces(1);
    const [flood, others] = [work.lane({}), work.lane({})];
    for (let each = 0; each < 6; each++) void flood.run(piece('flood'));
    for (let each = 0; each < 2; each++) void others.run(piece('other'));
    for (let each = 0; each < 5; each++) await endOne();
    expect(begun).toEqual(['flood', 'other', 'flood', 'other', 'flood', 'flood']);
  });

  it('refuse for themselves alone', async () => {
    const { work, piece } = pieces(1);
    const [full, free] = [work.lane({ waitingMax: 1 }), work.lane({ waitingMax: 1 })];
    void full.run(piece('running'));
    void full.run(piece('waiting'));
    await expect(full.run(piece('too many'))).rejects.toMatchObject({ code: 'unavailable' });
    const waits = free.run(piece('other'));
    await expect(Promise.race([waits, Promise.resolve('waits')])).resolves.toBe('waits');
  });
});

describe('a lane that ends by time', () => {
  it.each([
    ['100 ms each, one at once: 10 wait', { pieceMs: 100, atOnceMax: 1 }, 11],
    ['100 ms each, three at once: 30 wait', { pieceMs: 100, atOnceMax: 3 }, 31],
    ['2 s each, one at once: one waits', { pieceMs: 2_000, atOnceMax: 1 }, 1],
  ])('%s', async (_, options, waiting) => {
    const lane = new BoundedWork(options).lane({ waitMaxMs: 1_000 });
    const never = () => new Promise<void>(() => {});
    for (let each = 0; each < options.atOnceMax + waiting; each++) void lane.run(never);
    await expect(lane.run(never)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('goes by how long pieces took lately', async () => {
    let now = 0;
    const work = new BoundedWork({ atOnceMax: 1, pieceMs: 10, nowMs: () => now });
    const lane = work.lane({ waitMaxMs: 1_000 });
    for (let each = 0; each < 30; each++) {
      await lane.run(async () => {
        now += 600;
      });
    }
    const never = () => new Promise<void>(() => {});
    for (let each = 0; each < 3; each++) void lane.run(never);
    await expect(lane.run(never)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('counts what waits in other lanes', async () => {
    const work = new BoundedWork({ atOnceMax: 1, pieceMs: 100 });
    const [timed, other] = [work.lane({ waitMaxMs: 1_000 }), work.lane({})];
    const never = () => new Promise<void>(() => {});
    void other.run(never);
    void other.run(never);
    for (let each = 0; each < 6; each++) void timed.run(never);
    await expect(timed.run(never)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
