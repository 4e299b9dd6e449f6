/** The RADIUS server: datagrams in, authentic requests out, signed answers back; everything else is discarded with a reason. */
import type { RemoteInfo } from 'node:dgram';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { BoundSocket } from './bound-socket.ts';
import { Code } from './code.ts';
import type { Discard, DiscardReason } from './discard.ts';
import { DuplicateCache } from './duplicate-cache.ts';
import type { ListenAddress } from './listen-address.ts';
import { type Packet, parsePacket } from './packet.ts';
import { encodeResponse } from './response.ts';
import { AcceptedRequest, type AnswerableRequest, duplicateKey } from './server-request.ts';
import { UdpSockets } from './sockets.ts';
import { type KnownNas, verifyRequest } from './verify-request.ts';

export type { Discard, DiscardReason } from './discard.ts';
export { type ListenAddress, parseListenAddress } from './listen-address.ts';
export type { AnswerableRequest, ServerRequest } from './server-request.ts';
export type { KnownNas } from './verify-request.ts';

/** What a port serves. */
export type ServerRole = 'accounting' | 'authentication';

export interface RadiusServerOptions<N extends KnownNas> {
  readonly listen: readonly ListenAddress[];
  /** The receive buffer asked of the system for each socket, in bytes. */
  readonly receiveBufferBytes: number;
  readonly role: ServerRole;
  /** Returns the NAS at a source address, IPv4-mapped and zoned ones as the socket gives them, or undefined. */
  readonly findNas: (address: string) => N | undefined;
  /** Called once for every authentic new request; it must end in acknowledge, reply or abandon. */
  readonly onRequest: (request: AnswerableRequest<N>) => void;
  readonly onDiscard: (discard: Discard<N>) => void;
  /** Called, beside onDiscard, for a source that is no NAS. */
  readonly onUnknownNas: (address: string) => void;
  /** Called for every answer the server gives by itself: a kept reply again, or one to a Status-Server. */
  readonly onReplied?: (nas: N, reply: 'duplicate' | 'status') => void;
  /** Called for every datagram, before anything else. */
  readonly onDatagram?: () => void;
  /** Whether a Status-Server may be answered: whether a record could be made durable, or a login decided, now. */
  readonly isReadyForStatus: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** This machine's addresses, for wildcards; default from the system. */
  readonly localAddresses?: () => readonly string[];
}

const CODES: Record<ServerRole, ReadonlySet<number>> = {
  accounting: new Set([Code.AccountingRequest, Code.StatusServer]),
  authentication: new Set([Code.AccessRequest, Code.StatusServer]),
};

// RFC 5997 §4.2: on the accounting port the answer to a Status-Server is an empty Accounting-Response, and (§4.1) on
// the authentication port an Access-Accept.
const STATUS_ANSWERS: Record<ServerRole, number> = {
  accounting: Code.AccountingResponse,
  authentication: Code.AccessAccept,
};

const NO_ATTRIBUTES = Buffer.alloc(0);
const ERROR_LOG_INTERVAL_MS = 1000;

export class RadiusServer<N extends KnownNas> {
  readonly #options: RadiusServerOptions<N>;
  readonly #sockets: UdpSockets;
  readonly #duplicates = new DuplicateCache();
  readonly #codes: ReadonlySet<number>;
  #isStopping = false;
  #duplicatesAnswered = 0;
  #errorLoggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RadiusServerOptions<N>) {
    this.#options = options;
    this.#codes = CODES[options.role];
    const { listen, receiveBufferBytes, logger } = options;
    this.#sockets = new UdpSockets({
      listen,
      receiveBufferBytes,
      logger,
      onDatagram: (datagram, source, socket) => this.#receive(datagram, source, socket),
      ...(options.localAddresses === undefined ? {} : { localAddresses: options.localAddresses }),
    });
  }

  /** What is listened on, wildcards resolved to local addresses. */
  get addresses(): readonly ListenAddress[] {
    return this.#sockets.addresses;
  }

  /** The smallest effective receive buffer in bytes. */
  get receiveBufferBytes(): number {
    return this.#sockets.receiveBufferBytes;
  }

  /** How many retransmissions were answered with the kept reply. */
  get duplicatesAnswered(): number {
    return this.#duplicatesAnswered;
  }

  /** Opens the sockets. Throws unavailable when a port is taken or an address is not there. */
  async start(): Promise<void> {
    await this.#sockets.open();
  }

  /** Discards whatever comes from now on; requests already taken can still be answered until close. */
  stopReceiving(): void {
    this.#isStopping = true;
  }

  /** Closes the sockets; answers given after that are lost. */
  async close(): Promise<void> {
    this.stopReceiving();
    await this.#sockets.close();
  }

  /** The one catch per datagram: whatever a packet brings about ends here. */
  #receive(datagram: Buffer, source: RemoteInfo, socket: BoundSocket): void {
    const { findNas, onDatagram, onDiscard, onUnknownNas } = this.#options;
    try {
      onDatagram?.();
      const nas = findNas(source.address);
      if (nas === undefined) {
        onUnknownNas(source.address);
        onDiscard({ reason: 'unknown-nas', address: source.address, port: source.port });
        return;
      }
      const reason = this.#accept(datagram, nas, source, socket);
      if (reason !== undefined) onDiscard({ reason, address: source.address, port: source.port, nas });
    } catch (error) {
      this.#logError(error, source);
      onDiscard({ reason: 'internal-error', address: source.address, port: source.port });
    }
  }

  /** Takes an authentic request; returns why it is discarded otherwise. */
  #accept(datagram: Buffer, nas: N, source: RemoteInfo, socket: BoundSocket): DiscardReason | undefined {
    if (this.#isStopping) return 'stopping';
    if (source.port === 0) return 'source-port-zero';
    const parsed = parsePacket(datagram);
    if (!parsed.ok) return parsed.reason;
    const { packet } = parsed;
    if (!this.#codes.has(packet.code)) return 'unknown-code';
    const verified = verifyRequest(packet, nas);
    if (!verified.ok) return verified.reason;
    const { secret } = verified;
    if (packet.code === Code.StatusServer) return this.#answerStatus(packet, { nas, secret, source, socket });

    const arrivedAt = this.#options.clock.now();
    const key = duplicateKey(packet, source);
    const known = this.#duplicates.begin(key, arrivedAt);
    if (known.state === 'in-progress') return 'duplicate-in-progress';
    if (known.state === 'answered') {
      this.#duplicatesAnswered++;
      socket.send(known.reply, source.port, source.address);
      this.#options.onReplied?.(nas, 'duplicate');
      return undefined;
    }
    const duplicates = this.#duplicates;
    const request = new AcceptedRequest({ packet, nas, source, arrivedAt, secret, key, socket, duplicates });
    this.#offer(request);
    return undefined;
  }

  #offer(request: AcceptedRequest<N>): void {
    let isTaken = false;
    try {
      this.#options.onRequest(request);
      isTaken = true;
    } finally {
      if (!isTaken) request.abandon();
    }
  }

  // RFC 5997 §4.2: never from the duplicate cache, so that the answer tells how things are now.
  #answerStatus(
    request: Packet,
    { nas, secret, source, socket }: { nas: N; secret: Buffer; source: RemoteInfo; socket: BoundSocket },
  ): DiscardReason | undefined {
    if (!this.#options.isReadyForStatus()) return 'not-ready';
    const code = STATUS_ANSWERS[this.#options.role];
    const reply = encodeResponse({
      request,
      code,
      attributes: NO_ATTRIBUTES,
      secret,
      messageAuthenticator: true,
    });
    socket.send(reply, source.port, source.address);
    this.#options.onReplied?.(nas, 'status');
    return undefined;
  }

  // At a bounded rate: a packet that finds a fault of ours can be sent again and again.
  #logError(error: unknown, source: RemoteInfo): void {
    const now = this.#options.clock.now();
    if (now - this.#errorLoggedAt < ERROR_LOG_INTERVAL_MS) return;
    this.#errorLoggedAt = now;
    this.#options.logger.error({ err: error, address: source.address, port: source.port }, 'datagram failed');
  }
}
