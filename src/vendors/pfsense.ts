/** pfSense's captive portal (Netgate documentation, "Captive Portal", RADIUS; dictionary.pfsense): it takes no orders, so everything is said at the login. */
import { bitsPerSecond, timeAttributes, WORD_MAX } from './standard.ts';
import type { NamedAttribute, Vendor } from './vendor.ts';

export const pfsense: Vendor = {
  coaPort: 3799,
  canDisconnect: false,
  canChange: false,
  hasBandwidth: true,
  hasVolumeLimit: true,
  limitAttributes: (limits) => [
    ...timeAttributes(limits),
    ['pfSense-Bandwidth-Max-Up', bitsPerSecond(limits.uploadKbps)],
    ['pfSense-Bandwidth-Max-Down', bitsPerSecond(limits.downloadKbps)],
    ...volume(limits.volumeOctets),
  ],
  identify: () => [],
};

/** It has no Gigawords: whoever has more left logs in again after 4 GiB, and gets the rest then. */
function volume(volumeOctets: number | null): NamedAttribute[] {
  if (volumeOctets === null) return [];
  return [['pfSense-Max-Total-Octets', Math.min(Math.max(1, volumeOctets), WORD_MAX)]];
}
