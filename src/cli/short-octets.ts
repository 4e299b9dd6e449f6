/** Octets in tables, where there is no room for the exact number. */
import { octetsText } from './output.ts';

/** Returns octets as a person reads them: `50.00 GiB`, and `150` below 1 KiB. */
export function shortOctets(octets: number): string {
  const [exact = '', short] = octetsText(octets).split(/ \(|\)/);
  return short ?? exact;
}

/** Returns a limit for a table; null, no limit, shows as a dash. */
export function shortLimit(octets: number | null): string | null {
  return octets === null ? null : shortOctets(octets);
}
