/** The check of alerts in the form the schedule runs. */
import { SpoiltRowsError } from '../errors.ts';
import type { Calendar } from '../usage/period.ts';
import { type AlertQueueOptions, checkAndQueueAlerts } from './queue-alerts.ts';

export interface AlertCheckParts
  extends Omit<AlertQueueOptions, 'periodStartsAt' | 'timezone' | 'signal' | 'isDryRun' | 'onBegun'> {
  /** Called once something waits to leave. */
  readonly onQueued?: () => void;
}

/** What a run is told. */
export interface AlertCheckTerms {
  readonly calendar: Calendar;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
  readonly onItems: (count: number) => void;
}

/** Returns the work of one run; its items are the deliveries begun. Users about whom nothing can be decided are named by the SpoiltRowsError it throws when everybody else has been told. */
export function alertCheck({
  onQueued,
  ...parts
}: AlertCheckParts): (terms: AlertCheckTerms) => Promise<number> {
  return async ({ calendar, isDryRun, signal, onItems }) => {
    const { begun, spoilt } = await checkAndQueueAlerts({
      ...parts,
      periodStartsAt: (nowMs) => calendar.periodStarts(nowMs),
      timezone: calendar.timezone,
      isDryRun,
      signal,
      onBegun: onItems,
    });
    if (begun > 0 && !isDryRun) onQueued?.();
    if (spoilt.length > 0) throw new SpoiltRowsError(spoilt);
    return begun;
  };
}
