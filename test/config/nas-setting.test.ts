/** NASes of the configuration file, and the other setting with a secret: the database URL. */
import { describe, expect, it } from 'vitest';
import { NAS_DEFAULTS } from '../../src/nas/nas.ts';
import { useConfigFiles } from '../support/config-files.ts';

const { load, fileWith, problemsOf, problemsInFile } = useConfigFiles();

describe('a NAS of the file', () => {
  it.each([
    ['no secret', '[{ name: a, address: 10.0.0.1 }]', /nas\[0\] .*secret is missing/],
    ['two secrets', '[{ name: a, address: 10.0.0.1, secret: s, secret-file: /dev/null }]', /secret-file/],
    ['an empty secret', '[{ name: a, address: 10.0.0.1, secret: "" }]', /nas\[0\]\.secret .*not blank/],
    ['no name', '[{ address: 10.0.0.1, secret: s }]', /name is missing/],
    [
      'a prefix longer than an address',
      '[{ name: a, address: 10.0.0.0/33, secret: s }]',
      /nas\[0\]\.address/,
    ],
    [
      'a name given twice',
      '[{ name: a, address: ::1, secret: s }, { name: a, address: ::2, secret: s }]',
      /nas\[1\]\.name/,
    ],
    [
      'an address given twice',
      '[{ name: a, address: ::1, secret: s }, { name: b, address: ::1, secret: s }]',
      /nas\[1\]\.address/,
    ],
    [
      'two previous secrets',
      '[{ name: a, address: 10.0.0.1, secret: s, previous-secret: p, previous-secret-file: /etc/hostname }]',
      /nas\[0\] .*previous-secret and previous-secret-file are both given/,
    ],
    ['a mapped prefix wider than IPv4', '[{ name: a, address: "::ffff:10.0.0.0/95", secret: s }]', /address/],
    [
      'a port that is none',
      '[{ name: a, address: 10.0.0.1, secret: s, coa-port: abc }]',
      /nas\[0\]\.coa-port .*expected a whole number from 1 to 65535, or none; got "abc"$/,
    ],
    [
      'an interval floor of nothing',
      '[{ name: a, address: 10.0.0.1, secret: s, interval-floor: 0 }]',
      /nas\[0\]\.interval-floor .*expected a whole number from 1 to 86400; got 0$/,
    ],
    [
      'Gigawords that are neither sent nor not',
      '[{ name: a, address: 10.0.0.1, secret: s, sends-gigawords: maybe }]',
      /nas\[0\]\.sends-gigawords .*expected yes, no or auto; got "maybe"$/,
    ],
  ])('is refused with %s', (_, nas, expected) => {
    expect(problemsInFile(`nas: ${nas}`)).toEqual([expect.stringMatching(expected)]);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1/32'],
    ['192.0.2.1', '::ffff:192.0.2.1'],
    ['192.0.2.1', '::ffff:c000:201/128'],
    ['10.0.0.0/8', '10.1.2.3/8'],
    ['10.0.0.0/8', '::ffff:10.0.0.0/104'],
    ['0.0.0.0/0', '1.2.3.4/0'],
    ['2001:db8::1', '2001:0DB8:0:0::0001/128'],
    ['fe80::1%eth0', 'fe80:0::1%eth0'],
  ])('is refused where one prefix is spelled twice: %s and %s', (one, other) => {
    const list = (rest: string) =>
      `nas: [{ name: a, address: "${one}", secret: s${rest} }, { name: b, address: "${other}", secret: s${rest} }]`;
    const refusal = [expect.stringMatching(/nas\[1\]\.address .*another entry, a, has this address/)];
    expect(problemsInFile(list(''))).toEqual(refusal);
    expect(problemsInFile(list(', identifier: ap'))).toEqual(refusal);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1/31'],
    ['10.0.0.0/8', '11.0.0.0/8'],
    ['::1', '::2'],
    ['::/0', '0.0.0.0/0'],
    ['fe80::1%eth0', 'fe80::1%eth1'],
  ])('is another one at another prefix: %s and %s', (one, other) => {
    const config = fileWith(
      `nas: [{ name: a, address: "${one}", secret: s }, { name: b, address: "${other}", secret: s }]`,
    );
    expect(load({ flags: { config } }).config.nas.length).toBe(2);
  });

  it('takes every option that the command line takes, and has the same defaults', () => {
    const all =
      'kind: mikrotik, coa-port: 1700, require-message-authenticator: false, direction: reversed, octet-unit: 1024, max-rate: 54000, identifier: ap, interval-floor: 60, sends-gigawords: no';
    const config = fileWith(
      `nas: [{ name: a, address: ::1, secret: s, previous-secret: p, ${all} }, { name: b, address: ::2, secret: s }]`,
    );
    const { config: loaded, secrets } = load({ flags: { config } });
    expect(loaded.nas[0]).toEqual({
      ...{ name: 'a', address: '::1', kind: 'mikrotik', coaPort: 1700, requireMessageAuthenticator: false },
      ...{ direction: 'reversed', octetUnit: 1024, maxRateKbps: 54_000, matchIdentifier: 'ap' },
      ...{ intervalFloorSeconds: 60, sendsGigawords: false },
    });
    expect(secrets.nas[0]?.secrets).toEqual(['s', 'p']);
    const { clockOffsetMs: _, lastSeenAt: __, ...defaults } = NAS_DEFAULTS;
    expect(loaded.nas[1]).toEqual({ name: 'b', address: '::2', ...defaults });
  });

  it.each([
    ['yes', true],
    ['true', true],
    ['no', false],
    ['auto', null],
  ])('says whether it sends Gigawords as %s', (word, expected) => {
    const config = fileWith(`nas: [{ name: a, address: ::1, secret: s, sends-gigawords: ${word} }]`);
    expect(load({ flags: { config } }).config.nas[0]?.sendsGigawords).toBe(expected);
  });

  it('may share an address when an identifier tells it apart', () => {
    const config = fileWith(
      'nas: [{ name: a, address: ::1, secret: s, identifier: a }, { name: b, address: ::1, secret: s, identifier: b }]',
    );
    expect(load({ flags: { config } }).config.nas.map((nas) => nas.matchIdentifier)).toEqual(['a', 'b']);
  });
});

describe('the database URL', () => {
  it.each(['sqlite:', 'postgres://h/d', 'mysql://host', 'radmeter.db'])('is refused as %s', (url) => {
    expect(problemsOf({ flags: { 'database-url': url } })).toEqual([
      expect.stringMatching(/^database-url \(--database-url\): expected sqlite:PATH or mysql:/),
    ]);
  });

  it('is refused when it is given twice in one place', () => {
    const flags = { 'database-url': 'sqlite:a', 'database-url-file': fileWith('sqlite:b', 'url') };
    expect(problemsOf({ flags })).toEqual([expect.stringMatching(/keep one/)]);
  });

  it('is refused when its file cannot be read', () => {
    expect(problemsOf({ flags: { 'database-url-file': '/nowhere/url' } })).toEqual([
      expect.stringMatching(
        /^database-url-file \(--database-url-file\): the file cannot be read .*got "\/nowhere\/url"$/,
      ),
    ]);
  });
});
