/** Which credentials an Access-Request carries. Pure; they must reach no log. */
import { AttributeType } from '../radius/attribute-type.ts';
import { type Octets, octetsFrom, octetsToBytes } from '../radius/octets.ts';
import { ATTRIBUTE_HEADER_LENGTH, findAttribute, octetAt, type Packet } from '../radius/packet.ts';
import { type ChapResponse, isRightChapResponse, parseChapPassword } from './chap.ts';
import { isMacPassword, macUserNames, stationAsUser } from './mac-address.ts';
import { MicrosoftType, microsoftAttributes } from './microsoft-attributes.ts';
import { type MsChap2Response, parseMsChap2Response } from './ms-chap.ts';
import { decryptUserPassword } from './pap.ts';

/** A password in clear, as octets. */
export interface PapCredentials {
  readonly kind: 'pap';
  readonly password: Buffer;
}
export interface ChapCredentials extends ChapResponse {
  readonly kind: 'chap';
}
export interface MsChap2Credentials extends MsChap2Response {
  readonly kind: 'ms-chap-v2';
}
/** A device that names itself and proves nothing: `userNames` are those it may be kept under, best first. */
export interface MacCredentials {
  readonly kind: 'mac';
  readonly userNames: readonly string[];
  /** What came in the password's place, which is what counts for a user who has a password. */
  readonly sent: PapCredentials | ChapCredentials | undefined;
}

/** What there is to check. */
export type CheckableCredentials = PapCredentials | ChapCredentials | MsChap2Credentials | MacCredentials;

export type MalformedCredentials =
  /** User-Password has not 16 to 128 octets in whole blocks (RFC 2865 §5.2). */
  | 'password-length'
  /** CHAP-Password has not 17 octets, or CHAP-Challenge none (RFC 2865 §5.3, §5.40). */
  | 'chap-length'
  /** MS-CHAP2-Response has not 50 octets or MS-CHAP-Challenge not 16 (RFC 2548 §2.1.2, §2.3.2). */
  | 'ms-chap-length'
  /** Both a password and a CHAP response: RFC 2865 §4.1 forbids it, and which counts nobody can tell. */
  | 'several-methods';

/** What an Access-Request proves its user by. `unsupported`: something radmeter does not speak; EAP needs a FreeRADIUS in front. */
export type SentCredentials =
  | CheckableCredentials
  | { readonly kind: 'none' }
  | { readonly kind: 'unsupported'; readonly method: 'eap' | 'ms-chap-v1' | 'arap' }
  | { readonly kind: 'malformed'; readonly reason: MalformedCredentials };

/** RFC 2865 §5.6. */
const CALL_CHECK = 10;

/** Returns the credentials of an Access-Request whose sender is known to hold the secret; of an attribute allowed once the first counts. */
export function readCredentials(packet: Packet, secret: Buffer): SentCredentials {
  const sent = methodOf(packet, secret);
  return asMac(packet, sent) ?? sent;
}

function methodOf(packet: Packet, secret: Buffer): SentCredentials {
  if (firstValue(packet, AttributeType.EapMessage) !== undefined)
    return { kind: 'unsupported', method: 'eap' };
  const microsoft = microsoftAttributes(packet);
  const pap = firstValue(packet, AttributeType.UserPassword);
  const chap = firstValue(packet, AttributeType.ChapPassword);
  const msChap2 = microsoft.get(MicrosoftType.MsChap2Response);
  if ([pap, chap, msChap2].filter((value) => value !== undefined).length > 1)
    return malformed('several-methods');
  if (pap !== undefined) return papOf(packet, pap, secret);
  if (chap !== undefined) return chapOf(packet, chap);
  if (msChap2 !== undefined) return msChap2Of(msChap2, microsoft.get(MicrosoftType.MsChapChallenge));
  if (microsoft.has(MicrosoftType.MsChapResponse)) return { kind: 'unsupported', method: 'ms-chap-v1' };
  const isArap = firstValue(packet, AttributeType.ArapPassword) !== undefined;
  return isArap ? { kind: 'unsupported', method: 'arap' } : { kind: 'none' };
}

function papOf(packet: Packet, value: Buffer, secret: Buffer): SentCredentials {
  const found = decryptUserPassword(value, { secret, requestAuthenticator: packet.authenticator });
  return found.ok ? { kind: 'pap', password: found.password } : malformed(found.reason);
}

function chapOf(packet: Packet, value: Buffer): SentCredentials {
  // RFC 2865 §5.3: without a CHAP-Challenge the challenge is the Request Authenticator.
  const challenge = firstValue(packet, AttributeType.ChapChallenge) ?? packet.authenticator;
  const parts = challenge.length === 0 ? undefined : parseChapPassword(value, challenge);
  return parts === undefined ? malformed('chap-length') : { kind: 'chap', ...parts };
}

function msChap2Of(value: Buffer, challenge: Buffer | undefined): SentCredentials {
  const parts = challenge === undefined ? undefined : parseMsChap2Response(value, challenge);
  return parts === undefined ? malformed('ms-chap-length') : { kind: 'ms-chap-v2', ...parts };
}

function malformed(reason: MalformedCredentials): SentCredentials {
  return { kind: 'malformed', reason };
}

/** Returns MAC authentication where the name is the calling station and what came with it says no more than that. */
function asMac(packet: Packet, sent: SentCredentials): MacCredentials | undefined {
  const userName = octetsOf(packet, AttributeType.UserName);
  const digits = stationAsUser(userName, octetsOf(packet, AttributeType.CallingStationId));
  if (digits === undefined) return undefined;
  const serviceType = firstValue(packet, AttributeType.ServiceType);
  const isCallCheck = serviceType?.length === 4 && serviceType.readUInt32BE(0) === CALL_CHECK;
  if (!provesNothing(sent, { digits, userName, isCallCheck })) return undefined;
  const inPlace = sent.kind === 'pap' || sent.kind === 'chap' ? sent : undefined;
  return { kind: 'mac', userNames: macUserNames(digits, userName), sent: inPlace };
}

interface MacRequest {
  readonly digits: string;
  readonly userName: Octets;
  readonly isCallCheck: boolean;
}

function provesNothing(sent: SentCredentials, { digits, userName, isCallCheck }: MacRequest): boolean {
  switch (sent.kind) {
    case 'pap':
      return isCallCheck || isMacPassword(octetsFrom(sent.password), digits);
    case 'chap':
      // What was hashed cannot be read; NASes hash what they call the device, or nothing.
      return isCallCheck || ['', userName].some((each) => isRightChapResponse(sent, octetsToBytes(each)));
    case 'none':
      return isCallCheck;
    default:
      return false;
  }
}

function firstValue(packet: Packet, type: number): Buffer | undefined {
  const at = findAttribute(packet, type);
  if (at < 0) return undefined;
  return packet.bytes.subarray(at + ATTRIBUTE_HEADER_LENGTH, at + octetAt(packet.bytes, at + 1));
}

function octetsOf(packet: Packet, type: number): Octets {
  return octetsFrom(firstValue(packet, type) ?? Buffer.alloc(0));
}
