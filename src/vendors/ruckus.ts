/** Ruckus ZoneDirector and SmartZone: WISPr's bandwidths; requests go to the controller, not to the access point. */
import { identifications } from './standard.ts';
import type { Vendor } from './vendor.ts';
import { wispr } from './wispr.ts';

export const ruckus: Vendor = {
  ...wispr,
  identify: (session) =>
    identifications(session, [
      ['Calling-Station-Id', 'Acct-Session-Id', 'User-Name'],
      ['Calling-Station-Id', 'Acct-Session-Id'],
    ]),
};
