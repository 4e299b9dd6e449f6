/** Where HTTP may listen, and which proxies are believed. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';

const load = (flags: Readonly<Record<string, string>>) => loadConfig({ flags, environment: {} }).config;

describe('http-listen', () => {
  it.each([
    ['127.0.0.1:8080', { address: '127.0.0.1', port: 8080 }],
    ['127.9.9.9:1', { address: '127.9.9.9', port: 1 }],
    ['[::1]:0', { address: '::1', port: 0 }],
    ['0.0.0.0:8080', { address: '0.0.0.0', port: 8080 }],
    ['[2001:db8::1]:8080', { address: '2001:db8::1', port: 8080 }],
    ['', null],
    ['none', null],
  ])('%j is accepted', (value, listen) => {
    expect(load({ 'http-listen': value }).httpListen).toEqual(listen);
  });

  it('is 127.0.0.1:8080 by itself', () => {
    expect(load({}).httpListen).toEqual({ address: '127.0.0.1', port: 8080 });
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

describe('http-trusted-proxies', () => {
  it.each([
    ['', []],
    ['none', []],
    ['192.0.2.1', ['192.0.2.1/32']],
    ['10.0.0.0/8, ::ffff:192.0.2.1 ,2001:DB8::/32', ['10.0.0.0/8', '192.0.2.1/32', '2001:db8::/32']],
  ])('%j is accepted', (value, proxies) => {
    expect(load({ 'http-trusted-proxies': value }).httpTrustedProxies).toEqual(proxies);
  });

  it.each(['proxy.example.org', '10.0.0.0/33', '192.0.2.1:80', 'fe80::1%eth0', '192.0.2.1,'])(
    '%s, no address or prefix, is refused',
    (value) => {
      expect(() => load({ 'http-trusted-proxies': value })).toThrow(
        'http-trusted-proxies (--http-trusted-proxies): expected addresses and prefixes such as 192.0.2.1 or 10.0.0.0/8, separated by commas; got',
      );
    },
  );

  it.each(['0.0.0.0/0', '::/0', '10.0.0.0/8,0.0.0.0/0'])('%s, everybody, is refused', (value) => {
    expect(() => load({ 'http-trusted-proxies': value })).toThrow(
      'a prefix of length 0 would let everybody say where they come from',
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
