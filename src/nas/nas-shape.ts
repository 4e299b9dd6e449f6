/** The JSON of a NAS, for the command line and HTTP alike; its secrets are never in it. Pure. */
import { instantJson } from '../clock.ts';
import { type Octets, octetsToDisplay } from '../radius/octets.ts';
import type { UnknownNas, UnusableNas } from './nas-queries.ts';
import type { HeardNas, Sender } from './sender.ts';

/** Returns what a list shows of a NAS. */
export function nasShape({ nas, source }: HeardNas) {
  return {
    id: nas.id,
    name: nas.name,
    address: nas.prefix,
    identifier: identifierShown(nas.matchIdentifier),
    kind: nas.kind,
    coa_port: nas.coaPort,
    require_message_authenticator: nas.requireMessageAuthenticator,
    direction: nas.direction,
    octet_unit: nas.octetUnit,
    max_rate_kbps: nas.maxRateKbps,
    interval_floor_seconds: nas.intervalFloorSeconds,
    sends_gigawords: nas.sendsGigawords,
    clock_offset_ms: nas.clockOffsetMs,
    last_seen_at: instantJson(nas.lastSeenAt),
    has_secret: nas.secrets.length > 0,
    has_previous_secret: nas.secrets.length > 1,
    source,
  };
}

/** Returns the same in full, with the devices behind it: so many at most, those heard last. */
export function nasDetailShape(heard: HeardNas, sendersMax: number = heard.senders.length) {
  return {
    ...nasShape(heard),
    sender_count: heard.senders.length,
    senders: heard.senders.slice(0, sendersMax).map(senderShape),
  };
}

/** Returns an unknown source's JSON. */
export function unknownShape(unknown: UnknownNas) {
  return {
    address: unknown.address,
    packets: unknown.packets,
    first_seen_at: instantJson(unknown.firstSeenAt),
    last_seen_at: instantJson(unknown.lastSeenAt),
  };
}

/** Returns the JSON of a row that cannot be used as it stands. */
export function unusableShape({ id, nasname, reason }: UnusableNas) {
  return { id, nasname, reason };
}

/** Returns a NAS-Identifier as people read it; null where there is none. */
export function identifierShown(identifier: Octets | null): string | null {
  return identifier === null || identifier === '' ? null : octetsToDisplay(identifier);
}

function senderShape(sender: Sender) {
  return {
    address: sender.address,
    nas_identifier: identifierShown(sender.nasIdentifier),
    last_seen_at: instantJson(sender.lastSeenAt),
    clock_offset_ms: sender.clockOffsetMs,
    sends_gigawords: sender.sendsGigawords,
  };
}
