/** One check at a time for each user. */
import { describe, expect, it } from 'vitest';
import { UserTurns } from '../../src/access/user-turns.ts';

/** Turns whose work ends when told to. */
function turns(waitingMax: number) {
  const lines = new UserTurns<string>({ waitingMax });
  const begun: string[] = [];
  const ends = new Map<string, (answer: string) => void>();
  const take = (user: string, attempt: string) =>
    lines.take(user, attempt, () => {
      begun.push(`${user} ${attempt}`);
      return new Promise((resolve) => ends.set(`${user} ${attempt}`, resolve));
    });
  return { take, begun, end: (turn: string) => ends.get(turn)?.(`${turn} done`) };
}

describe('attempts', () => {
  it('of one user come one after the other, those of others beside them', async () => {
    const { take, begun, end } = turns(3);
    const [first, second] = [take('john', 'a'), take('john', 'b')];
    const other = take('mary', 'a');
    await expect.poll(() => begun).toEqual(['john a', 'mary a']);
    end('john a');
    expect(await first).toBe('john a done');
    await expect.poll(() => begun).toEqual(['john a', 'mary a', 'john b']);
    end('john b');
    end('mary a');
    expect(await Promise.all([second, other])).toEqual(['john b done', 'mary a done']);
  });

  it('that are the same share one answer while it is sought, and none afterwards', async () => {
    const { take, begun, end } = turns(0);
    const same = [take('john', 'a'), take('john', 'a'), take('john', 'a')];
    await expect.poll(() => begun).toHaveLength(1);
    end('john a');
    expect(await Promise.all(same)).toEqual(['john a done', 'john a done', 'john a done']);
    const later = take('john', 'a');
    await expect.poll(() => begun).toHaveLength(2);
    end('john a');
    await later;
  });

  it('beyond those that may wait are refused, and taken again once there is room', async () => {
    const { take, end, begun } = turns(1);
    const first = take('john', 'a');
    void take('john', 'b');
    expect(take('john', 'c')).toBeUndefined();
    await expect.poll(() => begun).toHaveLength(1);
    end('john a');
    await first;
    expect(take('john', 'c')).toBeDefined();
  });

  it('go on after one that failed', async () => {
    const lines = new UserTurns<string>({ waitingMax: 3 });
    const failed = lines.take('john', 'a', () => Promise.reject(new Error('no')));
    const next = lines.take('john', 'b', async () => 'next');
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('next');
  });
});
