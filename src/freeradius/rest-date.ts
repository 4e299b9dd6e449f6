/** Dates as FreeRADIUS writes them: text in the zone it runs in, `Nov 22 2026 13:56:32 CET`. Pure. */

/** Event-Timestamp as a number of seconds, which the documented configuration adds because abbreviations of zones are ambiguous. */
export const EVENT_SECONDS = 'Tmp-Integer-0';

/** The widest any zone lies from UTC, and a step that all of them keep. */
const ZONE_MS_MAX = 14 * 3_600_000;
const ZONE_STEP_MS = 15 * 60_000;

/** Returns the instant (epoch milliseconds) of a date; undefined where it cannot be told. `seconds` is what is said to be the same instant, and believed where the text agrees with it in some zone. */
export function restDate(text: string, seconds?: number): number | undefined {
  const [, local, zone] =
    /^([A-Z][a-z]{2} [ 0-9]?[0-9] [0-9]{4} [0-9:]{8}) ([A-Za-z0-9+-]+)$/.exec(text) ?? [];
  if (local === undefined) return undefined;
  const asUtc = Date.parse(`${local} UTC`);
  if (Number.isNaN(asUtc)) return undefined;
  if (zone === 'UTC' || zone === 'GMT') return asUtc;
  if (seconds === undefined) return undefined;
  const offset = asUtc - seconds * 1000;
  return Math.abs(offset) <= ZONE_MS_MAX && offset % ZONE_STEP_MS === 0 ? seconds * 1000 : undefined;
}
