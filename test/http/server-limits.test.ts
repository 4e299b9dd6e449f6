/** What one peer can make the HTTP server keep: bounded, whether it asks too much, or never reads. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/http/app.ts';
import type { HttpApp } from '../../src/http/http-app.ts';
import { HttpServer, type HttpServerOptions } from '../../src/http/server.ts';
import { createLogger } from '../../src/logger.ts';
import { failOnLeaks } from '../support/leaks.ts';

failOnLeaks();

/** More than the buffers of two sockets hold. */
const LARGE = Buffer.alloc(32 * 1024 * 1024);
const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

let server: HttpServer;
let app: HttpApp;
let asked: number;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

async function start(options: Partial<HttpServerOptions> = {}): Promise<Socket> {
  asked = 0;
  const logger = createLogger('silent');
  app = await buildApp({
    logger,
    version: '1.2.3',
    routes: [
      (root) => {
        root.addHook('onRequest', async () => {
          asked++;
        });
        root.get('/fast', () => ({ ok: true }));
        root.get('/large', (_request, reply) => reply.send(LARGE));
      },
    ],
  });
  server = new HttpServer({ app, listen: { address: '127.0.0.1', port: 0 }, logger, ...options });
  await server.start();
  const socket = connect(server.address?.port ?? 0, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('requests sent before the answers to others', () => {
  it('are answered in their order, sixteen of them', async () => {
    const socket = await start();
    socket.end(request('/fast').repeat(16));
    expect((await text(socket)).match(/\{"ok":true\}/g)).toHaveLength(16);
  });

  it('cut the connection where they are more, and reach no route then', async () => {
    const socket = await start();
    const ended = once(socket, 'close');
    socket.resume().write(request('/fast').repeat(1_000));
    await ended;
    expect(asked).toBeLessThanOrEqual(16);
  });
});

describe('an answer that is not read', () => {
  it('is given up after a while, and its connection with it', async () => {
    const socket = await start({ silenceMs: 100 });
    socket.pause().write(request('/large'));
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    // Where nobody reads, the end of a connection is seen by writing to it.
    const writing = setInterval(() => socket.write('\r\n'), 200);
    await closed;
    clearInterval(writing);
    expect(socket.bytesRead).toBeLessThan(LARGE.length);
  });

  it('is waited for while it is read slowly', async () => {
    const socket = await start({ silenceMs: 300 });
    socket.write(request('/large'));
    let octets = 0;
    socket.on('data', (bytes: Buffer) => {
      octets += bytes.length;
      socket.pause();
      setTimeout(() => socket.resume(), 1);
      if (octets > LARGE.length) socket.end();
    });
    await once(socket, 'close');
    expect(octets).toBeGreaterThan(LARGE.length);
  });
});

describe('the OpenAPI document', () => {
  it.each([
    ['json', 'application/json; charset=utf-8'],
    ['yaml', 'application/x-yaml'],
  ])('is written out once, as %s', async (format, type) => {
    await start();
    const ask = () => app.inject({ url: `/api/docs/${format}` });
    const first = await ask();
    expect(first.statusCode).toBe(200);
    expect(first.headers['content-type']).toBe(type);
    expect(first.body).toContain('1.2.3');
    // Whatever writes it out again would show this.
    app.swagger().info.version = '4.5.6';
    expect((await ask()).body).toBe(first.body);
    expect((await app.inject({ url: `/api/docs/${format}/` })).body).toBe(first.body);
  });
});
