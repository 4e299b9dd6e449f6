/** What a group of logins leaves to be written. Pure. */
import type { LoginStanding, Reservation } from './decide-logins.ts';
import type { BegunUsage } from './login-usage-store.ts';

/** What a group changed: whose use begins, which places are held from now on, and which no more. */
export interface LoginChanges {
  readonly begun: readonly BegunUsage[];
  readonly reservations: readonly Reservation[];
  /** Ids of reservations. */
  readonly released: readonly number[];
}

/** Returns what is to be written of how users stood and how they stand now. */
export function loginChanges(
  before: ReadonlyMap<number, LoginStanding>,
  after: ReadonlyMap<number, LoginStanding>,
): LoginChanges {
  const changed = [...after.values()].filter((standing) => before.get(standing.user.userId) !== standing);
  return {
    begun: changed.flatMap(({ user: { userId, effectiveProfile }, counters }) =>
      counters === null || before.get(userId)?.counters === counters
        ? []
        : [{ userId, counters, profile: effectiveProfile }],
    ),
    reservations: changed.flatMap(({ reservations }) => reservations),
    released: changed.flatMap(({ user: { userId }, heldPlaces }) => {
      const kept = new Set(heldPlaces.map(({ id }) => id));
      return (before.get(userId)?.heldPlaces ?? []).map(({ id }) => id).filter((id) => !kept.has(id));
    }),
  };
}
