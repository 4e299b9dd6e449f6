/** Hotspots that speak WISPr (Wi-Fi Alliance, WISPr 1.0 appendix): TP-Link Omada and many others. */
import type { Limits } from '../profiles/limits.ts';
import { bitsPerSecond, identifications, timeAttributes } from './standard.ts';
import type { NamedAttribute, Vendor } from './vendor.ts';

export const wispr: Vendor = {
  coaPort: 3799,
  canDisconnect: true,
  canChange: true,
  hasBandwidth: true,
  hasVolumeLimit: false,
  limitAttributes: wisprLimits,
  identify: (session) =>
    identifications(session, [
      ['User-Name', 'Acct-Session-Id', 'Calling-Station-Id'],
      ['User-Name', 'Acct-Session-Id'],
      ['Acct-Session-Id'],
    ]),
};

/** Returns the times and WISPr's bandwidths, bit/s. */
export function wisprLimits(limits: Limits): NamedAttribute[] {
  return [
    ...timeAttributes(limits),
    ['WISPr-Bandwidth-Max-Up', bitsPerSecond(limits.uploadKbps)],
    ['WISPr-Bandwidth-Max-Down', bitsPerSecond(limits.downloadKbps)],
  ];
}
