/** One simulated station: comes on line at an access point, moves octets, reports them, goes, and comes back. Pure: time and chance are given. */
import type { AccessPoint } from './access-point.ts';
import { type Random, wholeBetween } from './random.ts';
import type { NamedAttribute } from './request.ts';

export type StationStatus = 'Start' | 'Interim-Update' | 'Stop';

export interface StationSession {
  readonly acctSessionId: string;
  readonly accessPoint: AccessPoint;
  readonly startedAt: number;
  readonly framedIpAddress: string;
  readonly downlinkBitsPerSecond: number;
  interimsLeft: number;
  countedAt: number;
  inputOctets: number;
  outputOctets: number;
  /** Input and output of the last report that was answered. */
  acknowledgedOctets: number;
}

export interface Station {
  readonly userName: string;
  readonly stationId: string;
  session: StationSession | undefined;
}

/** What a station's owner does: reads mail, watches films, or copies a disk (which passes 4 GiB in a minute). */
const DOWNLINKS_BITS_PER_SECOND = [500_000, 5_000_000, 5_000_000, 40_000_000, 40_000_000, 700_000_000];
const UPLINK_SHARE = 0.08;
const TERMINATE_CAUSES = ['User-Request', 'User-Request', 'Lost-Carrier', 'Idle-Timeout', 'Session-Timeout'];
const INTERIMS_FROM = 2;
const INTERIMS_BELOW = 9;
/** What a packet carries on average, for the packet counters. */
const INPUT_PACKET_OCTETS = 300;
const OUTPUT_PACKET_OCTETS = 1_100;

/** Returns the station of a user, off line. */
export function newStation(userName: string, random: Random): Station {
  const pairs = Array.from({ length: 5 }, () => wholeBetween(random, 0, 256).toString(16).padStart(2, '0'));
  // 02: locally administered, as telephones make them up.
  return { userName, stationId: `02-${pairs.join('-')}`.toUpperCase(), session: undefined };
}

export interface Arrival {
  readonly acctSessionId: string;
  readonly accessPoint: AccessPoint;
  readonly now: number;
}

/** Brings a station on line. */
export function connect(station: Station, arrival: Arrival, random: Random): StationSession {
  station.session = {
    acctSessionId: arrival.acctSessionId,
    accessPoint: arrival.accessPoint,
    startedAt: arrival.now,
    framedIpAddress: `172.${wholeBetween(random, 16, 32)}.${wholeBetween(random, 0, 256)}.${wholeBetween(random, 1, 255)}`,
    downlinkBitsPerSecond:
      DOWNLINKS_BITS_PER_SECOND[wholeBetween(random, 0, DOWNLINKS_BITS_PER_SECOND.length)] ?? 0,
    interimsLeft: wholeBetween(random, INTERIMS_FROM, INTERIMS_BELOW),
    countedAt: arrival.now,
    inputOctets: 0,
    outputOctets: 0,
    acknowledgedOctets: 0,
  };
  return station.session;
}

/** Adds what the station moved since it was last counted; never more than its bandwidth allows in the whole seconds that its reports will show. */
export function moveOctets(session: StationSession, now: number, random: Random): void {
  const seconds = Math.max(0, wholeSeconds(now) - wholeSeconds(session.countedAt));
  const octets = (seconds * session.downlinkBitsPerSecond) / 8;
  session.outputOctets += Math.floor(octets * random());
  session.inputOctets += Math.floor(octets * UPLINK_SHARE * random());
  session.countedAt = Math.max(now, session.countedAt);
}

export interface Report {
  readonly station: Station;
  readonly session: StationSession;
  readonly status: StationStatus;
  readonly now: number;
}

/** Returns the attributes an access point sends for a session at `now`, in the order hostapd uses. */
export function describeSession({ station, session, status, now }: Report, random: Random): NamedAttribute[] {
  const { accessPoint } = session;
  const attributes: NamedAttribute[] = [
    ['Acct-Status-Type', status],
    ['Acct-Session-Id', session.acctSessionId],
    ['User-Name', station.userName],
    ['NAS-IP-Address', accessPoint.nasIpAddress],
    ['NAS-Identifier', accessPoint.nasIdentifier],
    ['NAS-Port-Type', 'Wireless-802.11'],
    ['Called-Station-Id', accessPoint.calledStationId],
    ['Calling-Station-Id', station.stationId],
    ['Framed-IP-Address', session.framedIpAddress],
    ['Acct-Authentic', 'RADIUS'],
    ['Event-Timestamp', wholeSeconds(now) * 1_000],
    ['Acct-Delay-Time', 0],
  ];
  if (status !== 'Start') attributes.push(...describeCounters(session, now));
  if (status === 'Stop') {
    const cause = TERMINATE_CAUSES[wholeBetween(random, 0, TERMINATE_CAUSES.length)] ?? 'User-Request';
    attributes.push(['Acct-Terminate-Cause', cause]);
  }
  return attributes;
}

function describeCounters(session: StationSession, now: number): NamedAttribute[] {
  const { inputOctets, outputOctets } = session;
  return [
    // Whole seconds of the clock, as Event-Timestamp: else the two would disagree by one.
    ['Acct-Session-Time', wholeSeconds(now) - wholeSeconds(session.startedAt)],
    ['Acct-Input-Octets', inputOctets % 2 ** 32],
    ['Acct-Output-Octets', outputOctets % 2 ** 32],
    // RFC 2869 §5.1, §5.2: how many times the 32-bit counters have wrapped.
    ['Acct-Input-Gigawords', Math.floor(inputOctets / 2 ** 32)],
    ['Acct-Output-Gigawords', Math.floor(outputOctets / 2 ** 32)],
    ['Acct-Input-Packets', Math.floor(inputOctets / INPUT_PACKET_OCTETS) % 2 ** 32],
    ['Acct-Output-Packets', Math.floor(outputOctets / OUTPUT_PACKET_OCTETS) % 2 ** 32],
  ];
}

function wholeSeconds(epochMs: number): number {
  return Math.floor(epochMs / 1_000);
}
