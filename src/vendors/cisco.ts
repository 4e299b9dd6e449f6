/** Cisco wireless controllers (AireOS) and Catalyst switches (Cisco, "Supported RADIUS Attributes on the Wireless LAN Controller"). */
import { identifications, timeAttributes, WORD_MAX } from './standard.ts';
import type { Vendor } from './vendor.ts';

export const cisco: Vendor = {
  // RFC 5176's 3799 came after Cisco's own.
  coaPort: 1700,
  canDisconnect: true,
  // Its CoA-Requests name the session by an audit-session-id, which accounting does not always show.
  canChange: false,
  hasBandwidth: true,
  hasVolumeLimit: false,
  limitAttributes: (limits) => {
    const up = Math.min(limits.uploadKbps, WORD_MAX);
    const down = Math.min(limits.downloadKbps, WORD_MAX);
    return [
      ...timeAttributes(limits),
      // kbit/s per radio. TCP is held to the data rates, UDP to the real-time ones.
      ['Airespace-Data-Bandwidth-Average-Contract', down],
      ['Airespace-Data-Bandwidth-Burst-Contract', down],
      ['Airespace-Real-Time-Bandwidth-Average-Contract', down],
      ['Airespace-Real-Time-Bandwidth-Burst-Contract', down],
      ['Airespace-Data-Bandwidth-Average-Contract-Upstream', up],
      ['Airespace-Data-Bandwidth-Burst-Contract-Upstream', up],
      ['Airespace-Real-Time-Bandwidth-Average-Contract-Upstream', up],
      ['Airespace-Real-Time-Bandwidth-Burst-Contract-Upstream', up],
    ];
  },
  identify: (session) =>
    identifications(session, [
      ['Calling-Station-Id', 'Acct-Session-Id'],
      ['Calling-Station-Id', 'NAS-IP-Address'],
      ['Calling-Station-Id'],
    ]),
};
