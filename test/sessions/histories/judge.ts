/** Usage against the truth: what was counted too much, too little, or for another user of the same connection. */
import type { History } from './delivery.ts';
import type { Played } from './player.ts';
import { USERS } from './story.ts';
import { type Growth, growths } from './truth.ts';

/** Octets of one history. */
export interface Verdict {
  /** Counted, but on no meter. */
  readonly over: number;
  /** Shown by received records, but not counted. */
  readonly under: number;
  /** Counted for another of those who used one connection in turn: only the order of records tells when it changed hands. */
  readonly moved: number;
}

type Direction = 'up' | 'down';
type Totals = ReadonlyMap<string, Readonly<Record<Direction, number>>>;

/** Returns how usage differs from the truth; each user and direction counts for itself. */
export function judge({ received, story }: History, { counted }: Pick<Played, 'counted'>): Verdict {
  const grown = growths(received, story.habits.gigawords);
  const shown = totalsOf(grown.map(({ user, up, down }) => ({ user, up, down })));
  const metered = totalsOf(grown.map(({ user, metered: { up, down } }) => ({ user, up, down })));
  const verdict = { over: 0, under: 0, moved: 0 };
  for (const users of groups(grown, { counted, isNaming: story.habits.names !== 'mostly both' })) {
    for (const direction of ['up', 'down'] as const) {
      const sumOf = (totals: Totals) => users.reduce((sum, user) => sum + of(totals, user, direction), 0);
      const over = Math.max(0, sumOf(counted) - sumOf(metered));
      const tooMuch = users.map((user) =>
        Math.max(0, of(counted, user, direction) - of(metered, user, direction)),
      );
      verdict.over += over;
      verdict.under += Math.max(0, sumOf(shown) - sumOf(counted));
      verdict.moved += tooMuch.reduce((sum, octets) => sum + octets, 0) - over;
    }
  }
  return verdict;
}

/** Returns who is charged for what a name used. */
export function chargedName(name: string | undefined): string {
  return USERS.find((user) => user === name) ?? 'nobody';
}

function totalsOf(grown: readonly Pick<Growth, 'user' | 'up' | 'down'>[]): Totals {
  const totals = new Map<string, Record<Direction, number>>();
  for (const { user, up, down } of grown) {
    const name = chargedName(user);
    const before = totals.get(name) ?? { up: 0, down: 0 };
    totals.set(name, { up: before.up + up, down: before.down + down });
  }
  return totals;
}

function of(totals: Totals, user: string, direction: Direction): number {
  return totals.get(user)?.[direction] ?? 0;
}

/** Users who had a connection in common, together; everybody else alone. Where records leave the user out, any may be meant. */
function groups(
  grown: readonly Growth[],
  { counted, isNaming }: { counted: Totals; isNaming: boolean },
): string[][] {
  if (!isNaming) return [[...USERS, 'nobody']];
  const groupOf = new Map([...USERS, 'nobody', ...counted.keys()].map((user) => [user, user]));
  const firstUser = new Map<number, string>();
  for (const { connection, user } of grown) {
    const name = chargedName(user);
    const first = firstUser.get(connection) ?? name;
    firstUser.set(connection, first);
    const [kept, merged] = [groupOf.get(first) ?? first, groupOf.get(name) ?? name];
    if (kept === merged) continue;
    for (const [member, group] of groupOf) if (group === merged) groupOf.set(member, kept);
  }
  return [...Map.groupBy(groupOf.keys(), (user) => groupOf.get(user)).values()];
}
