/** Between which instants silence counts: only while every radmeter on this database was receiving (design: stops and silence). Pure. */

/** One running radmeter, as it says of itself with every beat. Instants are epoch milliseconds of the database's clock. */
export interface Instance {
  readonly id: string;
  readonly host: string;
  /** Since when it has been receiving without a break. */
  readonly receivingSince: number;
  readonly beatAt: number;
  readonly spooledRecords: number;
}

/** Whether silence counts now. What is silent from `since` to `until` is silent; what lies outside nobody can tell. */
export type Reception =
  | {
      readonly isCounting: true;
      readonly since: number;
      readonly until: number;
      /** Those that should be receiving and are not, as far as is known: since their last beat no silence counts. */
      readonly absent: readonly Instance[];
    }
  | { readonly isCounting: false; readonly reason: string };

/** How often an instance says that it is receiving. */
export const BEAT_INTERVAL_MS = 10_000;
/** A break between two beats from which on an instance has not been receiving: two beats were missed. */
export const ABSENCE_MS = 3 * BEAT_INTERVAL_MS;
/** An instance that is not heard of for so long is not expected back. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/**
 * Returns between which instants silence counts.
 *
 * It counts since the last of all instances began to receive, up to the oldest of their last beats: any of them may be
 * the one a NAS reports to. While records wait in a spool nobody knows who is silent. An instance that was stopped in good
 * order is absent like one that was killed: its NASes may have no other.
 */
export function receptionOf(instances: readonly Instance[], now: number): Reception {
  const known = instances.filter((instance) => !isForgotten(instance, now));
  if (known.length === 0) {
    return { isCounting: false, reason: 'no radmeter has been receiving within the last hour' };
  }
  const spooling = known.find(({ spooledRecords }) => spooledRecords > 0);
  if (spooling !== undefined) {
    const { host, spooledRecords } = spooling;
    return { isCounting: false, reason: `${spooledRecords} record(s) wait in the spool of ${host}` };
  }
  return {
    isCounting: true,
    since: Math.max(...known.map(({ receivingSince }) => receivingSince)),
    until: Math.min(now, ...known.map(({ beatAt }) => beatAt)),
    absent: known.filter(({ beatAt }) => beatAt < now - ABSENCE_MS),
  };
}

/** Returns whether an instance has been away for so long that nobody waits for it. */
export function isForgotten({ beatAt }: Pick<Instance, 'beatAt'>, now: number): boolean {
  return beatAt <= now - FORGOTTEN_AFTER_MS;
}

/** Returns since when an instance has been receiving, given its last beat: since now after a break, and where the clock has gone back. */
export function receivingSince(
  before: Pick<Instance, 'receivingSince' | 'beatAt'> | undefined,
  now: number,
): number {
  if (before === undefined || now < before.beatAt || now - before.beatAt > ABSENCE_MS) return now;
  return before.receivingSince;
}
