/** Days and counters against the truth: octets go to the day and period of their event, and to no counter that was reset after it. */
import type { Occurrence } from './connection-life.ts';
import type { History } from './delivery.ts';
import { chargedName } from './judge.ts';
import { calendar } from './played-usage.ts';
import type { Played } from './player.ts';
import { USERS } from './story.ts';
import { type Growth, growths } from './truth.ts';

/** How far from a boundary an event must be for everybody to agree on which side it is: jitter, latency and whole seconds. */
const BLUR_MS = 15_000;

/** Returns what differs, in words; undefined where the truth does not tell: an event on a boundary, a clock that steps, octets that were counted wrong. */
export function judgePeriods(history: History, played: Played): string[] | undefined {
  const { story, received } = history;
  if (story.habits.clock === 'steps' || story.habits.clock === 'wakes-in-1970') return undefined;
  const grown = growths(received, story.habits.gigawords).filter(({ up, down }) => up + down > 0);
  const resets = story.occurrences.filter((occurrence) => occurrence.kind === 'reset');
  if (grown.some(({ at }) => isBlurred(at, resets))) return undefined;
  const now = Math.max(...history.inOrder.map(({ at }) => at));
  return USERS.flatMap((user, index) => {
    const own = grown.filter((growth) => chargedName(growth.user) === user);
    return [
      ...daysThatDiffer(own, played, index + 1),
      ...countersThatDiffer(own, played, { userId: index + 1, now, resets: resetsOf(user, own, resets) }),
    ];
  });
}

type Reset = Extract<Occurrence, { kind: 'reset' }>;

function isBlurred(at: number, resets: readonly Reset[]): boolean {
  const { day, end } = calendar.dayOf(at);
  return [day, end, ...resets.map((reset) => reset.at)].some((edge) => Math.abs(at - edge) < BLUR_MS);
}

/** Before a user's first octets there is no counter that could be reset. */
function resetsOf(user: string, own: readonly Growth[], resets: readonly Reset[]): number[] {
  const first = own[0]?.at ?? Number.POSITIVE_INFINITY;
  return resets.filter((reset) => reset.user === user && reset.at > first).map(({ at }) => at);
}

function daysThatDiffer(own: readonly Growth[], played: Played, userId: number): string[] {
  const truth = new Map<string, number>();
  for (const { at, up, down } of own) {
    const key = `${userId} ${calendar.dayOf(at).date}`;
    truth.set(key, (truth.get(key) ?? 0) + up + down);
  }
  const counted = [...played.usage.days].filter(([key]) => key.startsWith(`${userId} `));
  const days = new Set([...truth.keys(), ...counted.map(([key]) => key)]);
  return [...days].flatMap((key) => {
    const [is, expected] = [played.usage.days.get(key) ?? 0, truth.get(key) ?? 0];
    return is === expected ? [] : [`day ${key}: ${is} octets, expected ${expected}`];
  });
}

function countersThatDiffer(
  own: readonly Growth[],
  played: Played,
  { userId, now, resets }: { userId: number; now: number; resets: readonly number[] },
): string[] {
  const counters = played.usage.countersAt(userId, now);
  if (counters === undefined) return own.length === 0 ? [] : [`user ${userId} has no usage`];
  const current = calendar.periodStarts(now);
  const lastReset = Math.max(Number.NEGATIVE_INFINITY, ...resets);
  const since = (start: number) =>
    own
      .filter(({ at }) => at >= Math.max(start, lastReset))
      .reduce((sum, { up, down }) => sum + up + down, 0);
  const expected = {
    usedToday: since(current.day),
    usedWeek: since(current.week),
    usedMonth: since(current.month),
    usedTotal: since(Number.NEGATIVE_INFINITY),
  };
  return Object.entries(expected).flatMap(([name, octets]) => {
    const is = counters[name as keyof typeof expected];
    return is === octets ? [] : [`${name} of user ${userId}: ${is}, expected ${octets}`];
  });
}
