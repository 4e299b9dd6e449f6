/** Numbers as the replaced system's messages print them: as Python does (contract §7). Pure. */
import { roundToHundredths } from '../profiles/json-values.ts';

const GIB = 1024 ** 3;
const EXPONENT_FROM = 1e16;

/** Returns a number rounded to two decimals as Python prints a float: `80.0`, `7.5`, `66.67`. */
export function floatText(value: number): string {
  const rounded = roundToHundredths(value);
  if (Math.abs(rounded) >= EXPONENT_FROM) return rounded.toExponential();
  return Number.isInteger(rounded) ? `${rounded}.0` : String(rounded);
}

/** Returns a percentage: the full hundred, and that of no limit, were whole numbers to Python and print as such. */
export function percentText(percent: number, limit: number | null): string {
  if (limit === null || limit === 0) return '0';
  return percent === 100 ? '100' : floatText(percent);
}

/** Returns octets in GiB. */
export function gibText(octets: number): string {
  return floatText(octets / GIB);
}

/** Returns what remains in GiB: `0` where nothing does, never less (contract §0.9). */
export function remainingGibText(octets: number): string {
  return octets <= 0 ? '0' : gibText(octets);
}
