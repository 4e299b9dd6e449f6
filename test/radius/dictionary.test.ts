import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadDictionary } from '../../src/radius/dictionary.ts';

const DIRECTORY = join(import.meta.dirname, '../../dictionaries');
const dictionary = loadDictionary(DIRECTORY);
const scratch = mkdtempSync(join(tmpdir(), 'radmeter-dictionary-'));

afterAll(() => rmSync(scratch, { recursive: true }));

function directoryWith(name: string, text: string): string {
  const directory = join(scratch, name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'dictionary'), text);
  return directory;
}

describe('the dictionaries', () => {
  const files = readdirSync(DIRECTORY);

  it('are all included, each once', () => {
    const included = readFileSync(join(DIRECTORY, 'dictionary'), 'utf8').matchAll(/^\$INCLUDE (\S+)$/gm);
    expect([...included].map(([, name]) => name).sort()).toEqual(
      files.filter((name) => name !== 'dictionary').sort(),
    );
  });

  it.each(files)('%s is ASCII and every line of it is understood', (file) => {
    const lines = readFileSync(join(DIRECTORY, file), 'utf8').split('\n');
    const known =
      /^(#[ -~]*|\$INCLUDE \S+|VENDOR \S+ \d+|BEGIN-VENDOR \S+|END-VENDOR \S+|ATTRIBUTE +\S+ +\d+ +[a-z0-9]+( +[a-z0-9_=,]+)?|VALUE +\S+ +\S+ +\d+|)$/;
    expect(lines.filter((line) => !known.test(line))).toEqual([]);
  });

  it('define no number and no value twice', () => {
    const seen = new Set<string>();
    const twice: string[] = [];
    for (const file of files) {
      let vendor = '';
      for (const line of readFileSync(join(DIRECTORY, file), 'utf8').split('\n')) {
        const [word, first, second, third] = line.split(/ +/);
        if (word === 'BEGIN-VENDOR') vendor = first ?? '';
        const key = word === 'ATTRIBUTE' ? `${vendor} ${second}` : `value ${first} ${third}`;
        if (word !== 'ATTRIBUTE' && word !== 'VALUE') continue;
        if (seen.has(key)) twice.push(`${file}: ${line}`);
        seen.add(key);
      }
    }
    expect(twice).toEqual([]);
  });

  it('name every value of an attribute that exists', () => {
    for (const file of files) {
      const text = readFileSync(join(DIRECTORY, file), 'utf8');
      for (const [, name = '', value = '', number] of text.matchAll(/^VALUE +(\S+) +(\S+) +(\d+)$/gm)) {
        expect(dictionary.byName(name)?.valueNumbers.get(value), `${file}: ${name} ${value}`).toBe(
          Number(number),
        );
      }
    }
  });
});

describe('loadDictionary', () => {
  it.each([
    [undefined, 40, 'Acct-Status-Type', 'integer'],
    [undefined, 123, 'Delegated-IPv6-Prefix', 'ipv6prefix'],
    [14988, 8, 'Mikrotik-Rate-Limit', 'string'],
    [14559, 10, 'ChilliSpot-Acct-View-Point', 'integer'],
    [14122, 8, 'WISPr-Bandwidth-Max-Down', 'integer'],
    [13644, 3, 'pfSense-Max-Total-Octets', 'integer'],
    [9, 1, 'Cisco-AVPair', 'string'],
    [14179, 7, 'Airespace-Data-Bandwidth-Average-Contract', 'integer'],
    [14823, 1, 'Aruba-User-Role', 'string'],
    [11, 46, 'HP-Bandwidth-Max-Ingress', 'integer'],
    [25053, 3, 'Ruckus-SSID', 'string'],
    [17713, 155, 'Cambium-Traffic-Quota-Limit-Total', 'integer'],
    [4874, 177, 'ERX-Cos-Shaping-Rate', 'string'],
    [2011, 5, 'Huawei-Output-Average-Rate', 'integer'],
    [25506, 2, 'H3C-Input-Average-Rate', 'integer'],
    [311, 16, 'MS-MPPE-Send-Key', 'octets'],
  ])('gives attribute %s.%i the name %s and the type %s', (vendorId, type, name, valueType) => {
    expect(dictionary.attribute(vendorId, type)).toMatchObject({ vendorId, type, name, valueType });
    expect(dictionary.byName(name)).toBe(dictionary.attribute(vendorId, type));
  });

  it('gives the names of values both ways', () => {
    const statusType = dictionary.byName('Acct-Status-Type');
    expect(statusType?.valueNames.get(3)).toBe('Interim-Update');
    expect(statusType?.valueNumbers.get('Accounting-Off')).toBe(8);
    expect(dictionary.byName('Error-Cause')?.valueNames.get(503)).toBe('Session-Context-Not-Found');
  });

  it('knows vendors without attributes by name, and neither unknown vendors nor unknown types', () => {
    expect(dictionary.vendorName(41112)).toBe('Ubiquiti');
    expect(dictionary.vendorName(1)).toBeUndefined();
    expect(dictionary.attribute(undefined, 250)).toBeUndefined();
    expect(dictionary.attribute(1, 1)).toBeUndefined();
    expect(dictionary.byName('constructor')).toBeUndefined();
  });

  it('loads nothing of the dictionaries that the package brings', () => {
    expect(dictionary.byName('Framed-Management')).toBeUndefined();
    expect(dictionary.byName('Tunnel-Medium-Type')?.valueNumbers.get('IP')).toBeUndefined();
  });

  it('keeps two dictionaries apart', () => {
    const other = loadDictionary(
      directoryWith('other', 'ATTRIBUTE Site-Name 1 string\nATTRIBUTE Vendor-Specific 26 octets\n'),
    );
    expect(other.attribute(undefined, 1)?.name).toBe('Site-Name');
    expect(dictionary.attribute(undefined, 1)?.name).toBe('User-Name');
    expect(other.encodeAttribute('Site-Name', 'x').toString('hex')).toBe('010378');
    expect(dictionary.encodeAttribute('User-Name', 'y').toString('hex')).toBe('010379');
  });

  it.each([
    [
      'missing',
      undefined,
      /^dictionaries: expected a directory with a file "dictionary" that can be read; got ".*missing"$/,
    ],
    ['type', 'ATTRIBUTE Foo 1 colour\n', /attribute Foo has the type "colour"; known are string, octets/],
    [
      'twice',
      'ATTRIBUTE Foo 1 string\nVENDOR V 9\nBEGIN-VENDOR V\nATTRIBUTE Foo 2 string\nEND-VENDOR V\n',
      /Foo is defined twice: as 1 and as 26\.9\.2/,
    ],
  ])('refuses a dictionary that is wrong: %s', (name, text, message) => {
    const directory = text === undefined ? join(scratch, name) : directoryWith(name, text);
    expect(() => loadDictionary(directory)).toThrow(message);
  });
});

describe('encodeAttribute', () => {
  it.each<[string, string | number | bigint | Buffer, string]>([
    ['User-Name', Buffer.from('ff00', 'hex'), '0104ff00'],
    ['Session-Timeout', '60', '1b060000003c'],
    ['Session-Timeout', 60n, '1b060000003c'],
    ['Session-Timeout', 4_294_967_295, '1b06ffffffff'],
    ['Acct-Status-Type', 'Stop', '280600000002'],
    ['Acct-Status-Type', 2, '280600000002'],
    ['Termination-Action', 'Default', '1d0600000000'],
    ['Event-Timestamp', 1_795_355_792_999, '37066b02f490'],
    ['Framed-IPv6-Prefix', '::/0', '61040000'],
    ['Framed-IPv6-Prefix', '2001:db8:ffff::/33', '6109002120010db880'],
  ])('encodes %s = %s', (name, value, hex) => {
    expect(dictionary.encodeAttribute(name, value).toString('hex')).toBe(hex);
  });

  it('fills an attribute to its last octet, and refuses one more', () => {
    expect(dictionary.encodeAttribute('Reply-Message', 'x'.repeat(253))).toHaveLength(255);
    expect(dictionary.encodeAttribute('Cisco-AVPair', 'x'.repeat(247))).toHaveLength(255);
    expect(dictionary.encodeAttribute('ERX-Service-Activate:1', 'x'.repeat(246))).toHaveLength(255);
    expect(() => dictionary.encodeAttribute('Reply-Message', 'é'.repeat(127))).toThrow(
      /takes 1 to 253 bytes; 254/,
    );
    expect(() => dictionary.encodeAttribute('Cisco-AVPair', 'x'.repeat(248))).toThrow(/takes 1 to 247 bytes/);
    expect(() => dictionary.encodeAttribute('ERX-Service-Activate:1', 'x'.repeat(247))).toThrow(
      /1 to 246 bytes/,
    );
  });

  it.each<[string, string | number | bigint | Buffer, RegExp]>([
    ['No-Such-Attribute', 1, /No dictionary knows the attribute No-Such-Attribute/],
    ['Reply-Message', '', /takes 1 to 253 bytes; 0 were given/],
    ['State', '0x', /takes 1 to 253 bytes; 0 were given/],
    ['Session-Timeout', -1, /takes a value of type integer; "-1" was given/],
    ['Session-Timeout', 4_294_967_296, /takes a value of type integer/],
    ['Session-Timeout', 1.5, /takes a value of type integer/],
    ['Session-Timeout', 'soon', /takes a value of type integer; "soon" was given/],
    ['Session-Timeout', 'constructor', /takes a value of type integer/],
    ['Acct-Status-Type', 'stop', /takes a value of type integer/],
    ['NAS-IP-Address', '10.0.0.300', /takes a value of type ipaddr/],
    ['NAS-IP-Address', 1, /takes a value of type ipaddr/],
    ['NAS-IPv6-Address', '10.0.0.1', /takes a value of type ipv6addr/],
    ['Framed-IPv6-Prefix', '10.0.0.0/8', /takes a value of type ipv6prefix/],
    ['Framed-IPv6-Prefix', '2001:db8::', /takes a value of type ipv6prefix/],
    ['Framed-Interface-Id', '::1', /takes a value of type ifid/],
    ['Class', 'text', /takes a value of type octets; "text" was given/],
    ['Tunnel-Type:1', 0x1000000, /takes a value of type integer/],
    ['Tunnel-Type:0', 1, /tag from 1 to 31/],
    ['Tunnel-Type:32', 1, /tag from 1 to 31/],
    ['Session-Timeout:1', 1, /Session-Timeout:1 is not a tagged attribute/],
    ['User-Password', 'secret', /encrypted under the shared secret/],
    ['MS-MPPE-Send-Key', Buffer.alloc(16), /encrypted under the shared secret/],
  ])('refuses %s = %s', (name, value, message) => {
    expect(() => dictionary.encodeAttribute(name, value)).toThrow(message);
  });

  it('encodes the types that the shipped dictionaries do not use', () => {
    const types = loadDictionary(
      directoryWith(
        'types',
        'ATTRIBUTE A 1 byte\nATTRIBUTE B 2 short\nATTRIBUTE C 3 integer64\nATTRIBUTE D 4 ifid\n',
      ),
    );
    expect(types.encodeAttribute('A', 255).toString('hex')).toBe('0103ff');
    expect(types.encodeAttribute('B', 0x1234).toString('hex')).toBe('02041234');
    expect(types.encodeAttribute('C', 18_446_744_073_709_551_615n).toString('hex')).toBe(
      '030affffffffffffffff',
    );
    expect(() => types.encodeAttribute('A', 256)).toThrow(/type byte/);
    expect(() => types.encodeAttribute('C', '18446744073709551616')).toThrow(/type integer64/);
  });

  it('refuses to frame the attributes of a vendor with a framing of its own', () => {
    const lucent = directoryWith(
      'lucent',
      'VENDOR Lucent 4846\nBEGIN-VENDOR Lucent\nATTRIBUTE Lucent-X 1 string\nEND-VENDOR Lucent\n',
    );
    expect(() => loadDictionary(lucent).encodeAttribute('Lucent-X', 'x')).toThrow(/framing of its own/);
  });
});
