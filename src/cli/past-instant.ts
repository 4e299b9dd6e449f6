/** How people write a time that has passed: how long ago, or when. */
import { durationMs } from '../config/values.ts';
import { AppError } from '../errors.ts';

const DAY_MS = 86_400_000;
const AGO_MAX_MS = 36_500 * DAY_MS;
const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Returns the instant (epoch milliseconds) so long before `now`, or the one that is written out, in UTC unless it says otherwise; throws AppError `invalid` that names the flag. */
export function pastInstant(flag: string, text: string, now: number): number {
  const ago = durationMs(1, AGO_MAX_MS)(text, () => undefined);
  // A bare number would be seconds in the settings; here it is rather a mistake.
  if (ago !== undefined && !/^\d+$/.test(text)) return now - ago;
  const instant = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(instant)) return instant;
  throw new AppError(
    'invalid',
    `${flag}: expected how long ago, such as 30d or 12h, or a time such as 2026-01-31 or 2026-01-31T08:00:00Z; got ${JSON.stringify(text)}`,
  );
}
