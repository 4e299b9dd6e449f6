/** Starting what goes on by itself: silence, messages, jobs, enforcement. */

import { hostname } from 'node:os';
import type { Recorder } from '../accounting/recorder.ts';
import type { Spool } from '../accounting/spool.ts';
import { alertCheck } from '../alerts/alert-check.ts';
import { channelsOf, Senders, waysOf } from '../alerts/senders.ts';
import { openReader } from '../db/reader.ts';
import type { MeterOutcome } from '../metering.ts';
import { formerNas } from '../nas/nas.ts';
import { sessionTimeoutsOf } from '../profiles/session-timeout-queries.ts';
import { jobTable } from '../schedule/job-table.ts';
import { Scheduler } from '../schedule/scheduler.ts';
import { StaleSessions } from '../sessions/stale-sessions.ts';
import type { Calendar } from '../usage/period.ts';
import type { DaemonContext, SharedParts } from './daemon-context.ts';
import { Enforcing } from './enforcing.ts';

/** Starts the look for sessions that fell silent. */
export function startSweep(
  context: DaemonContext,
  { db, clock, findNas }: SharedParts,
  { spool, recorder, instanceId }: { spool: Spool; recorder: Recorder<MeterOutcome>; instanceId: string },
): void {
  const { config, logger } = context;
  const sweep = new StaleSessions({
    db,
    clock,
    instanceId,
    host: hostname(),
    isReceiving: () => recorder.isDurable,
    spooledRecords: () => spool.size,
    floorSecondsOf: (address, nasIdentifier) =>
      (findNas(address, nasIdentifier) ?? formerNas(address)).intervalFloorSeconds,
    sessionTimeoutsOf: (userIds) =>
      sessionTimeoutsOf(db, userIds, config.defaultProfile.sessionTimeoutSeconds),
    logger,
    metrics: context.metrics,
  });
  sweep.start();
  context.parts.add('stale sessions', () => sweep.close());
}

/** What waits to leave, whoever put it there. */
export function startSenders(
  context: DaemonContext,
  { db, clock }: SharedParts,
  instanceId: string,
): Senders {
  const { config, secrets, logger, metrics } = context;
  const senders = new Senders({
    ...waysOf(config, secrets),
    ...{ db, clock, logger, metrics },
    owner: instanceId,
  });
  senders.start();
  context.parts.add('senders', () => senders.close());
  return senders;
}

/** Starts the calendar of jobs. */
export async function startJobs(
  context: DaemonContext,
  { db, clock }: SharedParts,
  { timezone, instanceId, senders }: { timezone: string; instanceId: string; senders: Senders },
): Promise<void> {
  const { config, secrets, logger } = context;
  const reader = openReader(db);
  context.parts.add('alert reader', () => reader.close());
  const telling = { channels: channelsOf(waysOf(config, secrets)), language: config.language };
  const checkAlerts = alertCheck({
    ...{ reader, db, clock, metrics: context.metrics, ...telling },
    onQueued: () => senders.wake(),
  });
  const scheduler = new Scheduler({
    ...{ db, clock, timezone, logger, metrics: context.metrics },
    jobs: jobTable({
      ...{ db, clock, defaultProfile: config.defaultProfile, ages: config },
      ...{ checkAlerts, telling },
    }),
    holder: instanceId,
  });
  context.parts.add('jobs', () => scheduler.close());
  await scheduler.start();
}

/** The last to start and the first to close: nothing is sent any more while the rest stops. */
export function startEnforcing(
  context: DaemonContext,
  { db, clock, dictionary, learned, findNas }: SharedParts,
  { calendar, instanceId }: { calendar: Calendar; instanceId: string },
): Enforcing {
  const { config, logger } = context;
  const { dbTimeoutMs, acctInterimIntervalSeconds: interimIntervalSeconds } = config;
  const enforcing = new Enforcing({
    ...{ settings: config, db, clock, calendar, dictionary, findNas, dbTimeoutMs, interimIntervalSeconds },
    clockOffsetMs: (address, nasIdentifier) => learned.knownOffsetMs(address, nasIdentifier),
    ...{ owner: instanceId, logger, metrics: context.metrics },
  });
  context.parts.add('enforcement', () => enforcing.close());
  enforcing.start();
  return enforcing;
}
