import { describe, expect, it } from 'vitest';
import {
  formatListenAddress,
  isWildcard,
  localAddresses,
  parseListenAddress,
} from '../../src/radius/listen-address.ts';

describe('parseListenAddress', () => {
  it.each([
    ['0.0.0.0:1813', '0.0.0.0', 1813],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['[::]:1813', '::', 1813],
    ['[2001:db8::1]:65535', '2001:db8::1', 65_535],
    ['[fe80::1%eth0]:1813', 'fe80::1%eth0', 1813],
  ])('reads %s, and formatListenAddress writes it again', (text, host, port) => {
    expect(parseListenAddress(text)).toEqual({ host, port });
    expect(formatListenAddress({ host, port })).toBe(text);
  });

  it.each([
    '',
    '1813',
    '0.0.0.0',
    '0.0.0.0:',
    ':1813',
    '0.0.0.0:65536',
    '0.0.0.0:-1',
    '0.0.0.0:18x3',
    '[0.0.0.0]:1813',
    '::1:1813',
    '[::1]',
    'localhost:1813',
    '*:1813',
  ])('refuses "%s"', (text) => {
    expect(parseListenAddress(text)).toBeUndefined();
  });
});

describe('listen addresses', () => {
  it('are wildcards when unspecified', () => {
    expect(isWildcard({ host: '0.0.0.0', port: 1 })).toBe(true);
    expect(isWildcard({ host: '::', port: 1 })).toBe(true);
    expect(isWildcard({ host: '127.0.0.1', port: 1 })).toBe(false);
  });

  it('of this machine hold the loopback, and a zone with every link-local one', () => {
    const addresses = localAddresses();
    expect(addresses).toContain('127.0.0.1');
    expect(addresses.filter((address) => /^fe80:/.test(address) && !address.includes('%'))).toEqual([]);
  });
});
