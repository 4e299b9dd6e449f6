/** From rlm_rest's JSON back to the packet that FreeRADIUS was sent, so that everything behind it is the same for both. */
import { hash, randomBytes } from 'node:crypto';
import { AppError } from '../errors.ts';
import { AttributeType } from '../radius/attribute-type.ts';
import type { AttributeValue, Dictionary } from '../radius/dictionary.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  HEADER_LENGTH,
  MAX_LENGTH,
  type Packet,
  parsePacket,
} from '../radius/packet.ts';
import { firstText, octetsOf, type RestAttribute } from './rest-attributes.ts';
import { EVENT_SECONDS, restDate } from './rest-date.ts';

/** A packet, and the secret its User-Password is hidden under. */
export interface RebuiltRequest {
  readonly packet: Packet;
  readonly secret: Buffer;
}

const SECRET_BYTES = 16;

/** Returns a packet with these attributes under this code. What the dictionaries do not know or cannot hold is left out, and so is what would not fit. */
export function rebuiltRequest(
  attributes: readonly RestAttribute[],
  { code, dictionary }: { readonly code: number; readonly dictionary: Dictionary },
): RebuiltRequest {
  const secret = randomBytes(SECRET_BYTES);
  const authenticator = randomBytes(SECRET_BYTES);
  const parts: Buffer[] = [];
  let length = HEADER_LENGTH;
  for (const encoded of encodedAttributes(attributes, { dictionary, secret, authenticator })) {
    if (length + encoded.length > MAX_LENGTH) continue;
    parts.push(encoded);
    length += encoded.length;
  }
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt8(code, 0);
  header.writeUInt16BE(length, 2);
  authenticator.copy(header, HEADER_LENGTH - SECRET_BYTES);
  const parsed = parsePacket(Buffer.concat([header, ...parts]));
  if (!parsed.ok) throw new Error(`a packet of whole attributes is ${parsed.reason}`);
  return { packet: parsed.packet, secret };
}

interface EncodingKeys {
  readonly dictionary: Dictionary;
  readonly secret: Buffer;
  readonly authenticator: Buffer;
}

function* encodedAttributes(attributes: readonly RestAttribute[], keys: EncodingKeys): Generator<Buffer> {
  const seconds = Number(firstText(attributes, EVENT_SECONDS) ?? Number.NaN);
  for (const attribute of attributes) {
    for (const value of attribute.values) {
      const encoded =
        attribute.name === 'User-Password'
          ? hiddenPassword(octetsOf(String(value)), keys)
          : encodedAttribute(attribute, value, { ...keys, seconds });
      if (encoded !== undefined) yield encoded;
    }
  }
}

function encodedAttribute(
  { name, type }: RestAttribute,
  value: string | number,
  { dictionary, seconds }: EncodingKeys & { readonly seconds: number },
): Buffer | undefined {
  const content = contentOf(type, value, Number.isNaN(seconds) ? undefined : seconds);
  if (content === undefined) return undefined;
  try {
    return dictionary.encodeAttribute(name, content);
  } catch (error) {
    // FreeRADIUS adds attributes of its own, and knows more vendors: those were never to be metered.
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function contentOf(type: string, value: string | number, seconds?: number): AttributeValue | undefined {
  if (typeof value === 'number') return value;
  switch (type) {
    case 'string':
      return Buffer.from(octetsOf(value), 'latin1');
    case 'date':
      return restDate(value, seconds);
    default:
      return value;
  }
}

const BLOCK_BYTES = 16;
const PASSWORD_BYTES_MAX = 128;

/** RFC 2865 §5.2; a password that no User-Password holds is hidden as far as it goes, and is wrong. */
function hiddenPassword(password: string, { secret, authenticator }: EncodingKeys): Buffer {
  const bytes = Buffer.from(password, 'latin1').subarray(0, PASSWORD_BYTES_MAX);
  const value = Buffer.alloc(Math.max(1, Math.ceil(bytes.length / BLOCK_BYTES)) * BLOCK_BYTES);
  bytes.copy(value);
  let previous = authenticator;
  for (let at = 0; at < value.length; at += BLOCK_BYTES) {
    const pad = hash('md5', Buffer.concat([secret, previous]), 'buffer');
    for (let index = 0; index < BLOCK_BYTES; index++) {
      value.writeUInt8((value[at + index] ?? 0) ^ (pad[index] ?? 0), at + index);
    }
    previous = value.subarray(at, at + BLOCK_BYTES);
  }
  const header = Buffer.of(AttributeType.UserPassword, ATTRIBUTE_HEADER_LENGTH + value.length);
  return Buffer.concat([header, value]);
}
