/** Which NASes are in force, and the texts of their prefixes. */
import { describe, expect, it } from 'vitest';
import { configuredNases } from '../../src/nas/configured-nas.ts';
import { mergeNases, NAS_DEFAULTS, type Nas } from '../../src/nas/nas.ts';
import { canonicalPrefix } from '../../src/nas/prefix.ts';

function nas(name: string, prefix: string, matchIdentifier: string | null = null): Nas {
  return { ...NAS_DEFAULTS, id: null, name, prefix, matchIdentifier, secrets: [Buffer.from('s')] };
}

const merged = (table: readonly Nas[], file: readonly Nas[]) =>
  mergeNases(table, file).map((known) => `${known.nas.name} ${known.nas.prefix} ${known.source}`);

describe('the NASes in force', () => {
  it('are the built-in loopback ones as long as none is configured anywhere', () => {
    expect(merged([], [])).toEqual(['loopback 127.0.0.1 built-in', 'loopback ::1 built-in']);
    expect(merged([], [nas('a', '192.0.2.1')])).toEqual(['a 192.0.2.1 file']);
    expect(merged([nas('b', '192.0.2.2')], [])).toEqual(['b 192.0.2.2 table']);
  });

  it('are those of the table where table and file name the same prefix', () => {
    const file = [nas('of file', '10.0.0.0/8'), nas('other', '10.0.0.1')];
    expect(merged([nas('of table', '10.0.0.0/8')], file)).toEqual([
      'of table 10.0.0.0/8 table',
      'other 10.0.0.1 file',
    ]);
  });

  it('are both where their NAS-Identifiers differ', () => {
    expect(merged([nas('a', '10.0.0.1', 'a')], [nas('b', '10.0.0.1', 'b')])).toHaveLength(2);
  });
});

describe('the text of a prefix', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    [' 10.0.0.1 ', '10.0.0.1'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['2001:db8:ffff::/33', '2001:db8:8000::/33'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['nas.example.org', undefined],
    ['10.0.0.0/33', undefined],
    ['10.0.0.0/8/8', undefined],
    ['', undefined],
  ])('of %s is %s', (text, expected) => {
    expect(canonicalPrefix(text)).toBe(expected);
  });
});

describe('a configured NAS', () => {
  const entry = {
    name: 'hall',
    address: '::ffff:192.0.2.1',
    kind: 'mikrotik',
    coaPort: null,
    requireMessageAuthenticator: false,
    direction: 'rfc',
    octetUnit: 1024,
    maxRateKbps: 100,
    matchIdentifier: 'é',
    intervalFloorSeconds: 300,
    sendsGigawords: false,
  } as const;

  it('has the secrets of its name, current one first, and its identifier as octets', () => {
    const secrets = [{ name: 'hall', secrets: ['current', 'former'] }];
    const { address: _, ...options } = entry;
    expect(configuredNases([entry], secrets)).toEqual([
      {
        ...NAS_DEFAULTS,
        ...options,
        id: null,
        prefix: '192.0.2.1',
        secrets: [Buffer.from('current'), Buffer.from('former')],
        matchIdentifier: '\u00c3\u00a9',
      },
    ]);
  });

  it.each([
    ['an address that is none', { ...entry, address: 'hall.example.org' }],
    ['an unknown kind', { ...entry, kind: 'toaster' }],
    ['a name without secrets', { ...entry, name: 'attic' }],
  ])('is refused with %s', (_, wrong) => {
    expect(() => configuredNases([wrong], [{ name: 'hall', secrets: ['s'] }])).toThrow(/^NAS (hall|attic): /);
  });
});
