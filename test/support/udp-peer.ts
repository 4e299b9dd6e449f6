/** A plain UDP socket for tests: sends datagrams and waits for what comes back. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface Received {
  readonly bytes: Buffer;
  readonly from: string;
}

export interface UdpPeer {
  readonly port: number;
  /** Sends without waiting for an answer. */
  send(bytes: Buffer, port: number, host?: string): Promise<void>;
  /** Returns the next datagram received, waiting for it. */
  next(): Promise<Received>;
  /** Returns what was received and not yet taken. */
  pending(): number;
  close(): Promise<void>;
}

/** Opens a socket on a free port of the given address. */
export async function openPeer(host = '127.0.0.1'): Promise<UdpPeer> {
  const socket: Socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const received: Received[] = [];
  const waiting: ((datagram: Received) => void)[] = [];
  socket.on('message', (bytes: Buffer, { address }: RemoteInfo) => {
    const take = waiting.shift();
    if (take === undefined) received.push({ bytes, from: address });
    else take({ bytes, from: address });
  });
  socket.bind(0, host);
  await once(socket, 'listening');

  return {
    port: socket.address().port,
    send: (bytes, port, to = host) =>
      new Promise((resolve, reject) => {
        socket.send(bytes, port, to, (error) => (error === null ? resolve() : reject(error)));
      }),
    next: () => {
      const datagram = received.shift();
      return datagram === undefined
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(datagram);
    },
    pending: () => received.length,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
