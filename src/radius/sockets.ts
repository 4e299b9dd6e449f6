/** The UDP sockets of a server: one per local address, following the addresses as they come and go. */
import type { RemoteInfo } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { type BindResult, type BoundSocket, bindSocket } from './bound-socket.ts';
import { formatListenAddress, isWildcard, type ListenAddress, localAddresses } from './listen-address.ts';

export interface UdpSocketsOptions {
  readonly listen: readonly ListenAddress[];
  /** Asked of the system for each socket, in bytes. */
  readonly receiveBufferBytes: number;
  readonly logger: Logger;
  readonly onDatagram: (datagram: Buffer, source: RemoteInfo, socket: BoundSocket) => void;
  /** This machine's addresses; default from the system. */
  readonly localAddresses?: () => readonly string[];
  /** How often they are read again, in milliseconds; default 30,000. */
  readonly rescanMs?: number;
}

interface Endpoint {
  readonly listen: ListenAddress;
  /** The port once chosen; differs from listen's only where that is 0. */
  port: number;
  readonly sockets: Map<string, BoundSocket>;
}

// How often another port is tried where the system's choice for one address is taken on another.
const PORT_ATTEMPTS = 20;

// A local address that is just coming or going: an IPv6 address still being checked for duplicates, an interface
// removed since it was listed, a machine without IPv6.
const NOT_THERE_CODES: ReadonlySet<string | undefined> = new Set([
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EINVAL',
  'ENODEV',
]);

/**
 * Node cannot see the address a datagram was sent to (no IP_PKTINFO), so a wildcard opens one socket per local
 * address and a reply leaves through the socket its request came on.
 */
export class UdpSockets {
  readonly #options: UdpSocketsOptions;
  readonly #endpoints: readonly Endpoint[];
  #timer: NodeJS.Timeout | undefined;
  #scan: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: UdpSocketsOptions) {
    this.#options = options;
    this.#endpoints = options.listen.map((listen) => ({ listen, port: listen.port, sockets: new Map() }));
  }

  /** What is listened on, wildcards resolved. */
  get addresses(): readonly ListenAddress[] {
    return this.#sockets.map(({ address }) => address);
  }

  /** The smallest receive buffer among the sockets in bytes; 0 before open. */
  get receiveBufferBytes(): number {
    if (this.#sockets.length === 0) return 0;
    return Math.min(...this.#sockets.map((socket) => socket.receiveBufferBytes));
  }

  get #sockets(): readonly BoundSocket[] {
    return this.#endpoints.flatMap(({ sockets }) => [...sockets.values()]);
  }

  /** Opens every socket. Throws unavailable, leaving none open, when a port is taken or an address is not there. */
  async open(): Promise<void> {
    for (const endpoint of this.#endpoints) {
      const refused = await this.#openEndpoint(endpoint);
      if (refused === undefined) continue;
      await this.close();
      throw refused;
    }
    if (this.#sockets.length === 0) {
      const listen = this.#options.listen.map(formatListenAddress).join(' or ');
      throw new AppError('unavailable', `No local address to listen on for UDP ${listen}.`);
    }
    this.#warnOfSmallBuffer();
    this.#timer = setInterval(() => void this.rescan(), this.#options.rescanMs ?? 30_000);
    this.#timer.unref();
  }

  /** Opens sockets for addresses that have come and closes those of addresses that are gone. */
  rescan(): Promise<void> {
    this.#scan = this.#scan.then(() => this.#rescanNow());
    return this.#scan;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#scan;
    await Promise.all(this.#sockets.map((socket) => socket.close()));
    for (const { sockets } of this.#endpoints) sockets.clear();
  }

  async #openEndpoint(endpoint: Endpoint): Promise<AppError | undefined> {
    for (let attempt = 1; ; attempt++) {
      const refused = await this.#openMissing(endpoint);
      if (refused === undefined) break;
      const isFreeToChoose = endpoint.listen.port === 0 && refused.code === 'EADDRINUSE';
      if (!isFreeToChoose || attempt === PORT_ATTEMPTS) return refusal(endpoint.listen, refused);
      await Promise.all([...endpoint.sockets.values()].map((socket) => socket.close()));
      endpoint.sockets.clear();
      endpoint.port = 0;
    }
    if (endpoint.sockets.size === 0) {
      const listen = formatListenAddress(endpoint.listen);
      this.#options.logger.warn({ listen }, 'no local address of this family; listening once there is one');
    }
    return undefined;
  }

  /** Opens the endpoint's sockets that are not open; returns what refused the first of them. */
  async #openMissing(endpoint: Endpoint): Promise<NodeJS.ErrnoException | undefined> {
    for (const host of this.#hostsOf(endpoint)) {
      if (endpoint.sockets.has(host)) continue;
      const bound = await this.#bind(endpoint, host);
      if (bound.ok) {
        endpoint.sockets.set(host, bound.socket);
        endpoint.port = bound.socket.address.port;
        continue;
      }
      if (!isWildcard(endpoint.listen) || !NOT_THERE_CODES.has(bound.error.code)) return bound.error;
      this.#options.logger.debug(
        { err: bound.error, host },
        'local address not there; tried again with the next scan',
      );
    }
    return undefined;
  }

  #bind(endpoint: Endpoint, host: string): Promise<BindResult> {
    const { receiveBufferBytes, logger, onDatagram } = this.#options;
    // A socket that fails is opened again by the next scan.
    const onFailure = () => endpoint.sockets.delete(host);
    return bindSocket({ host, port: endpoint.port, receiveBufferBytes, logger, onDatagram, onFailure });
  }

  #hostsOf({ listen }: Endpoint): readonly string[] {
    if (!isWildcard(listen)) return [listen.host];
    const isOfFamily = (address: string) => isIPv6(address) === isIPv6(listen.host);
    return [...new Set((this.#options.localAddresses ?? localAddresses)().filter(isOfFamily))];
  }

  async #rescanNow(): Promise<void> {
    if (this.#isClosed) return;
    for (const endpoint of this.#endpoints) {
      const hosts = new Set(this.#hostsOf(endpoint));
      for (const [host, socket] of endpoint.sockets) {
        if (hosts.has(host)) continue;
        endpoint.sockets.delete(host);
        await socket.close();
      }
      const refused = await this.#openMissing(endpoint);
      if (refused !== undefined)
        this.#options.logger.warn({ err: refused }, 'new local address not listened on');
    }
  }

  #warnOfSmallBuffer(): void {
    const asked = this.#options.receiveBufferBytes;
    const effective = this.receiveBufferBytes;
    if (effective >= asked) return;
    this.#options.logger.warn(
      { receiveBufferBytes: effective, asked },
      `the receive buffer is smaller than asked for; raise it with: sysctl -w net.core.rmem_max=${asked}`,
    );
  }
}

function refusal(listen: ListenAddress, cause: NodeJS.ErrnoException): AppError {
  const where = `UDP ${formatListenAddress(listen)}`;
  const why = new Map([
    ['EADDRINUSE', 'is in use by another process; stop that one or listen on another port'],
    ['EACCES', 'may not be opened by this user; ports below 1024 need a privilege'],
    ['EADDRNOTAVAIL', 'cannot be opened: no interface of this machine has that address'],
    ['EAFNOSUPPORT', 'cannot be opened: this machine has no IPv6'],
  ]).get(cause.code ?? '');
  return new AppError('unavailable', `${where} ${why ?? `cannot be opened (${cause.message})`}.`, { cause });
}
