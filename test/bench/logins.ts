/** Makes loads of logins: ready-to-send Access-Requests, each user's from one device on one NAS. */
import { createHmac, hash, randomBytes } from 'node:crypto';

export type LoginMethod = 'PAP' | 'CHAP';

export interface LoginLoadOptions {
  readonly method: LoginMethod;
  /** Users are named by this and their number, from 0, and log in in turn. */
  readonly userPrefix: string;
  readonly userCount: number;
  readonly loginCount: number;
  readonly password: string;
  readonly secret: string;
}

const ACCESS_REQUEST = 1;
const AUTHENTICATOR_START = 4;
const ATTRIBUTES_START = 20;
const BLOCK = 16;

/** Returns the load in replay.c's form: each packet behind its length, packet i under Identifier i % 256. */
export function makeLogins(options: LoginLoadOptions): Buffer {
  const parts: Buffer[] = [];
  for (let index = 0; index < options.loginCount; index++) {
    const packet = accessRequest(options, index);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(packet.length);
    parts.push(length, packet);
  }
  return Buffer.concat(parts);
}

/** Written by hand, apart from src/radius: a measure should not share the errors of what it measures. */
function accessRequest(options: LoginLoadOptions, index: number): Buffer {
  const user = index % options.userCount;
  const authenticator = randomBytes(BLOCK);
  const attributes = Buffer.concat([
    attribute(80, Buffer.alloc(BLOCK)),
    attribute(1, Buffer.from(`${options.userPrefix}${user}`)),
    credentials(options, authenticator),
    attribute(4, Buffer.of(10, 0, 0, 1)),
    attribute(32, Buffer.from('ap-0')),
    attribute(31, Buffer.from(stationOf(user))),
  ]);
  const header = Buffer.alloc(ATTRIBUTES_START);
  header.writeUInt8(ACCESS_REQUEST, 0);
  header.writeUInt8(index % 256, 1);
  header.writeUInt16BE(ATTRIBUTES_START + attributes.length, 2);
  authenticator.copy(header, AUTHENTICATOR_START);
  const packet = Buffer.concat([header, attributes]);
  // RFC 3579 §3.2: over the packet with zeros in its place.
  createHmac('md5', options.secret)
    .update(packet)
    .digest()
    .copy(packet, ATTRIBUTES_START + 2);
  return packet;
}

function credentials({ method, password, secret }: LoginLoadOptions, authenticator: Buffer): Buffer {
  if (method === 'PAP') return attribute(2, hidden(Buffer.from(password), secret, authenticator));
  const identifier = Buffer.of(7);
  // RFC 2865 §5.3: the Request Authenticator is the challenge.
  const response = md5(identifier, Buffer.from(password), authenticator);
  return attribute(3, Buffer.concat([identifier, response]));
}

/** RFC 2865 §5.2. */
function hidden(password: Buffer, secret: string, authenticator: Buffer): Buffer {
  const padded = Buffer.alloc(Math.max(BLOCK, Math.ceil(password.length / BLOCK) * BLOCK));
  password.copy(padded);
  let before = authenticator;
  for (let at = 0; at < padded.length; at += BLOCK) {
    const mask = md5(Buffer.from(secret), before);
    for (let octet = 0; octet < BLOCK; octet++) {
      padded.writeUInt8(padded.readUInt8(at + octet) ^ mask.readUInt8(octet), at + octet);
    }
    before = padded.subarray(at, at + BLOCK);
  }
  return padded;
}

function stationOf(user: number): string {
  const digits = user.toString(16).padStart(10, '0').toUpperCase();
  return `02${digits}`.replace(/..(?=.)/g, '$&-');
}

function attribute(type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type, 2 + value.length), value]);
}

function md5(...parts: Buffer[]): Buffer {
  return hash('md5', Buffer.concat(parts), 'buffer');
}
