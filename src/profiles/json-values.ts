/** How numbers and instants look in the JSON that clients of the replaced system rely on (contract §3, §5). Pure. */

const GIB = 1024 ** 3;

/** Returns octets in GiB with two decimals; null stays null (no limit). */
export function gib(octets: number): number;
export function gib(octets: number | null): number | null;
export function gib(octets: number | null): number | null {
  return octets === null ? null : roundToHundredths(octets / GIB);
}

/** Returns kbit/s in the API's Mbit/s, which divides by 1024, with two decimals. */
export function mbps(kbps: number): number {
  return roundToHundredths(kbps / 1024);
}

/** Returns a number rounded to two decimals as Python's round does: the exact binary value decides, and an exact tie goes to the even hundredth (contract §3). */
export function roundToHundredths(value: number): number {
  // Only odd eighths are exact ties: k/200 is a finite binary fraction only where 25 divides k.
  if (Math.abs((value * 8) % 2) !== 1) return Number(value.toFixed(2));
  const lower = Math.floor(value * 100);
  return (lower % 2 === 0 ? lower : lower + 1) / 100;
}

/** Returns a datetime column's UTC text as JSON: `2025-12-11T12:00:00.123456Z`, without a fraction when it is zero (contract §5). */
export function jsonInstant(text: string): string {
  const fraction = text.slice(20).padEnd(6, '0').slice(0, 6);
  const seconds = `${text.slice(0, 10)}T${text.slice(11, 19)}`;
  return Number(fraction) === 0 ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}
