/** MAC authentication: a device that names itself by its hardware address and proves nothing (RFC 2865 §5.6 Call Check, RFC 3580 §3.21). Pure. */
import type { Octets } from '../radius/octets.ts';

/** Twelve digits in whatever grouping NASes use: AA-BB-CC-DD-EE-FF, aa:bb:cc:dd:ee:ff, aabb.ccdd.eeff, aabbcc-ddeeff, aabbccddeeff. */
const MAC_ADDRESS =
  /^(?:[0-9a-f]{2}([-:. ])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?:[0-9a-f]{4}[-:.]){2}[0-9a-f]{4}|[0-9a-f]{6}[-:.]?[0-9a-f]{6})$/i;

/** Returns the twelve lower-case digits of a MAC address in any spelling; undefined for anything else. */
export function macDigits(text: Octets): string | undefined {
  return MAC_ADDRESS.test(text) ? text.replace(/[-:. ]/g, '').toLowerCase() : undefined;
}

/** Returns the digits of the device where User-Name and Calling-Station-Id are one MAC address in any spellings; undefined where the request is no MAC authentication whatever its password. */
export function stationAsUser(userName: Octets, callingStationId: Octets): string | undefined {
  const digits = macDigits(userName);
  return digits !== undefined && digits === macDigits(callingStationId) ? digits : undefined;
}

/** Returns whether a password is none: empty, or the address once more in any spelling. */
export function isMacPassword(password: Octets, digits: string): boolean {
  return password === '' || macDigits(password) === digits;
}

/** Returns the usernames a device may be kept under, the one that was sent first. */
export function macUserNames(digits: string, sent: Octets): readonly string[] {
  const lower = [grouped(digits, 2, '-'), grouped(digits, 2, ':'), digits, grouped(digits, 4, '.')];
  return [...new Set([sent, ...lower.map((name) => name.toUpperCase()), ...lower])];
}

function grouped(digits: string, size: number, separator: string): string {
  return digits.match(new RegExp(`.{${size}}`, 'g'))?.join(separator) ?? digits;
}
