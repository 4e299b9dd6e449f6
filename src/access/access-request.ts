/** Access-Request -> what a login says of itself (RFC 2865 §4.1). */
import { canonicalStation } from '../accounting/station.ts';
import { type NameRules, usernameFor } from '../profiles/user-names.ts';
import { AttributeType } from '../radius/attribute-type.ts';
import { type Octets, octetsFrom } from '../radius/octets.ts';
import { ATTRIBUTE_HEADER_LENGTH, findAttribute, octetAt, type Packet } from '../radius/packet.ts';
import { readCredentials, type SentCredentials } from './credentials.ts';

/** One login. Octet strings are raw; what is `undefined` was not in the packet. */
export interface AccessRequest {
  readonly userName: Octets | undefined;
  /** Calling-Station-Id, canonical where it is a MAC address, so that accounting calls the device the same. */
  readonly station: Octets | undefined;
  readonly nasIdentifier: Octets | undefined;
  /** Must reach no log. */
  readonly sent: SentCredentials;
}

/** Returns what an Access-Request says; `secret` is the one it was proven under. Of an attribute allowed once the first counts. */
export function decodeAccessRequest(packet: Packet, secret: Buffer): AccessRequest {
  const callingStationId = octetsOf(packet, AttributeType.CallingStationId);
  return {
    userName: octetsOf(packet, AttributeType.UserName),
    station:
      callingStationId === undefined || callingStationId === ''
        ? undefined
        : canonicalStation(callingStationId),
    nasIdentifier: octetsOf(packet, AttributeType.NasIdentifier),
    sent: readCredentials(packet, secret),
  };
}

/** Returns the usernames a login may be of, the best first; by the same rules as accounting's, except that a device has a name in many spellings. */
export function usernamesOf({ userName, sent }: AccessRequest, rules: NameRules): string[] {
  const names = sent.kind === 'mac' ? sent.userNames : userName === undefined ? [] : [userName];
  const usernames = names.flatMap((name) => usernameFor(name, rules) ?? []);
  return [...new Set(usernames)];
}

function octetsOf(packet: Packet, type: number): Octets | undefined {
  const at = findAttribute(packet, type);
  if (at < 0) return undefined;
  return octetsFrom(packet.bytes, at + ATTRIBUTE_HEADER_LENGTH, at + octetAt(packet.bytes, at + 1));
}
