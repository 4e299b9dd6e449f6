/** The listening socket: who may wait for what, and how it ends. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { get as getTls } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/http/app.ts';
import { HttpServer, type HttpServerOptions } from '../../src/http/server.ts';
import { readTlsFiles } from '../../src/http/tls-files.ts';
import { createLogger } from '../../src/logger.ts';
import { makeCertificate } from '../support/certificates.ts';
import { failOnLeaks } from '../support/leaks.ts';

failOnLeaks();

let server: HttpServer;
let directory: string;
/** Lets the answer to /slow go. */
let release: () => void;
let slowBegan: Promise<void>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'radmeter-http-'));
});
afterEach(async () => {
  release();
  await server.close();
  rmSync(directory, { recursive: true });
});

async function startServer(options: Partial<HttpServerOptions> = {}): Promise<number> {
  const logger = createLogger('silent');
  let begin: () => void = () => undefined;
  slowBegan = new Promise((resolve) => {
    begin = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const app = await buildApp({
    logger,
    routes: [
      (root) => {
        root.get('/fast', () => ({ ok: true }));
        root.get('/slow', async () => {
          begin();
          await released;
          return { ok: true };
        });
      },
    ],
  });
  server = new HttpServer({ app, listen: { address: '127.0.0.1', port: 0 }, logger, ...options });
  await server.start();
  return server.address?.port ?? 0;
}

function answerOf(port: number, path: string, agent?: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, ...(agent === undefined ? {} : { agent }) }, resolve).on(
      'error',
      reject,
    );
  });
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('listening', () => {
  it('serves on IPv6 too', async () => {
    const port = await startServer({ listen: { address: '::1', port: 0 } });
    expect(await (await fetch(`http://[::1]:${port}/fast`)).json()).toEqual({ ok: true });
  });

  it('refuses a port that is taken in one clear sentence', async () => {
    const port = await startServer();
    const app = await buildApp({ routes: [], logger: createLogger('silent') });
    const logger = createLogger('silent');
    const second = new HttpServer({ app, listen: { address: '127.0.0.1', port }, logger });
    await expect(second.start()).rejects.toMatchObject({
      code: 'unavailable',
      message: `TCP 127.0.0.1:${port} is in use by another process; stop that one, or set http-listen to another port or to none.`,
    });
    await second.close();
  });

  it('refuses an address this machine does not have', async () => {
    await startServer();
    const app = await buildApp({ routes: [], logger: createLogger('silent') });
    const listen = { address: '192.0.2.1', port: 0 };
    const elsewhere = new HttpServer({ app, listen, logger: createLogger('silent') });
    await expect(elsewhere.start()).rejects.toThrow(/^TCP 192\.0\.2\.1:0 is no address of this machine; /);
    await elsewhere.close();
  });
});

describe('over TLS', () => {
  it('serves the certificate it was given, and nothing in clear', async () => {
    const { certPath, keyPath, ca } = makeCertificate(directory, 'good');
    const port = await startServer({ tls: readTlsFiles({ cert: certPath, key: keyPath }) });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      getTls({ host: '127.0.0.1', port, path: '/fast', ca, agent: false }, resolve).on('error', reject);
    });
    expect(JSON.parse(await text(answer))).toEqual({ ok: true });
    await expect(answerOf(port, '/fast')).rejects.toThrow();
  });

  it('does not let a peer that never shakes hands hold up the end', async () => {
    const { certPath, keyPath } = makeCertificate(directory, 'good');
    const tls = readTlsFiles({ cert: certPath, key: keyPath });
    const socket = await open(await startServer({ tls, drainMs: 50 }));
    const ended = once(socket, 'close');
    await Promise.all([server.close(), ended]);
  });
});

describe('bytes that are no request', () => {
  it.each([
    ['nonsense\r\n\r\n', 'HTTP/1.1 400 Bad Request', 'The request cannot be read.'],
    [
      `GET /fast HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      'HTTP/1.1 431 Request Header Fields Too Large',
      'The headers are too large.',
    ],
    [
      'POST /fast HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 400 Bad Request',
      'The request cannot be read.',
    ],
    ['GET /fast HTTP/1.1\r\n\r\n', 'HTTP/1.1 400 Bad Request', undefined],
  ])('%.40j are answered and cut', async (bytes, status, detail) => {
    const socket = await open(await startServer());
    socket.write(bytes);
    const answer = await text(socket);
    expect(answer.split('\r\n')[0]).toBe(status);
    if (detail !== undefined) expect(answer.split('\r\n').at(-1)).toBe(JSON.stringify({ detail }));
  });
});

describe('closing', () => {
  it('lets a request under way finish, takes no new connection, and ends kept-alive ones at once', async () => {
    const port = await startServer();
    const agent = new Agent({ keepAlive: true });
    (await answerOf(port, '/fast', agent)).resume();
    const idle = await open(port);
    const idleEnded = once(idle, 'close');
    const slow = answerOf(port, '/slow');
    await slowBegan;

    let isClosed = false;
    const closed = server.close().then(() => {
      isClosed = true;
    });
    await idleEnded;
    await expect(answerOf(port, '/fast')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(isClosed).toBe(false);

    const began = performance.now();
    release();
    expect(await text(await slow)).toBe('{"ok":true}');
    await closed;
    // Sooner than a kept-alive connection would end by itself.
    expect(performance.now() - began).toBeLessThan(3_000);
    agent.destroy();
  });

  it('cuts what has not finished in time', async () => {
    const port = await startServer({ drainMs: 50 });
    const slow = answerOf(port, '/slow').catch((error: unknown) => error);
    const half = await open(port);
    half.write('GET /fast HTTP/1.1\r\nHo');
    await slowBegan;
    await server.close();
    expect(await slow).toMatchObject({ code: 'ECONNRESET' });
    expect(server.address).toBeUndefined();
  });
});

describe('certificate and key', () => {
  it.each([
    [
      'a certificate that is not there',
      'missing.pem',
      'good-key.pem',
      /^http-tls-cert: the file ".*missing\.pem" cannot be read \(ENOENT\)$/,
    ],
    [
      'a key that is not there',
      'good-cert.pem',
      'missing.pem',
      /^http-tls-key: the file ".*missing\.pem" cannot be read \(ENOENT\)$/,
    ],
    [
      'a certificate that is none',
      'text.pem',
      'good-key.pem',
      /^http-tls-cert: expected a certificate in PEM; got ".*text\.pem"/,
    ],
    [
      'a key that is none',
      'good-cert.pem',
      'text.pem',
      /^http-tls-key: expected the private key, .*; got ".*text\.pem"/,
    ],
    [
      'the key of another certificate',
      'good-cert.pem',
      'other-key.pem',
      /^http-tls-key: expected the private key, .*; got ".*other-key\.pem"/,
    ],
  ])('%s is a wrong setting', async (_, cert, key, message) => {
    await startServer();
    makeCertificate(directory, 'good');
    makeCertificate(directory, 'other');
    writeFileSync(join(directory, 'text.pem'), 'no PEM');
    const read = () => readTlsFiles({ cert: join(directory, cert), key: join(directory, key) });
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ name: 'ConfigError' }));
  });
});
