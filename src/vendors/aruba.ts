/** Aruba controllers: bandwidth is a matter of roles that are configured there, so only times are said. */

import { other } from './other.ts';
import { identifications } from './standard.ts';
import type { Vendor } from './vendor.ts';

export const aruba: Vendor = {
  ...other,
  canChange: false,
  identify: (session) =>
    identifications(session, [
      ['Calling-Station-Id', 'NAS-IP-Address', 'Acct-Session-Id'],
      ['Calling-Station-Id', 'Acct-Session-Id'],
      ['User-Name', 'Acct-Session-Id'],
    ]),
};
