/** Whether this instance is of use to those who send packets: sockets bound, and a record can be made durable. */
import type { Readiness } from './health-routes.ts';

/** What readiness is judged by; what has not been started yet gives the answer that says so. */
export interface ReadinessSources {
  readonly isStopping: boolean;
  readonly areSocketsBound: boolean;
  /** Whether the database answers, and took the last batch. */
  readonly isDatabaseUp: () => Promise<boolean>;
  /** Tries whether a record would fit into the spool now. */
  readonly canSpool: () => boolean;
  readonly spooledRecords: number;
}

/** Returns what `/readyz` says now. The spool is tried only where the database does not do, as it costs a write. */
export async function judgeReadiness(sources: ReadinessSources): Promise<Readiness> {
  const { isStopping, areSocketsBound, spooledRecords } = sources;
  const isDatabaseUp = await sources.isDatabaseUp();
  // What is closed by now must not be opened again by asking.
  const isSpoolTried = !isDatabaseUp && !isStopping;
  const isSpoolUsable = isSpoolTried && sources.canSpool();
  const reasons = [
    ...(isStopping ? ['radmeter is stopping.'] : []),
    ...(areSocketsBound ? [] : ['The RADIUS sockets are not open.']),
    ...(isSpoolTried && !isSpoolUsable ? ['Neither the database nor the spool can take a record.'] : []),
  ];
  const notes = [
    ...(isDatabaseUp ? [] : ['The database takes no records.']),
    ...(spooledRecords === 0 ? [] : [`${spooledRecords} records wait in the spool for the database.`]),
  ];
  return {
    status: reasons.length === 0 ? 'ready' : 'not_ready',
    reasons,
    notes,
    sockets: areSocketsBound ? 'bound' : 'closed',
    database: isDatabaseUp ? 'up' : 'away',
    spool: isSpoolTried ? (isSpoolUsable ? 'usable' : 'unusable') : 'not_tried',
    spooled_records: spooledRecords,
  };
}
