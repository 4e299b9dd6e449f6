/** The job that forgets what is older than people want to keep. */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { retainSessions } from '../sessions/session-retention.ts';
import { retainUsageDays } from '../usage/usage-day-retention.ts';
import { writeOffSessions } from '../usage/write-off.ts';
import { NIGHTLY } from './cadence.ts';
import type { Job, JobTerms } from './job.ts';
import { AUDIT_LOG, LOGS, retainLog } from './log-retention.ts';

/** For how long what is kept, milliseconds; null = for ever. */
export interface RetentionAges {
  readonly keepSessionsMs: number | null;
  readonly keepUsageDaysMs: number | null;
  readonly keepAuditLogMs: number | null;
  readonly keepLogsMs: number | null;
}

export interface RetentionParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly ages: RetentionAges;
}

/** Returns the job `retention`; its items are rows. */
export function retentionJob(parts: RetentionParts): Job {
  return {
    name: 'retention',
    describe: 'Forget sessions, days and log entries older than the settings keep-… say; nothing by default',
    cadence: NIGHTLY,
    run: (terms) => retain(parts, terms),
  };
}

async function retain({ db, clock, ages }: RetentionParts, terms: JobTerms): Promise<number> {
  const { calendar, isDryRun, signal, onItems, onNote } = terms;
  const now = clock.now();
  const common = { db, clock, now, isDryRun, signal, onForgotten: onItems };
  let count = 0;
  const note = (what: string, rows: number, before: number) => {
    count += rows;
    onNote?.(`${what}: ${rows} from before ${new Date(before).toISOString().slice(0, 16)}Z`);
  };
  const { keepSessionsMs, keepUsageDaysMs, keepAuditLogMs, keepLogsMs } = ages;
  if ([keepSessionsMs, keepUsageDaysMs, keepAuditLogMs, keepLogsMs].every((age) => age === null)) {
    onNote?.(
      'nothing is to be forgotten: keep-sessions, keep-usage-days, keep-audit-log and keep-logs are none',
    );
  }
  // Sessions first: the octets of a day are proved by them.
  if (keepSessionsMs !== null) {
    const before = now - keepSessionsMs;
    note('sessions', await retainSessions({ ...common, before, writeOff: writeOffSessions }), before);
  }
  if (keepUsageDaysMs !== null) {
    const before = now - keepUsageDaysMs;
    note('days', await retainUsageDays({ ...common, before, calendar }), before);
  }
  const logs = [
    ...(keepAuditLogMs === null ? [] : [{ log: AUDIT_LOG, keepMs: keepAuditLogMs }]),
    ...LOGS.flatMap((log) => (keepLogsMs === null ? [] : [{ log, keepMs: keepLogsMs }])),
  ];
  for (const { log, keepMs } of logs) {
    note(log.table, await retainLog(log, { ...common, before: now - keepMs }), now - keepMs);
  }
  return count;
}
