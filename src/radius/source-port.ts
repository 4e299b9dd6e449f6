/** One UDP source port towards one server, and the 256 Identifiers that can be outstanding on it. */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

export interface ServerAddress {
  readonly address: string;
  readonly port: number;
}

export interface SourcePortEvents {
  onDatagram(port: SourcePort, bytes: Buffer): void;
  /** The system refused to send or reports an unreachable server; retransmission goes on regardless. */
  onError(error: Error): void;
}

interface Resting {
  readonly identifier: number;
  readonly reusableAt: number;
}

const IDENTIFIER_COUNT = 256;
const RECEIVE_BUFFER_BYTES = 1 << 20;

export class SourcePort {
  readonly #server: ServerAddress;
  readonly #events: SourcePortEvents;
  readonly #socket: Socket;
  /** Identifiers nobody uses, the one that has rested longest first. */
  readonly #resting: Resting[];

  constructor(server: ServerAddress, events: SourcePortEvents) {
    this.#server = server;
    this.#events = events;
    this.#resting = Array.from({ length: IDENTIFIER_COUNT }, (_, identifier) => ({
      identifier,
      reusableAt: 0,
    }));
    const type = isIPv6(server.address) ? 'udp6' : 'udp4';
    this.#socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER_BYTES });
  }

  /** Opens the port; rejects with the system's error. The socket is connected, so that the kernel itself discards what comes from anywhere else. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      // Node gives a failed connect to the callback, a failed bind to the event.
      this.#socket.once('error', reject);
      this.#socket.connect(this.#server.port, this.#server.address, (error?: Error) => {
        this.#socket.off('error', reject);
        if (error) {
          reject(error);
          return;
        }
        this.#socket.on('error', (error) => this.#events.onError(error));
        this.#socket.on('message', (bytes) => this.#events.onDatagram(this, bytes));
        resolve();
      });
    });
  }

  send(bytes: Buffer): void {
    this.#socket.send(bytes, (error) => {
      if (error) this.#events.onError(error);
    });
  }

  /** Returns an Identifier that has rested long enough, or nothing. */
  takeIdentifier(now: number): number | undefined {
    const first = this.#resting[0];
    if (first === undefined || first.reusableAt > now) return undefined;
    this.#resting.shift();
    return first.identifier;
  }

  /** Gives an Identifier back, to be taken again from an instant on. */
  releaseIdentifier(identifier: number, reusableAt: number): void {
    this.#resting.push({ identifier, reusableAt });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(resolve));
  }
}
