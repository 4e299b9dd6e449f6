/** One simulated access point: its names, its boot, the stations it can carry. */
import type { NamedAttribute } from './request.ts';

export interface AccessPoint {
  readonly nasIdentifier: string;
  readonly nasIpAddress: string;
  readonly calledStationId: string;
}

/** Returns access point number `index` (from 0) of a simulation; up to 65,536 differ. */
export function newAccessPoint(index: number): AccessPoint {
  const high = (index >> 8) & 0xff;
  const low = index & 0xff;
  const mac = [0x02, 0x5a, 0x4d, 0x00, high, low].map((byte) => byte.toString(16).padStart(2, '0'));
  return {
    nasIdentifier: `simulated-ap-${index + 1}`,
    nasIpAddress: `10.99.${high}.${low}`,
    calledStationId: `${mac.join('-').toUpperCase()}:simulated`,
  };
}

/** Returns the attributes of the Accounting-On a rebooted access point sends, as hostapd does: without a user, with the BSS it speaks for. */
export function describeBoot(accessPoint: AccessPoint, acctSessionId: string, now: number): NamedAttribute[] {
  return [
    ['Acct-Status-Type', 'Accounting-On'],
    ['Acct-Session-Id', acctSessionId],
    ['NAS-IP-Address', accessPoint.nasIpAddress],
    ['NAS-Identifier', accessPoint.nasIdentifier],
    ['Called-Station-Id', accessPoint.calledStationId],
    ['Event-Timestamp', now],
    ['Acct-Delay-Time', 0],
    ['Acct-Terminate-Cause', 'NAS-Reboot'],
  ];
}
