/** What became of records, as the metrics count it. */
import { packetTypeOf } from '../accounting/intake.ts';
import type { Submission } from '../accounting/submission.ts';
import type { MeterOutcome } from '../metering.ts';
import type { Metrics } from '../metrics.ts';

/** Counts what was committed, by Acct-Status-Type or by why it was set aside. */
export function countCommitted(metrics: Metrics, outcomes: readonly MeterOutcome[]): void {
  for (const outcome of outcomes) {
    if (outcome.kind === 'set-aside') metrics.recordsSetAside.inc({ reason: outcome.reason });
    else metrics.recordsRecorded.inc({ status_type: outcome.record.statusType });
  }
}

/** Counts packets that were answered, by NAS and type: what became of each, or one word for all of them. */
export function countAnswered(
  metrics: Metrics,
  requests: readonly Submission[],
  became: readonly MeterOutcome[] | 'spooled' | 'set-aside',
): void {
  for (const [index, { decoded, nasName }] of requests.entries()) {
    const outcome = typeof became === 'string' ? became : answeredAs(became[index]);
    metrics.packets.count(nasName, packetTypeOf(decoded), outcome);
  }
}

function answeredAs(outcome: MeterOutcome | undefined): 'recorded' | 'set-aside' {
  return outcome?.kind === 'set-aside' ? 'set-aside' : 'recorded';
}
