/** Places: how many sessions a user takes up, counted by device and NAS, so that a device that comes back takes up no second one (design §6). Pure. */
import { isIP } from 'node:net';
import type { Octets } from '../radius/octets.ts';

/** Where a session is, or is about to be. */
export interface Place {
  /** The address its NAS sends from. */
  readonly sourceAddress: string;
  /** Calling-Station-Id, canonical where it is a MAC address; undefined where the NAS gives none. */
  readonly station: Octets | undefined;
}

/** Returns how many places are taken, the one of `own` not among them: a device that comes back on the same NAS replaces what it left there. */
export function placesTaken(taken: readonly Place[], own: Place): number {
  const devices = new Set<string>();
  let others = 0;
  for (const place of taken) {
    const key = deviceKey(place);
    if (key === undefined) others++;
    else devices.add(key);
  }
  const ownKey = deviceKey(own);
  if (ownKey !== undefined) devices.delete(ownKey);
  return devices.size + others;
}

/** Returns whether two places are known to be one device's on one NAS, so that one takes the place of the other. */
export function isSameDevice(a: Place, b: Place): boolean {
  const key = deviceKey(a);
  return key !== undefined && key === deviceKey(b);
}

/** Returns what tells a device on a NAS from others; undefined where nothing does: many may call from one IP address (a VPN's Calling-Station-Id). */
function deviceKey({ sourceAddress, station }: Place): string | undefined {
  if (station === undefined || station === '' || isIP(station) !== 0) return undefined;
  return `${sourceAddress} ${station}`;
}
