/** The check of alerts in the form the schedule runs. */
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

/** Returns the work of one run; its items are the deliveries begun. */
export function alertCheck({
  onQueued,
  ...parts
}: AlertCheckParts): (terms: AlertCheckTerms) => Promise<number> {
  return async ({ calendar, isDryRun, signal, onItems }) => {
    const { begun } = await checkAndQueueAlerts({
      ...parts,
      periodStartsAt: (nowMs) => calendar.periodStarts(nowMs),
      timezone: calendar.timezone,
      isDryRun,
      signal,
      onBegun: onItems,
    });
    if (begun > 0 && !isDryRun) onQueued?.();
    return begun;
  };
}
