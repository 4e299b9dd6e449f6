/** The words every NAS knows (RFC 2865, RFC 2869, RFC 5176), and sizes that fit into them. */
import type { Limits } from '../profiles/limits.ts';
import { octetsToBytes } from '../radius/octets.ts';
import type { NamedAttribute, SessionIdentity } from './vendor.ts';

/** Several NASes read seconds into a signed word. */
const SECONDS_MAX = 2 ** 31 - 1;
const WORD = 2 ** 32;
export const WORD_MAX = WORD - 1;

/** Returns Session-Timeout (RFC 2865 §5.27), Idle-Timeout (§5.28) and Acct-Interim-Interval (RFC 2869 §5.16), seconds; a limit there is none of is left out. */
export function timeAttributes(limits: Limits): NamedAttribute[] {
  const { sessionTimeoutSeconds, idleTimeoutSeconds, interimIntervalSeconds } = limits;
  const seconds: [string, number | null][] = [
    ['Session-Timeout', sessionTimeoutSeconds],
    ['Idle-Timeout', idleTimeoutSeconds],
    ['Acct-Interim-Interval', interimIntervalSeconds],
  ];
  return seconds.flatMap(([name, value]) =>
    value === null ? [] : [[name, Math.min(value, SECONDS_MAX)] as const],
  );
}

/** Returns kbit/s of 1000 bits as bit/s, as far as 32 bits go. */
export function bitsPerSecond(kbps: number): number {
  return Math.min(kbps * 1000, WORD_MAX);
}

/** Returns a volume limit in octets as a low word and a count of 2^32 octets; none where there is none. Both are always said, so that a later one replaces an earlier one whole. */
export function volumeAttributes(
  volumeOctets: number | null,
  { low, high }: { readonly low: string; readonly high: string },
): NamedAttribute[] {
  if (volumeOctets === null) return [];
  // 0 is "no limit" to those who count with these.
  const octets = Math.max(1, volumeOctets);
  return [
    [low, octets % WORD],
    [high, Math.min(Math.floor(octets / WORD), WORD_MAX)],
  ];
}

/** Attributes that identify a session (RFC 5176 §3), and where their values are. */
const IDENTIFICATIONS = {
  'User-Name': ({ userName }) => bytes(userName),
  'Acct-Session-Id': ({ acctSessionId }) => bytes(acctSessionId),
  'Calling-Station-Id': ({ callingStationId }) => bytes(callingStationId),
  'NAS-Identifier': ({ nasIdentifier }) => bytes(nasIdentifier),
  'NAS-IP-Address': ({ nasIpAddress }) => (nasIpAddress?.includes(':') ? undefined : nasIpAddress),
  'Framed-IP-Address': ({ framedIpAddress }) => framedIpAddress,
} as const satisfies Record<string, (session: SessionIdentity) => Buffer | string | undefined>;

export type Identification = keyof typeof IDENTIFICATIONS;

/** Returns the sets that can be said of a session, in their order and each once; a set that lacks one of its values is left out. */
export function identifications(
  session: SessionIdentity,
  sets: readonly (readonly Identification[])[],
): NamedAttribute[][] {
  return sets.flatMap((names) => {
    const attributes = names.flatMap((name): NamedAttribute[] => {
      const value = IDENTIFICATIONS[name](session);
      return value === undefined ? [] : [[name, value]];
    });
    return attributes.length === names.length ? [attributes] : [];
  });
}

/** An attribute of no octets identifies nothing. */
function bytes(octets: string | undefined): Buffer | undefined {
  return octets === undefined || octets === '' ? undefined : octetsToBytes(octets);
}
