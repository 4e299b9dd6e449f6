/** A real RADIUS server on a free loopback port, with one NAS per address and everything it reports kept. */
import { type Logger, pino } from 'pino';
import { Code } from '../../src/radius/code.ts';
import {
  type AnswerableRequest,
  type Discard,
  type KnownNas,
  RadiusServer,
  type RadiusServerOptions,
  type ServerRole,
} from '../../src/radius/server.ts';
import { signedRequest, TEST_SECRET } from './packet-builder.ts';
import { openPeer, type Received, type UdpPeer } from './udp-peer.ts';

// A second NAS whose answers show that everything sent before has been read; its requests are not reported.
const SETTLING_ADDRESS = '127.0.0.9';
const SETTLING_SECRET = 'settle';

export interface ServerHarness {
  readonly server: RadiusServer<KnownNas>;
  readonly port: number;
  /** A socket on the NAS's address, 127.0.0.1. */
  readonly nas: UdpPeer;
  readonly requests: AnswerableRequest<KnownNas>[];
  readonly discards: Discard<KnownNas>[];
  readonly unknown: string[];
  readonly errors: string[];
  /** Settings the tests turn while it runs. */
  readonly state: {
    isReady: boolean;
    now: number;
    onRequest: (request: AnswerableRequest<KnownNas>) => void;
  };
  /** Sends from the NAS and waits for the answer. */
  ask(bytes: Buffer, host?: string): Promise<Received>;
  /** Sends, and waits until the server has dealt with it: until a request of another NAS sent after it is answered. */
  sendAndSettle(bytes: Buffer, from?: UdpPeer): Promise<void>;
  close(): Promise<void>;
}

export interface ServerHarnessOptions {
  readonly secrets?: readonly string[];
  readonly role?: ServerRole;
  readonly requireMessageAuthenticator?: boolean;
  readonly listen?: RadiusServerOptions<KnownNas>['listen'];
  readonly localAddresses?: () => readonly string[];
}

/** Starts the server; it acknowledges every request at once unless state.onRequest is changed. */
export async function startServer(options: ServerHarnessOptions = {}): Promise<ServerHarness> {
  const requests: AnswerableRequest<KnownNas>[] = [];
  const discards: Discard<KnownNas>[] = [];
  const unknown: string[] = [];
  const errors: string[] = [];
  const known: KnownNas = {
    name: 'loopback',
    secrets: (options.secrets ?? [TEST_SECRET]).map((secret) => Buffer.from(secret)),
    requireMessageAuthenticator: options.requireMessageAuthenticator ?? true,
  };
  const settling: KnownNas = {
    name: 'settling',
    secrets: [Buffer.from(SETTLING_SECRET)],
  };
  const role = options.role ?? 'accounting';
  const state: ServerHarness['state'] = {
    isReady: true,
    now: 1_000_000,
    onRequest: (request) => request.acknowledge(),
  };
  const logger: Logger = pino({ level: 'error' }, { write: (line: string) => errors.push(line) });
  const server = new RadiusServer<KnownNas>({
    listen: options.listen ?? [{ host: '127.0.0.1', port: 0 }],
    receiveBufferBytes: 4_194_304,
    role,
    findNas: (address) => ({ '127.0.0.1': known, [SETTLING_ADDRESS]: settling })[address],
    onRequest: (request) => {
      if (request.nas === settling) return SETTLING_ANSWERS[role](request);
      requests.push(request);
      state.onRequest(request);
    },
    onDiscard: (discard) => discards.push(discard),
    onUnknownNas: (address) => unknown.push(address),
    isReadyForStatus: () => state.isReady,
    clock: { now: () => state.now },
    logger,
    ...(options.localAddresses === undefined ? {} : { localAddresses: options.localAddresses }),
  });
  await server.start();
  const nas = await openPeer('127.0.0.1');
  const settler = await openPeer(SETTLING_ADDRESS);
  const port = server.addresses[0]?.port ?? 0;
  let settled = 0;

  return {
    server,
    port,
    nas,
    requests,
    discards,
    unknown,
    errors,
    state,
    ask: async (bytes, host = '127.0.0.1') => {
      await nas.send(bytes, port, host);
      return nas.next();
    },
    sendAndSettle: async (bytes, from = nas) => {
      await from.send(bytes, port, '127.0.0.1');
      settled++;
      await settler.send(settlingRequest(role, settled), port, '127.0.0.1');
      await settler.next();
    },
    close: async () => {
      await Promise.all([server.close(), nas.close(), settler.close()]);
    },
  };
}

const SETTLING_ANSWERS: Record<ServerRole, (request: AnswerableRequest<KnownNas>) => void> = {
  accounting: (request) => request.acknowledge(),
  authentication: (request) => request.reply(Code.AccessReject, Buffer.alloc(0)),
};

function settlingRequest(role: ServerRole, count: number): Buffer {
  const request = { secret: SETTLING_SECRET, attributes: [[44, `settle-${count}`]] } as const;
  return role === 'accounting'
    ? signedRequest(request)
    : signedRequest({ ...request, code: 1, hasRandomAuthenticator: true, messageAuthenticator: 'valid' });
}
