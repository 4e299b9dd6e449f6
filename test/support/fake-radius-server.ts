/** A small real RADIUS server whose answers a test decides. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

export interface ReceivedRequest {
  readonly bytes: Buffer;
  readonly from: RemoteInfo;
  reply(bytes: Buffer): void;
}

export interface FakeRadiusServer {
  readonly port: number;
  /** Everything received so far. */
  readonly received: readonly ReceivedRequest[];
  close(): Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1, or another address; `onRequest` is given every datagram. */
export async function startFakeRadiusServer(
  onRequest: (request: ReceivedRequest) => void,
  address = '127.0.0.1',
): Promise<FakeRadiusServer> {
  const received: ReceivedRequest[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    const request = { bytes, from, reply: (answer: Buffer) => socket.send(answer, from.port, from.address) };
    received.push(request);
    onRequest(request);
  });
  socket.bind(0, address);
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    received,
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
}
