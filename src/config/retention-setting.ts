/** The settings of what is forgotten: ages in days, none by default. */
import { durationMs, type Parse } from './values.ts';

const DAY_MS = 86_400_000;
const AGE_MAX_DAYS = 36_500;

/** Returns a parser for the age, of so many days at least, from which on something is forgotten, in milliseconds; none, null and nothing keep it for ever (null). */
export function keepMs(minDays: number): Parse<number | null> {
  const parse = durationMs(minDays * DAY_MS, AGE_MAX_DAYS * DAY_MS);
  return (raw, report) => (raw === null || raw === '' || raw === 'none' ? null : parse(raw, report));
}

/** Returns an age as people read it. */
export function keepText(ms: number | null): string {
  return ms === null ? 'for ever' : `${Math.round((ms / DAY_MS) * 100) / 100} days`;
}
