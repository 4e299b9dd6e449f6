/** The daemon's end of `radmeter trace`: a unix socket in the state directory, for its owner alone. */
import { unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Logger } from '../logger.ts';
import { makeDirectory } from '../make-directory.ts';
import type { TraceHub } from './trace-hub.ts';
import { decodeRequest, isTooLongForSocket, REQUEST_BYTES_MAX, traceSocketPath } from './trace-socket.ts';

export interface TraceServerOptions {
  readonly stateDir: string;
  readonly hub: TraceHub;
  readonly logger: Logger;
}

const WATCHERS_MAX = 16;
/** What a person sees as "for me alone": the packets name users and what they do. */
const UMASK_OWNER_ONLY = 0o177;

export class TraceServer {
  readonly #options: TraceServerOptions;
  readonly #path: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(options: TraceServerOptions) {
    this.#options = options;
    this.#path = traceSocketPath(options.stateDir);
  }

  /** Listens. Where it cannot, it says so in the log: a daemon that cannot be watched still measures. */
  async start(): Promise<void> {
    try {
      await this.#listen();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.warn({ path: this.#path }, `\`radmeter trace\` will not work: ${reason}`);
    }
  }

  /** Ends every watch and removes the socket. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  async #listen(): Promise<void> {
    if (isTooLongForSocket(this.#path))
      throw new Error('the path of its socket is too long; shorten state-dir');
    makeDirectory(dirname(this.#path));
    try {
      this.#server = await this.#bind();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
      if (await isAnswered(this.#path)) throw new Error('another daemon runs with this state-dir');
      // Nobody listens: a daemon that was killed left it.
      unlinkSync(this.#path);
      this.#server = await this.#bind();
    }
  }

  #bind(): Promise<Server> {
    const server = createServer((socket) => this.#welcome(socket));
    server.maxConnections = WATCHERS_MAX;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.once('listening', () => resolve(server));
      // The file is made within listen(), so that it is never anybody else's to open.
      const umask = process.umask(UMASK_OWNER_ONLY);
      try {
        server.listen(this.#path);
      } finally {
        process.umask(umask);
      }
    });
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A watcher that is gone is no fault; `close` follows.
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8');
    let request = '';
    const read = (text: string) => {
      request += text;
      const end = request.indexOf('\n');
      if (end < 0 && request.length <= REQUEST_BYTES_MAX) return;
      socket.off('data', read);
      this.#watch(socket, request.slice(0, Math.max(0, end)));
    };
    socket.on('data', read);
  }

  #watch(socket: Socket, request: string): void {
    const subject = decodeRequest(request);
    if (subject === undefined) {
      socket.destroy();
      return;
    }
    const watch = this.#options.hub.watch(subject, {
      get bufferedBytes() {
        return socket.writableLength;
      },
      write: (line) => void socket.write(line),
    });
    socket.on('drain', () => watch.drained());
    socket.on('close', () => watch.end());
    // Whatever else it sends is read and forgotten, or its end would not be seen.
    socket.resume();
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (isAlive: boolean) => {
      socket.destroy();
      resolve(isAlive);
    };
    socket.once('connect', () => answer(true));
    // Only a refusal says that nobody is there; a full backlog, say, does not.
    socket.once('error', (error: NodeJS.ErrnoException) => answer(error.code !== 'ECONNREFUSED'));
  });
}
