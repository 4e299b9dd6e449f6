/** CoovaChilli, and ChilliSpot before it: hotspots on OpenWrt and Linux (its source: chilli.c, redir.c, dictionary.chillispot). */
import { identifications, timeAttributes, volumeAttributes, WORD_MAX } from './standard.ts';
import type { Vendor } from './vendor.ts';

export const coovachilli: Vendor = {
  coaPort: 3799,
  canDisconnect: true,
  canChange: true,
  hasBandwidth: true,
  hasVolumeLimit: true,
  limitAttributes: (limits) => [
    ...timeAttributes(limits),
    // kbit/s of 1000 bits; they win over WISPr's.
    ['ChilliSpot-Bandwidth-Max-Up', Math.min(limits.uploadKbps, WORD_MAX)],
    ['ChilliSpot-Bandwidth-Max-Down', Math.min(limits.downloadKbps, WORD_MAX)],
    // The total and not input or output: which of those is the upload depends on its option swapoctets.
    ...volumeAttributes(limits.volumeOctets, {
      low: 'ChilliSpot-Max-Total-Octets',
      high: 'ChilliSpot-Max-Total-Gigawords',
    }),
  ],
  // Without User-Name it does not answer; without Acct-Session-Id it ends every session of that name.
  identify: (session) => identifications(session, [['User-Name', 'Acct-Session-Id']]),
};
