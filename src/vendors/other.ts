/** Any NAS nobody has said more about: what the RFCs define, and no bandwidth, for which they have no words. */
import { identifications, timeAttributes } from './standard.ts';
import type { Vendor } from './vendor.ts';

export const other: Vendor = {
  coaPort: 3799, // RFC 5176 §2.1
  canDisconnect: true,
  canChange: true,
  hasBandwidth: false,
  hasVolumeLimit: false,
  limitAttributes: timeAttributes,
  // RFC 5176 §3: a session should be named by User-Name and Acct-Session-Id; every attribute sent must match.
  identify: (session) =>
    identifications(session, [
      ['User-Name', 'Acct-Session-Id', 'Calling-Station-Id'],
      ['User-Name', 'Acct-Session-Id'],
      ['Acct-Session-Id'],
    ]),
};
