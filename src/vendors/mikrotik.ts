/** MikroTik RouterOS: hotspot and PPP (RouterOS documentation, "RADIUS": Mikrotik-Rate-Limit, -Total-Limit, incoming requests). */
import { identifications, timeAttributes, volumeAttributes } from './standard.ts';
import type { Vendor } from './vendor.ts';

export const mikrotik: Vendor = {
  // Its documentation before 2010 says 1700; `/radius incoming` shows the port, and that it must be switched on.
  coaPort: 3799,
  canDisconnect: true,
  canChange: true,
  hasBandwidth: true,
  hasVolumeLimit: true,
  limitAttributes: (limits) => [
    ...timeAttributes(limits),
    // rx/tx as the router sees them: rx is the user's upload. k is 1000.
    ['Mikrotik-Rate-Limit', `${limits.uploadKbps}k/${limits.downloadKbps}k`],
    ...volumeAttributes(limits.volumeOctets, {
      low: 'Mikrotik-Total-Limit',
      high: 'Mikrotik-Total-Limit-Gigawords',
    }),
  ],
  // One attribute alone is refused. A hotspot knows its hosts by address, PPP its sessions by id. Calling-Station-Id
  // is left out: with it RouterOS looks among its wireless clients.
  identify: (session) =>
    identifications(session, [
      ['User-Name', 'Framed-IP-Address', 'Acct-Session-Id'],
      ['User-Name', 'Framed-IP-Address'],
      ['User-Name', 'Acct-Session-Id'],
    ]),
};
