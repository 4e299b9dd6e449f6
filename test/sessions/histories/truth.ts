/**
 * The truth: what the received records tell one who knows the NAS's meters.
 *
 * Octets that no received record shows are on no wire and count for nobody: what passed after a connection's last
 * record, or between a record and a restart of the counters. Of each life of a connection's counters the truth is the
 * highest total that arrived at least once. Of a NAS that never sends Gigawords the wire holds it only modulo 2^32: what
 * grew by more between two records may be counted, but is not missed. Growth is of the instant of the record that shows it first, in the order of
 * events, and of the user whom that record names; one that names nobody is of the user named before it.
 */
import type { Habits } from './habits.ts';
import type { Meter, Report, SessionReport } from './report.ts';

const WORD = 2 ** 32;

/** What one record adds, by the meters. */
export interface Growth {
  /** Undefined while no record has named anybody. */
  readonly user: string | undefined;
  /** When it happened, epoch milliseconds. */
  readonly at: number;
  /** What the wire shows. */
  readonly up: number;
  readonly down: number;
  /** What passed, whole. */
  readonly metered: Meter;
  readonly connection: number;
}

/** Returns what received records add, one after another; they must be in the order in which they happened. */
export function growths(received: readonly Report[], gigawords: Habits['gigawords']): Growth[] {
  const highest = new Map<number, { up: number; down: number }>();
  const named = new Map<number, string>();
  return received.filter(isSession).map(({ at, userName, truth }) => {
    const { connection, life } = truth;
    if (userName !== undefined) named.set(connection, userName);
    const before = highest.get(life) ?? { up: 0, down: 0 };
    const after = { up: Math.max(before.up, truth.up ?? 0), down: Math.max(before.down, truth.down ?? 0) };
    highest.set(life, after);
    const onWire = (octets: number) => (gigawords === 'never' ? octets % WORD : octets);
    return {
      user: named.get(connection),
      at,
      connection,
      up: onWire(after.up - before.up),
      down: onWire(after.down - before.down),
      metered: { up: after.up - before.up, down: after.down - before.down },
    };
  });
}

function isSession(report: Report): report is SessionReport {
  return report.kind === 'session';
}
