/** hostapd, on OpenWrt and in UniFi access points (its source: src/radius/radius_das.c, src/ap/ieee802_1x.c). */
import { identifications, timeAttributes } from './standard.ts';
import type { Vendor } from './vendor.ts';

export const hostapd: Vendor = {
  coaPort: 3799,
  canDisconnect: true,
  // It answers a CoA-Request with Error-Cause 405, and has no bandwidth to change.
  canChange: false,
  hasBandwidth: false,
  hasVolumeLimit: false,
  limitAttributes: timeAttributes,
  // It refuses a request with any attribute outside a short list, and one whose NAS-Identifier is not its own: several
  // behind one address, and UniFi's proxy, are told apart by that alone.
  identify: (session) =>
    identifications(session, [
      ['Calling-Station-Id', 'Acct-Session-Id', 'NAS-Identifier'],
      ['Calling-Station-Id', 'Acct-Session-Id'],
      ['Acct-Session-Id'],
      ['Calling-Station-Id'],
    ]),
};
