/** MS-CHAPv2: what a peer answers, and what it is answered (RFC 2759, RFC 2548 §2.3). Pure. */
import { hash, timingSafeEqual } from 'node:crypto';
import { md4 } from '../sign-in/md4.ts';
import { desEncrypt } from './des.ts';

const RESPONSE_BYTES = 50;
const CHALLENGE_BYTES = 16;

/** What a NAS passes on of an MS-CHAPv2 exchange; challenges have 16 bytes, the response 24. */
export interface MsChap2Response {
  readonly identifier: number;
  readonly authenticatorChallenge: Buffer;
  readonly peerChallenge: Buffer;
  readonly ntResponse: Buffer;
}

/** What of an exchange goes into its hash; `userName` are the octets the peer called itself, without a domain. */
export interface MsChap2Exchange extends Omit<MsChap2Response, 'identifier' | 'ntResponse'> {
  readonly userName: Buffer;
}

/** Returns the parts of MS-CHAP2-Response (RFC 2548 §2.3.2: Ident, Flags, Peer-Challenge, eight octets of zero, Response) and MS-CHAP-Challenge; undefined where their lengths do not fit. */
export function parseMsChap2Response(value: Buffer, challenge: Buffer): MsChap2Response | undefined {
  if (value.length !== RESPONSE_BYTES || challenge.length !== CHALLENGE_BYTES) return undefined;
  return {
    identifier: value.readUInt8(0),
    authenticatorChallenge: challenge,
    peerChallenge: value.subarray(2, 18),
    ntResponse: value.subarray(26),
  };
}

/** Returns the octets of a User-Name without a domain before a backslash: the name that is hashed (RFC 2759 §4, §8.2). */
export function peerName(userName: Buffer): Buffer {
  return userName.subarray(userName.lastIndexOf('\\') + 1);
}

/** Returns ChallengeHash (RFC 2759 §8.2), 8 bytes. */
export function challengeHash({ peerChallenge, authenticatorChallenge, userName }: MsChap2Exchange): Buffer {
  return sha1(peerChallenge, authenticatorChallenge, userName).subarray(0, 8);
}

/** Returns ChallengeResponse (RFC 2759 §8.5), 24 bytes: the challenge under each third of the NT hash. */
export function challengeResponse(challenge: Buffer, ntHash: Buffer): Buffer {
  const padded = Buffer.alloc(21);
  ntHash.copy(padded);
  return Buffer.concat([0, 7, 14].map((at) => desEncrypt(challenge, padded.subarray(at, at + 7))));
}

/** Returns whether the peer knew the password of this NT hash. */
export function isRightNtResponse(exchange: MsChap2Exchange, ntHash: Buffer, ntResponse: Buffer): boolean {
  return timingSafeEqual(challengeResponse(challengeHash(exchange), ntHash), ntResponse);
}

const SIGNING_MAGIC = Buffer.from('Magic server to client signing constant');
const ITERATION_MAGIC = Buffer.from('Pad to make it do more than one iteration');

/** Returns GenerateAuthenticatorResponse (RFC 2759 §8.7), `S=` and 40 digits: proof to the peer that we know the password too. */
export function authenticatorResponse(exchange: MsChap2Exchange, ntHash: Buffer, ntResponse: Buffer): string {
  const digest = sha1(md4(ntHash), ntResponse, SIGNING_MAGIC);
  const proof = sha1(digest, challengeHash(exchange), ITERATION_MAGIC);
  return `S=${proof.toString('hex').toUpperCase()}`;
}

/** Returns the text of a failure (RFC 2759 §6): R=0 forbids to try again in this exchange. `challenge` is a new one of 16 bytes. */
export function failureText({ code, challenge, message }: Failure): string {
  return `E=${code} R=0 C=${challenge.toString('hex').toUpperCase()} V=3 M=${message}`;
}

export interface Failure {
  /** 691 is ERROR_AUTHENTICATION_FAILURE. */
  readonly code: number;
  readonly challenge: Buffer;
  readonly message: string;
}

function sha1(...parts: readonly Buffer[]): Buffer {
  return hash('sha1', Buffer.concat(parts), 'buffer');
}
