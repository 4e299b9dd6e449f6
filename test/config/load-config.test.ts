/** Flags, environment and file become one Config, or one ConfigError that names everything wrong. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useConfigFiles } from '../support/config-files.ts';

const { load, fileWith, problemsOf, problemsInFile } = useConfigFiles();

describe('precedence', () => {
  it('takes a flag before the environment, the environment before the file, the file before the default', () => {
    const config = fileWith('timezone: Europe/Paris\nlanguage: en\nlog-level: warn\n');
    const loaded = load({
      flags: { config, timezone: 'Africa/Dakar' },
      environment: { RADMETER_TIMEZONE: 'Asia/Tokyo', RADMETER_LANGUAGE: 'fr' },
    });
    expect(loaded.config).toMatchObject({
      timezone: 'Africa/Dakar',
      language: 'fr',
      logLevel: 'warn',
      dbTimeoutMs: 2_000,
    });
    expect(loaded.origins).toMatchObject({
      timezone: '--timezone',
      language: 'RADMETER_LANGUAGE',
      logLevel: `${config}:3`,
      dbTimeoutMs: 'default',
    });
  });

  it('finds the file through RADMETER_CONFIG, and --config before it', () => {
    const english = fileWith('language: en');
    const french = fileWith('language: fr', 'other.yaml');
    const environment = { RADMETER_CONFIG: english };
    expect(load({ environment }).config.language).toBe('en');
    expect(load({ flags: { config: french }, environment }).config.language).toBe('fr');
  });

  it('ignores a flag that was not given', () => {
    expect(load({ flags: { language: undefined } }).config.language).toBe('fr');
  });

  it('takes an empty file for no settings', () => {
    expect(load({ flags: { config: fileWith('') } }).config.language).toBe('fr');
  });
});

describe('the defaults', () => {
  it('are those of the documentation', () => {
    expect(load().config).toMatchObject({
      databaseUrl: 'sqlite:./var/radmeter.db',
      stateDir: './var',
      acctListen: [
        { address: '0.0.0.0', port: 1813 },
        { address: '::', port: 1813 },
      ],
      authListen: [
        { address: '0.0.0.0', port: 1812 },
        { address: '::', port: 1812 },
      ],
      acctInterimIntervalSeconds: 300,
      timezone: null,
      language: 'fr',
      logLevel: 'info',
      dbTimeoutMs: 2_000,
      batchMaxRecords: 512,
      queueMaxRecords: 65_536,
      receiveBufferBytes: 16_777_216,
      unknownUser: 'unmetered',
      stripRealm: false,
      lowercaseUserNames: false,
      defaultProfile: {
        sessionTimeoutSeconds: 3_600,
        idleTimeoutSeconds: null,
        bandwidthUploadKbps: 10_000,
        bandwidthDownloadKbps: 10_000,
        simultaneousUse: 1,
      },
      nas: [],
    });
  });

  it('put the embedded database into the state directory', () => {
    expect(load({ flags: { 'state-dir': '/srv/radmeter' } }).secrets.databaseUrl).toBe(
      'sqlite:/srv/radmeter/radmeter.db',
    );
  });

  it('find the dictionaries of the package', () => {
    expect(load().config.dictionaries).toBe(join(import.meta.dirname, '../../dictionaries'));
  });

  it('fill what a given default-profile leaves out, in a file as in a flag', () => {
    const expected = { sessionTimeoutSeconds: 7_200, simultaneousUse: 3, bandwidthUploadKbps: 10_000 };
    const config = fileWith('default-profile: { session-timeout: 2h, simultaneous-use: 3 }');
    expect(load({ flags: { config } }).config.defaultProfile).toMatchObject(expected);
    for (const text of [
      'session-timeout=2h,simultaneous-use=3',
      '{"session-timeout": "2h", "simultaneous-use": 3}',
      '{ session-timeout: 2h, simultaneous-use: 3 }',
    ]) {
      const flags = { 'default-profile': text };
      expect(load({ flags }).config.defaultProfile).toMatchObject(expected);
      const environment = { RADMETER_DEFAULT_PROFILE: text };
      expect(load({ environment }).config.defaultProfile).toMatchObject(expected);
    }
  });

  it.each(['{"session-timeout": "2h"', '[1]', '2h', '{session-timeout: [}'])(
    'is no default-profile: %s',
    (text) => {
      const flags = { 'default-profile': text };
      expect(() => load({ flags })).toThrow(
        'default-profile (--default-profile): expected {name: value, …} as in JSON or YAML, or name=value,…; got ',
      );
    },
  );
});

describe('a Config', () => {
  it('is frozen to its depth', () => {
    const { config } = load();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.defaultProfile)).toBe(true);
    expect(Object.isFrozen(config.acctListen[0])).toBe(true);
  });

  it('holds no secret, so that it can be logged', () => {
    const config = fileWith(`
database-url: mysql://radmeter:pass@word@db.example/radmeter
nas:
  - { name: hall, address: 192.0.2.10, secret: current, previous-secret: former }
`);
    const loaded = load({ flags: { config } });
    expect(JSON.stringify(loaded.config)).not.toMatch(/pass|\bword|current|former/);
    expect(loaded.config.databaseUrl).toBe('mysql://radmeter:***@db.example/radmeter');
    expect(loaded.secrets.databaseUrl).toBe('mysql://radmeter:pass@word@db.example/radmeter');
    expect(loaded.secrets.nas).toEqual([{ name: 'hall', secrets: ['current', 'former'] }]);
  });

  it('takes the database URL and NAS secrets from files', () => {
    const urlFile = fileWith('mysql://u:p@h/d\n', 'url');
    const secretFile = fileWith('from a file\n', 'secret');
    const config = fileWith(`nas: [{ name: hall, address: 10.0.0.0/8, secret-file: ${secretFile} }]`);
    const loaded = load({ flags: { config }, environment: { RADMETER_DATABASE_URL_FILE: urlFile } });
    expect(loaded.secrets).toEqual({
      databaseUrl: 'mysql://u:p@h/d',
      nas: [{ name: 'hall', secrets: ['from a file'] }],
      smtpPassword: null,
      smsWebhookUrl: null,
      smsWebhookSecret: null,
      radiusSecretsKey: null,
      freeradiusSecret: null,
    });
    expect(loaded.origins.databaseUrl).toBe('RADMETER_DATABASE_URL_FILE');
  });
});

describe('a wrong setting', () => {
  it('is named with its place, the reason and the value', () => {
    expect(problemsOf({ flags: { language: 'de' } })).toEqual([
      'language (--language): expected one of fr, en; got "de"',
    ]);
    expect(problemsOf({ environment: { RADMETER_DB_TIMEOUT: 'soon' } })).toEqual([
      'db-timeout (RADMETER_DB_TIMEOUT): expected a duration such as 2s, 500ms, 5m, or a number of seconds; got "soon"',
    ]);
    expect(problemsInFile('language: en\n\nbatch-max-records: 0\n')).toEqual([
      'batch-max-records (radmeter.yaml:3): expected a whole number from 1 to 10000; got 0',
    ]);
    expect(problemsInFile('timezone:\n')).toEqual([
      'timezone (radmeter.yaml:1): expected an IANA time zone such as Africa/Dakar or Europe/Paris; got nothing',
    ]);
  });

  it('is named by its line inside maps and lists', () => {
    const content = `nas:
  - name: hall
    address: 192.0.2.300
    secret: s
  - name: hall2
    address: 192.0.2.1
    secret: s
    kind: toaster
default-profile:
  simultaneous-use: many
`;
    expect(problemsInFile(content)).toEqual([
      'default-profile.simultaneous-use (radmeter.yaml:10): expected a whole number from 1 to 1000; got "many"',
      'nas[0].address (radmeter.yaml:3): expected an IP address or a prefix such as 10.0.0.0/8; got "192.0.2.300"',
      expect.stringMatching(
        /^nas\[1\]\.kind \(radmeter\.yaml:8\): expected one of mikrotik, .*; got "toaster"$/,
      ),
    ]);
  });

  it('does not hide the others: all are reported at once', () => {
    const problems = problemsOf({
      flags: { config: fileWith('log-level: loud'), language: 'de' },
      environment: { RADMETER_TIMEZONE: 'Mars/Olympus' },
    });
    expect(problems.map((line) => line.split(' ')[0]).toSorted()).toEqual([
      'language',
      'log-level',
      'timezone',
    ]);
  });

  it('is refused even where a stronger source hides it', () => {
    expect(problemsOf({ flags: { language: 'fr' }, environment: { RADMETER_LANGUAGE: 'de' } })).toEqual([
      'language (RADMETER_LANGUAGE): expected one of fr, en; got "de"',
    ]);
  });

  it.each([
    ['a password in the URL', 'database-url: postgres://u:hunter2@h/d'],
    ['a password with a broken escape', 'database-url: mysql://u:hunter2%zz@h/d'],
    [
      'a secret that is too empty to use',
      'nas: [{ name: a, address: 10.0.0.1, secret: "   hunter2   ", kind: x }]',
    ],
    ['a misspelt secret', 'nas: [{ name: a, address: 10.0.0.1, secrt: hunter2 }]'],
    ['a secret of the wrong form', 'nas: [{ name: a, address: 10.0.0.1, secret: [hunter2] }]'],
    ['a secret in the wrong place', 'nas: hunter2'],
    ['a misspelt database URL', 'databse-url: mysql://u:hunter2@h/d'],
    ['a secret at the top level', 'secret: hunter2'],
  ])('never shows %s', (_, content) => {
    expect(problemsInFile(content).join()).not.toContain('hunter2');
  });
});

describe('an unknown setting', () => {
  it.each([
    [
      'a flag',
      { flags: { 'acct-listne': 'x' } },
      /^acct-listne \(--acct-listne\): unknown setting \(did you mean "acct-listen"\?\); got "x"$/,
    ],
    [
      'a variable',
      { environment: { RADMETER_TIMEZON: 'x' } },
      /^timezon \(RADMETER_TIMEZON\): unknown setting/,
    ],
  ])('is refused as %s', (_, sources, expected) => {
    expect(problemsOf(sources)).toEqual([expect.stringMatching(expected)]);
  });

  it('is refused in the file, also inside maps', () => {
    const content =
      'colour: blue\ndefault-profile:\n  idle-timout: 5m\nnas:\n  - { name: a, address: ::1, secret: s, port: 3 }\n';
    expect(problemsInFile(content)).toEqual([
      'colour (radmeter.yaml:1): unknown setting; got "blue"',
      'default-profile.idle-timout (radmeter.yaml:3): unknown setting (did you mean "idle-timeout"?); got "5m"',
      expect.stringMatching(/^nas\[0\]\.port \(radmeter\.yaml:5\): unknown setting/),
    ]);
  });

  it('leaves other programs their variables', () => {
    expect(() => load({ environment: { PATH: '/bin', RADMETER_REQUIRE_PEERS: '1' } })).not.toThrow();
  });
});

describe('the file', () => {
  it('says when it is not there', () => {
    expect(problemsOf({ flags: { config: '/nowhere/radmeter.yaml' } })).toEqual([
      'the configuration file /nowhere/radmeter.yaml cannot be read (ENOENT)',
    ]);
  });

  it('says on which line it is not YAML', () => {
    expect(problemsInFile('language: en\n  timezone: UTC\n')[0]).toMatch(/^radmeter\.yaml:[12]: /);
    expect(problemsInFile('language: en\nlanguage: fr\n')[0]).toMatch(/^radmeter\.yaml:2: .*unique/i);
  });

  it('says when it is no map', () => {
    expect(problemsInFile('- language')).toEqual([
      'radmeter.yaml: expected a map of settings at the top level',
    ]);
  });

  it('refuses what only it can hold elsewhere', () => {
    expect(problemsOf({ environment: { RADMETER_NAS: 'x' } })).toEqual([
      'nas (RADMETER_NAS): can only be given in the configuration file',
    ]);
  });
});
