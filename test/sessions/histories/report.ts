/** What a simulated NAS says, and beside it what its own meter stood at: the truth that usage is compared with. */

/** Octets (or packets) per direction, seen from the user. */
export interface Meter {
  readonly up: number;
  readonly down: number;
}

/** One Accounting-Request about a connection, before it is on the wire. Instants are epoch milliseconds. */
export interface SessionReport {
  readonly kind: 'session';
  readonly status: 'Start' | 'Interim-Update' | 'Stop';
  /** When it truly happened. */
  readonly at: number;
  /** Event-Timestamp; undefined = not sent. */
  readonly stamp: number | undefined;
  readonly id: string;
  readonly userName: string | undefined;
  readonly station: string | undefined;
  readonly sessionTimeSeconds: number | undefined;
  /** The totals it carries, whole; undefined = that counter is not in it. */
  readonly up: number | undefined;
  readonly down: number | undefined;
  readonly packets: Meter | undefined;
  readonly truth: ReportTruth;
}

/** What the wire does not say. */
export interface ReportTruth {
  /** The connection, and the life of its counters: another one after every restart. */
  readonly connection: number;
  readonly life: number;
  /** What the meter stood at and the record shows: a failed driver shows nothing. */
  readonly up: number | undefined;
  readonly down: number | undefined;
}

/** An Accounting-On or -Off. */
export interface NasReport {
  readonly kind: 'nas';
  readonly status: 'Accounting-On' | 'Accounting-Off';
  readonly at: number;
  readonly stamp: number | undefined;
}

export type Report = SessionReport | NasReport;
