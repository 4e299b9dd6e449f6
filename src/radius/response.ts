/** Encodes signed responses, with every Proxy-State of the request in order (RFC 2865 §5.33, RFC 2866 §2.3). */
import { AppError } from '../errors.ts';
import { AttributeType } from './attribute-type.ts';
import { MESSAGE_AUTHENTICATOR_LENGTH, messageAuthenticator, signResponse } from './authenticator.ts';
import { Code } from './code.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  findAttribute,
  HEADER_LENGTH,
  MAX_LENGTH,
  octetAt,
  type Packet,
} from './packet.ts';

export interface ResponseOptions {
  readonly request: Packet;
  readonly code: number;
  /** Encoded attributes of ours, Proxy-State and Message-Authenticator not among them. */
  readonly attributes: Buffer;
  readonly secret: Buffer;
  /** Whether a Message-Authenticator stands first in the answer. */
  readonly messageAuthenticator: boolean;
}

/** Returns the signed response: Message-Authenticator if asked for, attributes, Proxy-States. Throws invalid above 4096 bytes. */
export function encodeResponse(options: ResponseOptions): Buffer {
  const { request, attributes, secret } = options;
  const attributesStart = HEADER_LENGTH + (options.messageAuthenticator ? MESSAGE_AUTHENTICATOR_LENGTH : 0);
  const proxyStateStart = attributesStart + attributes.length;
  const response = allocateResponse(request, options.code, proxyStateStart + proxyStateLength(request));
  response.set(attributes, attributesStart);
  copyProxyState(request, response, proxyStateStart);
  if (options.messageAuthenticator) writeMessageAuthenticator(response, request, secret);
  signResponse(response, request.authenticator, secret);
  return response;
}

/**
 * Returns the Accounting-Response to an Accounting-Request: nothing but its Proxy-States. It carries no
 * Message-Authenticator even where the request did: no RFC defines one there, and what is deployed disagrees on its
 * computation (over zeros in FreeRADIUS and pyrad, over the Request Authenticator elsewhere), so that any choice would
 * be refused by somebody. The Response Authenticator proves the answer.
 */
export function encodeAccountingResponse(request: Packet, secret: Buffer): Buffer {
  const proxyState = proxyStateLength(request);
  const response = allocateResponse(request, Code.AccountingResponse, HEADER_LENGTH + proxyState);
  if (proxyState > 0) copyProxyState(request, response, HEADER_LENGTH);
  signResponse(response, request.authenticator, secret);
  return response;
}

function allocateResponse(request: Packet, code: number, length: number): Buffer {
  if (length > MAX_LENGTH) {
    throw new AppError('invalid', `The response would be ${length} bytes long; RADIUS allows ${MAX_LENGTH}.`);
  }
  const response = Buffer.allocUnsafe(length);
  response[0] = code;
  response[1] = request.identifier;
  response[2] = length >> 8;
  response[3] = length & 255;
  return response;
}

function proxyStateLength(request: Packet): number {
  let total = 0;
  let at = findAttribute(request, AttributeType.ProxyState);
  while (at >= 0) {
    const attributeLength = octetAt(request.bytes, at + 1);
    total += attributeLength;
    at = findAttribute(request, AttributeType.ProxyState, at + attributeLength);
  }
  return total;
}

function copyProxyState(request: Packet, response: Buffer, start: number): void {
  let to = start;
  let at = findAttribute(request, AttributeType.ProxyState);
  while (at >= 0) {
    const end = at + octetAt(request.bytes, at + 1);
    to += request.bytes.copy(response, to, at, end);
    at = findAttribute(request, AttributeType.ProxyState, end);
  }
}

// RFC 3579 §3.2, RFC 5997 §3: computed with the Request Authenticator in the header, before the Response Authenticator.
function writeMessageAuthenticator(response: Buffer, request: Packet, secret: Buffer): void {
  response[HEADER_LENGTH] = AttributeType.MessageAuthenticator;
  response[HEADER_LENGTH + 1] = MESSAGE_AUTHENTICATOR_LENGTH;
  const valueStart = HEADER_LENGTH + ATTRIBUTE_HEADER_LENGTH;
  response.set(messageAuthenticator(response, valueStart, request.authenticator, secret), valueStart);
}
