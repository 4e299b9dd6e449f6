/** Calling-Station-Id in one form, so that one device is one device on every NAS. */
import type { Octets } from '../radius/octets.ts';

/** AA-BB-CC-DD-EE-FF, aa:bb:cc:dd:ee:ff, aabb.ccdd.eeff, aabbcc-ddeeff, aabbccddeeff: all are one MAC address. */
const MAC_ADDRESS =
  /^(?:[0-9a-f]{2}([-:. ])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?:[0-9a-f]{4}[-:.]){2}[0-9a-f]{4}|[0-9a-f]{6}[-:.]?[0-9a-f]{6})$/i;

const CANONICAL = /^[0-9A-F]{2}(?:-[0-9A-F]{2}){5}$/;

/** Returns a MAC address as RFC 3580 §3.21 writes it (upper case, hyphens); anything else is kept octet for octet. */
export function canonicalStation(callingStationId: Octets): Octets {
  if (CANONICAL.test(callingStationId) || !MAC_ADDRESS.test(callingStationId)) return callingStationId;
  const digits = callingStationId.replace(/[-:. ]/g, '').toUpperCase();
  return digits.replace(/..(?=.)/g, '$&-');
}
