/** One UDP socket bound to one local address, so that a reply leaves from the address that was asked. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Logger } from '../logger.ts';
import type { ListenAddress } from './listen-address.ts';

export interface BindOptions {
  readonly host: string;
  readonly port: number;
  /** Asked of the system in bytes; what it gave is in receiveBufferBytes. */
  readonly receiveBufferBytes: number;
  readonly logger: Logger;
  readonly onDatagram: (datagram: Buffer, source: RemoteInfo, socket: BoundSocket) => void;
  /** Called once when the socket fails after it was bound; it is closed by then. */
  readonly onFailure: (socket: BoundSocket) => void;
}

export type BindResult =
  | { readonly ok: true; readonly socket: BoundSocket }
  | { readonly ok: false; readonly error: NodeJS.ErrnoException };

export class BoundSocket {
  readonly address: ListenAddress;
  /** The receive buffer in bytes of payload and overhead, without Linux's doubling. */
  readonly receiveBufferBytes: number;
  readonly #socket: Socket;
  readonly #logger: Logger;
  #isOpen = true;

  constructor(socket: Socket, address: ListenAddress, options: BindOptions) {
    this.#socket = socket;
    this.#logger = options.logger;
    this.address = address;
    this.receiveBufferBytes = askForReceiveBuffer(socket, options.receiveBufferBytes);
    socket.on('message', (datagram, source) => options.onDatagram(datagram, source, this));
    socket.on('error', (error) => {
      this.#logger.warn({ err: error, host: address.host, port: address.port }, 'UDP socket failed');
      void this.close().then(() => options.onFailure(this));
    });
  }

  /** Sends one datagram; to a socket closed meanwhile it is lost, as on any network. */
  send(bytes: Buffer, port: number, address: string): void {
    if (this.#isOpen) this.#socket.send(bytes, port, address, this.#afterSend);
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }

  readonly #afterSend = (error: Error | null): void => {
    if (error !== null) this.#logger.debug({ err: error }, 'UDP reply not sent');
  };
}

/** Binds a socket; what the system refuses comes back as a value. IPv6 sockets take IPv6 only. */
export async function bindSocket(options: BindOptions): Promise<BindResult> {
  const { host, port } = options;
  const family = isIPv6(host) ? 6 : 4;
  const socket = createSocket({
    type: `udp${family}`,
    ipv6Only: family === 6,
    // Every address here is literal; without this each reply would go through the resolver and a turn of the loop.
    lookup: (address, _options, callback) => callback(null, address, family),
  });
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    socket.once('error', resolve);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.removeListener('error', resolve);
      resolve(undefined);
    });
  });
  if (error !== undefined) {
    socket.close();
    return { ok: false, error };
  }
  const address = { host, port: socket.address().port };
  return { ok: true, socket: new BoundSocket(socket, address, options) };
}

function askForReceiveBuffer(socket: Socket, bytes: number): number {
  try {
    socket.setRecvBufferSize(bytes);
  } catch {
    // The BSDs refuse a size above their limit where Linux cuts it; either way what counts is read back.
  }
  // socket(7): Linux doubles what is asked for and returns the doubled value.
  return process.platform === 'linux' ? socket.getRecvBufferSize() / 2 : socket.getRecvBufferSize();
}
