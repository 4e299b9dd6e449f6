/** A network path between NASes and a daemon that loses, doubles, delays and reorders packets, in both directions. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Random, seededRandom } from '../../src/simulate/random.ts';

export interface RelayOptions {
  readonly seed: number;
  readonly toPort: number;
  /** Shares of packets, 0 to 1. */
  readonly lost: number;
  readonly doubled: number;
  readonly delayed: number;
  /** The longest delay; packets sent later overtake. */
  readonly delayMaxMs: number;
}

export interface RelayCounts {
  passed: number;
  lost: number;
  doubled: number;
  delayed: number;
}

/** Works until `close`. */
export class UdpRelay {
  readonly counts: RelayCounts = { passed: 0, lost: 0, doubled: 0, delayed: 0 };
  readonly #options: RelayOptions;
  readonly #random: Random;
  readonly #front: Socket;
  /** One socket towards the daemon for each source, as a NAT has one mapping. */
  readonly #mappings = new Map<string, Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isClosed = false;

  private constructor(options: RelayOptions, front: Socket) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#front = front;
    front.on('message', (bytes: Buffer, from: RemoteInfo) => {
      const mapping = this.#mappingOf(from);
      this.#pass(() => mapping.send(bytes, options.toPort, '127.0.0.1', ignore));
    });
    front.on('error', ignore);
  }

  /** Opens a relay on a free port. */
  static async open(options: RelayOptions): Promise<UdpRelay> {
    const front = createSocket('udp4').bind(0, '127.0.0.1');
    await once(front, 'listening');
    return new UdpRelay(options, front);
  }

  /** Where NASes send. */
  get port(): number {
    return this.#front.address().port;
  }

  /** Loses what is still on its way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const sockets = [this.#front, ...this.#mappings.values()];
    await Promise.all(
      sockets.map((socket) => {
        socket.close();
        return once(socket, 'close');
      }),
    );
  }

  #mappingOf({ address, port }: RemoteInfo): Socket {
    const key = `${address} ${port}`;
    const known = this.#mappings.get(key);
    if (known !== undefined) return known;
    const mapping = createSocket({ type: 'udp4', reuseAddr: true });
    mapping.bind(0, address);
    mapping.on('error', ignore);
    mapping.on('message', (bytes: Buffer) => {
      this.#pass(() => this.#front.send(bytes, port, address, ignore));
    });
    this.#mappings.set(key, mapping);
    return mapping;
  }

  #pass(send: () => void): void {
    if (this.#random() < this.#options.lost) {
      this.counts.lost++;
      return;
    }
    this.#deliver(send);
    if (this.#random() >= this.#options.doubled) return;
    this.counts.doubled++;
    this.#deliver(send);
  }

  #deliver(send: () => void): void {
    this.counts.passed++;
    if (this.#random() >= this.#options.delayed) {
      send();
      return;
    }
    this.counts.delayed++;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#isClosed) send();
    }, this.#random() * this.#options.delayMaxMs);
    this.#timers.add(timer);
  }
}

function ignore(): void {
  // What a socket cannot send is a packet that got lost.
}
