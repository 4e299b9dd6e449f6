/** NASes of the configuration file, and the other setting with a secret: the database URL. */
import { describe, expect, it } from 'vitest';
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
  ])('is refused with %s', (_, nas, expected) => {
    expect(problemsInFile(`nas: ${nas}`)).toEqual([expect.stringMatching(expected)]);
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
