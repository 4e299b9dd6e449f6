/** An authentic request and its one answer. */
import type { RemoteInfo } from 'node:dgram';
import type { BoundSocket } from './bound-socket.ts';
import type { DuplicateCache } from './duplicate-cache.ts';
import { octetsFrom } from './octets.ts';
import { HEADER_LENGTH, type Packet } from './packet.ts';
import { encodeAccountingResponse } from './response.ts';

/** An authentic request that waits for its answer. */
export interface ServerRequest<N> {
  readonly packet: Packet;
  readonly nas: N;
  readonly source: { readonly address: string; readonly port: number };
  /** The clock's epoch milliseconds at which the datagram was read. */
  readonly arrivedAt: number;
  /** Sends the signed answer and keeps it for retransmissions. Only the first of acknowledge and abandon counts. */
  acknowledge(): void;
  /** Gives the request up unanswered; a retransmission is then taken as new. */
  abandon(): void;
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
export class AcceptedRequest<N> implements ServerRequest<N> {
  readonly packet: Packet;
  readonly nas: N;
  readonly source: RemoteInfo;
  readonly arrivedAt: number;
  #parts: AcceptedParts<N> | undefined;

  constructor(parts: AcceptedParts<N>) {
    this.packet = parts.packet;
    this.nas = parts.nas;
    this.source = parts.source;
    this.arrivedAt = parts.arrivedAt;
    this.#parts = parts;
  }

  acknowledge(): void {
    const parts = this.#finish();
    if (parts === undefined) return;
    const reply = encodeAccountingResponse(parts.packet, parts.secret);
    parts.duplicates.answered(parts.key, reply);
    parts.socket.send(reply, parts.source.port, parts.source.address);
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

/** Returns what makes two datagrams the same request: source address and port, code, Identifier, Request Authenticator (RFC 5080 §2.2.2). */
export function duplicateKey(packet: Packet, source: RemoteInfo): string {
  // With Length between them the header is one copy instead of two; equal requests have equal lengths.
  return `${source.address} ${source.port} ${octetsFrom(packet.bytes, 0, HEADER_LENGTH)}`;
}
