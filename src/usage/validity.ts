/** How long a profile is valid for a user, counted from activation (contract §3). Pure. */

const DAY_MS = 86_400_000;

/** Activation (epoch milliseconds), the days of 24 hours it is good for (null = for ever), and now. */
export interface Validity {
  readonly activationDate: number;
  readonly validityDays: number | null;
  readonly now: number;
}

/** Returns the last instant (epoch milliseconds) of a validity; null when there is none. */
export function validUntil({ activationDate, validityDays }: Omit<Validity, 'now'>): number | null {
  return validityDays === null ? null : activationDate + validityDays * DAY_MS;
}

/** Returns whether a validity is over; at the very instant it ends it is not yet. */
export function isExpired(validity: Validity): boolean {
  const until = validUntil(validity);
  return until !== null && validity.now > until;
}

/** Returns the whole days left, 0 during the last one; null when it never ends. */
export function daysRemaining(validity: Validity): number | null {
  const until = validUntil(validity);
  return until === null ? null : Math.max(0, Math.floor((until - validity.now) / DAY_MS));
}
