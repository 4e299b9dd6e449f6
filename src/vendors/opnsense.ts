/** OPNsense's captive portal (its source: Auth/Radius.php): of all limits it reads Session-Timeout alone, and takes no orders. */
import { timeAttributes } from './standard.ts';
import type { Vendor } from './vendor.ts';

export const opnsense: Vendor = {
  coaPort: 3799,
  canDisconnect: false,
  canChange: false,
  hasBandwidth: false,
  hasVolumeLimit: false,
  limitAttributes: timeAttributes,
  identify: () => [],
};
