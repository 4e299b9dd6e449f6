/** An authentic request and its one answer. */
import type { RemoteInfo } from 'node:dgram';
import type { BoundSocket } from './bound-socket.ts';
import type { DuplicateCache } from './duplicate-cache.ts';
import { octetsFrom } from './octets.ts';
import { HEADER_LENGTH, type Packet } from './packet.ts';
import { encodeAccountingResponse, encodeResponse } from './response.ts';

/** An authentic request that waits for its answer. */
export interface ServerRequest<N> {
  readonly packet: Packet;
  readonly nas: N;
  readonly source: { readonly address: string; readonly port: number };
  /** The clock's epoch milliseconds at which the datagram was read. */
  readonly arrivedAt: number;
  /** Sends the Accounting-Response and keeps it for retransmissions. Only the first answer counts, or abandon. */
  acknowledge(): void;
  /** Gives the request up unanswered; a retransmission is then taken as new. */
  abandon(): void;
}

/** A request that can be answered in more than one way. */
export interface AnswerableRequest<N> extends ServerRequest<N> {
  /** The shared secret under which the request is authentic; what it hides is hidden under this one. */
  readonly secret: Buffer;
  /** Sends an answer with encoded attributes, Message-Authenticator first, and keeps it for retransmissions. Throws invalid, and has forgotten the request, where that does not fit into a packet. */
  reply(code: number, attributes: Buffer): void;
}

export interface AcceptedParts<N> {
  readonly packet: Packet;
  readonly nas: N;
  readonly source: RemoteInfo;
  readonly arrivedAt: number;
  readonly secret: Buffer;
  readonly key: string;
  readonly socket: BoundSocket;
  readonly duplicates: DuplicateCache;
}

/** A request the server took; built for every packet, hence a class and no closures. */
export class AcceptedRequest<N> implements AnswerableRequest<N> {
  readonly packet: Packet;
  readonly nas: N;
  readonly source: RemoteInfo;
  readonly arrivedAt: number;
  readonly secret: Buffer;
  #parts: AcceptedParts<N> | undefined;

  constructor(parts: AcceptedParts<N>) {
    this.packet = parts.packet;
    this.nas = parts.nas;
    this.source = parts.source;
    this.arrivedAt = parts.arrivedAt;
    this.secret = parts.secret;
    this.#parts = parts;
  }

  acknowledge(): void {
    const parts = this.#finish();
    if (parts === undefined) return;
    send(parts, encodeAccountingResponse(parts.packet, parts.secret));
  }

  reply(code: number, attributes: Buffer): void {
    const parts = this.#finish();
    if (parts === undefined) return;
    const { packet: request, secret } = parts;
    try {
      // CVE-2024-3596: first, so that nothing an attacker chooses stands before it.
      send(parts, encodeResponse({ request, code, attributes, secret, messageAuthenticator: true }));
    } catch (error) {
      parts.duplicates.forget(parts.key);
      throw error;
    }
  }

  abandon(): void {
    const parts = this.#finish();
    parts?.duplicates.forget(parts.key);
  }

  #finish(): AcceptedParts<N> | undefined {
    const parts = this.#parts;
    this.#parts = undefined;
    return parts;
  }
}

function send<N>({ duplicates, key, socket, source }: AcceptedParts<N>, reply: Buffer): void {
  duplicates.answered(key, reply);
  socket.send(reply, source.port, source.address);
}

/** Returns what makes two datagrams the same request: source address and port, code, Identifier, Request Authenticator (RFC 5080 §2.2.2). */
export function duplicateKey(packet: Packet, source: RemoteInfo): string {
  // With Length between them the header is one copy instead of two; equal requests have equal lengths.
  return `${source.address} ${source.port} ${octetsFrom(packet.bytes, 0, HEADER_LENGTH)}`;
}
