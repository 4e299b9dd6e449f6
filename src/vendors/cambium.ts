/** Cambium cnMaestro and cnPilot: WISPr's bandwidths and a volume of its own (dictionary.cambium, whose spelling "Gigwords" is the vendor's). */
import { identifications, volumeAttributes } from './standard.ts';
import type { Vendor } from './vendor.ts';
import { wispr, wisprLimits } from './wispr.ts';

export const cambium: Vendor = {
  ...wispr,
  hasVolumeLimit: true,
  limitAttributes: (limits) => [
    ...wisprLimits(limits),
    ...volumeAttributes(limits.volumeOctets, {
      low: 'Cambium-Traffic-Quota-Limit-Total',
      high: 'Cambium-Traffic-Quota-Limit-Total-Gigwords',
    }),
  ],
  identify: (session) =>
    identifications(session, [
      ['Calling-Station-Id', 'NAS-IP-Address', 'User-Name'],
      ['Calling-Station-Id', 'User-Name'],
      ['Calling-Station-Id', 'Acct-Session-Id'],
    ]),
};
