/** Where HTTP may listen: on this machine alone, as nobody is asked for a credential. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';

const load = (flags: Readonly<Record<string, string>>) => loadConfig({ flags, environment: {} }).config;

describe('http-listen', () => {
  it.each([
    ['127.0.0.1:8080', { address: '127.0.0.1', port: 8080 }],
    ['127.9.9.9:1', { address: '127.9.9.9', port: 1 }],
    ['[::1]:0', { address: '::1', port: 0 }],
    ['', null],
    ['none', null],
  ])('%j is accepted', (value, listen) => {
    expect(load({ 'http-listen': value }).httpListen).toEqual(listen);
  });

  it('is 127.0.0.1:8080 by itself', () => {
    expect(load({}).httpListen).toEqual({ address: '127.0.0.1', port: 8080 });
  });

  it.each([
    '0.0.0.0:8080',
    '[::]:8080',
    '192.0.2.1:8080',
    '[2001:db8::1]:8080',
    '128.0.0.1:80',
    '[::ffff:192.0.2.1]:80',
  ])('%s, beyond this machine, is refused', (value) => {
    expect(() => load({ 'http-listen': value })).toThrow(
      `http-listen (--http-listen): expected a loopback address such as 127.0.0.1 or [::1], as whoever reaches it may read /metrics; let a reverse proxy ask others for a credential; got ${JSON.stringify(value)}`,
    );
  });

  it.each([
    '8080',
    'localhost:8080',
    '127.0.0.1',
    '127.0.0.1:65536',
    '::1:8080',
    '127.0.0.1:8080,[::1]:8080',
  ])('%s, no address with a port, is refused', (value) => {
    expect(() => load({ 'http-listen': value })).toThrow(
      'http-listen (--http-listen): expected ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, or none',
    );
  });
});

it.each([
  ['http-tls-cert', 'http-tls-key'],
  ['http-tls-key', 'http-tls-cert'],
])('%s without %s is refused', (given, missing) => {
  expect(() => load({ [given]: '/x.pem' })).toThrow(
    `${given} (--${given}): ${missing} is missing; give both or neither`,
  );
});
