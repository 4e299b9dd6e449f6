/** The HTTP server: one listening socket, plain or TLS, with a limit on everything a peer can make it wait for. */
import { once } from 'node:events';
import {
  createServer as createPlainServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { isIPv6, type Socket } from 'node:net';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { HttpApp } from './http-app.ts';
import type { TlsFiles } from './tls-files.ts';

export interface HttpServerOptions {
  readonly app: HttpApp;
  /** A literal address; port 0 lets the system choose. */
  readonly listen: { readonly address: string; readonly port: number };
  /** The contents of certificate and key; without them it speaks plain HTTP. */
  readonly tls?: TlsFiles | undefined;
  readonly logger: Logger;
  /** How long requests under way may take when it closes, in milliseconds. */
  readonly drainMs?: number;
  /** How long nothing may go over a connection while an answer is due or not read, in milliseconds. */
  readonly silenceMs?: number;
}

const CONNECTIONS_MAX = 512;
/** Requests under way on one connection (RFC 9112 §9.3.2 lets a client pipeline): nobody who reads the answers has more. */
const REQUESTS_MAX = 16;
/** Longer than an answer may take, so that a late one is still a 503. */
const SILENCE_MS = 40_000;
const DRAIN_MS = 5_000;
const LIMITS = {
  // How often the two below are looked at.
  connectionsCheckingInterval: 2_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  maxHeaderSize: 16 * 1024,
  // The application refuses it in the shape that clients know.
  requireHostHeader: false,
};
const TLS_LIMITS = { ...LIMITS, handshakeTimeout: 10_000 };

/** Serves one application. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: Server;
  /** Every connection, by its peer. */
  readonly #connections = new Map<string, Connection>();
  #isClosing = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    const { app, tls, silenceMs = SILENCE_MS } = options;
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      if (this.#admit(request, response)) app.routing(request, response);
    };
    this.#server =
      tls === undefined
        ? createPlainServer(LIMITS, listener)
        : createTlsServer({ ...TLS_LIMITS, cert: tls.cert, key: tls.key }, listener);
    this.#server.maxConnections = CONNECTIONS_MAX;
    // Node sees that a slow peer still reads; one that does not is cut.
    this.#server.timeout = silenceMs;
    this.#watchConnections();
    this.#server.on('clientError', (error, socket) => refuseUnreadable(error, socket));
  }

  /** Where it listens; undefined before start and after close. */
  get address(): { readonly address: string; readonly port: number } | undefined {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') return undefined;
    return { address: address.address, port: address.port };
  }

  /** Listens. Throws AppError `unavailable` when the port is taken or the address is not there. */
  async start(): Promise<void> {
    const { listen, logger } = this.#options;
    this.#server.listen({ host: listen.address, port: listen.port, ipv6Only: isIPv6(listen.address) });
    try {
      await once(this.#server, 'listening');
    } catch (error) {
      throw new AppError('unavailable', cannotListen(error, listen), { cause: error });
    }
    this.#server.on('error', (error) => logger.warn({ err: error }, 'HTTP server failed'));
  }

  /** Takes no more connections, ends those that ask for nothing, lets requests under way finish, and cuts those that do not. */
  async close(): Promise<void> {
    const { app, drainMs = DRAIN_MS } = this.#options;
    this.#isClosing = true;
    if (this.#server.listening) {
      const closed = once(this.#server, 'close');
      this.#server.close();
      for (const { socket, requests } of this.#connections.values()) if (requests === 0) socket.destroy();
      const timer = setTimeout(() => this.#cutConnections(), drainMs);
      await closed;
      clearTimeout(timer);
    }
    await app.close();
  }

  /** Node ends idle connections itself, but not those that have said nothing yet or are still shaking hands. */
  #watchConnections(): void {
    this.#server.on('connection', (socket: Socket) => {
      const peer = peerOf(socket);
      const connection = { socket, requests: 0 };
      this.#connections.set(peer, connection);
      socket.once('close', () => {
        if (this.#connections.get(peer) === connection) this.#connections.delete(peer);
      });
    });
  }

  /** Counts a request as under way; returns false for one too many, or behind one, and cuts its connection. */
  #admit({ socket }: IncomingMessage, response: ServerResponse): boolean {
    const connection = this.#connections.get(peerOf(socket));
    // What was read before a connection was cut is parsed all the same.
    if (connection === undefined || connection.socket.destroyed) return false;
    if (connection.requests >= REQUESTS_MAX) {
      connection.socket.destroy();
      return false;
    }
    connection.requests++;
    response.once('close', () => {
      connection.requests--;
      if (this.#isClosing && connection.requests === 0) socket.end();
    });
    return true;
  }

  #cutConnections(): void {
    for (const { socket } of this.#connections.values()) socket.destroy();
  }
}

/** What has come over a TCP connection; pipelined, several requests may be under way. */
interface Connection {
  readonly socket: Socket;
  requests: number;
}

/** The same for a connection and for the TLS within it. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function cannotListen(error: unknown, { address, port }: HttpServerOptions['listen']): string {
  const at = `TCP ${address.includes(':') ? `[${address}]` : address}:${port}`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'is in use by another process; stop that one, or set http-listen to another port or to none',
    EADDRNOTAVAIL: 'is no address of this machine; set http-listen to one that is, or to none',
    EACCES: 'may not be listened on by this user; ports below 1024 need a privilege',
  };
  return `${at} ${reasons[code] ?? `cannot be listened on: ${error instanceof Error ? error.message : error}`}.`;
}

/** Bytes that are no HTTP request, or too many or too slow: answered where the peer still listens, never logged. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket | NodeJS.WritableStream): void {
  if (!('destroy' in socket) || typeof socket.destroy !== 'function') return;
  if (socket.writable) {
    const [status, detail] = REFUSALS[error.code ?? ''] ?? ['400 Bad Request', 'The request cannot be read.'];
    const body = JSON.stringify({ detail });
    const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
    socket.write(head + body);
  }
  socket.destroy();
}

const REFUSALS: Readonly<Record<string, readonly [status: string, detail: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long.'],
};
