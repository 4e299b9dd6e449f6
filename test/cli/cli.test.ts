/** The command line as a shell sees it: exit codes, messages, help. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunOptions, runRadmeter, startRadmeter } from '../support/run-radmeter.ts';

let cwd = '';

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'radmeter-cli-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const run = (line: string, options: RunOptions = {}) =>
  runRadmeter(line.split(' ').filter(Boolean), { cwd, ...options });

describe('a wrong command line ends with 64 and says what to do', () => {
  it.each([
    ['', 'say what to do: `radmeter --help` shows the commands', 'See `radmeter --help`.'],
    ['frobnicate', 'Unknown command: frobnicate', 'See `radmeter --help`.'],
    ['nas', 'say what to do: `radmeter nas --help` shows the choices', 'See `radmeter nas --help`.'],
    ['nas frobnicate', 'Unknown command: frobnicate', 'See `radmeter nas --help`.'],
    [
      'nas add',
      'address: expected a value, as in `add <address>`; got nothing',
      'See `radmeter nas add --help`.',
    ],
    ['nas list --jsno', 'Unknown argument: jsno', 'See `radmeter nas list --help`.'],
    ['nas list --json-lines', 'Unknown argument: json-lines', 'See `radmeter nas list --help`.'],
    [
      'profile create --nam Bad',
      'Unknown argument: nam\nradmeter: --name: expected a value; got nothing',
      'See `radmeter profile create --help`.',
    ],
    ['serve now', 'Unknown command: now', 'See `radmeter serve --help`.'],
  ])('radmeter %s', async (line, message, hint) => {
    const { code, stdout, stderr } = await run(line);
    expect({ code, stdout, stderr }).toEqual({
      code: 64,
      stdout: '',
      stderr: `radmeter: ${message}\n${hint}\n`,
    });
  });
});

describe('help and version', () => {
  it.each([
    [
      '--help',
      /radmeter serve .*radmeter nas .*RADMETER_CONFIG.*Examples:.*70\s+internal\s+error,.*77\s+not\s+permitted/s,
    ],
    ['-h', /radmeter serve/],
    ['nas add --help', /--secret .*Examples:.*radmeter nas add 192\.0\.2\.10/s],
    ['serve --help', /--acct-listen .*RADMETER_ACCT_LISTEN.*0\.0\.0\.0:1813, \[::\]:1813/s],
    ['--version', /^\d+\.\d+\.\d+\n$/],
  ])('%s is printed and is no error', async (line, expected) => {
    const { code, stdout, stderr } = await run(line);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(expected);
  });
});

describe('a wrong setting ends with 78, each problem on its line', () => {
  it.each([
    ['serve --language de', {}, /^radmeter: language \(--language\): .*got "de"\n$/],
    [
      'serve --langage fr',
      {},
      /^radmeter: langage \(--langage\): unknown setting \(did you mean "language"\?\)/,
    ],
    ['nas list', { RADMETER_FOO: '1' }, /^radmeter: foo \(RADMETER_FOO\): unknown setting/],
    [
      'config check --db-timeout x',
      { RADMETER_LANGUAGE: 'de' },
      /^radmeter: language .*\nradmeter: db-timeout .*\n$/,
    ],
    ['nas list --config /nowhere.yaml', {}, /cannot be read \(ENOENT\)\n$/],
    ['serve --timezone', {}, /^radmeter: .*timezone/],
    [
      'serve --state-dir /dev/null/x',
      {},
      /^radmeter: state-dir \(--state-dir\): expected a directory .*; got "\/dev\/null\/x": it lies below a file \(ENOTDIR\)\n$/,
    ],
  ])('%s', async (line, environment, expected) => {
    const { code, stdout, stderr } = await run(line, { environment });
    expect(stderr).toMatch(expected);
    expect({ code, stdout }).toEqual({ code: line.endsWith('--timezone') ? 64 : 78, stdout: '' });
  });

  it('shows no password', async () => {
    const { stderr } = await run('nas list --database-url postgres://u:hunter2@h/d');
    expect(stderr).toMatch(/^radmeter: database-url \(--database-url\): expected sqlite:PATH/);
    expect(stderr).not.toContain('hunter2');
  });
});

it('a database file in a directory that cannot be ends the daemon with 78', async () => {
  const { code, stderr } = await run('serve --database-url sqlite:/dev/null/x.db');
  expect(stderr).toBe(
    'radmeter: the database sqlite:/dev/null/x.db cannot be used: its directory is a file (EEXIST)\n',
  );
  expect(code).toBe(78);
});

it('takes a flag that is a list several times, and no other', async () => {
  const line = 'config check --acct-listen 127.0.0.1:1813 --acct-listen [::1]:1813';
  expect((await run(line)).stdout).toMatch(/^acct-listen .* 127\.0\.0\.1:1813, \[::1\]:1813$/m);
  expect(await run('config check --language fr --language en')).toMatchObject({
    code: 64,
    stderr: 'radmeter: --language is given more than once; keep one\n',
  });
});

describe('config check', () => {
  it('shows every setting with where it came from, without secrets', async () => {
    const file = join(cwd, 'radmeter.yaml');
    writeFileSync(file, 'language: en\nnas: [{ name: hall, address: 192.0.2.10, secret: hunter2 }]\n');
    const environment = { RADMETER_DATABASE_URL: 'mysql://radmeter:hunter2@db.example/radmeter' };
    const { code, stdout } = await run(`config check --config ${file} --db-timeout 500ms --no-strip-realm`, {
      environment,
    });
    expect(code).toBe(0);
    expect(stdout).not.toContain('hunter2');
    expect(stdout).toMatch(
      /^database-url +RADMETER_DATABASE_URL +mysql:\/\/radmeter:\*\*\*@db\.example\/radmeter$/m,
    );
    expect(stdout).toMatch(/^language .*radmeter\.yaml:1 +en$/m);
    expect(stdout).toMatch(/^db-timeout +--db-timeout +500 ms$/m);
    expect(stdout).toMatch(/^strip-realm +--strip-realm +false$/m);
    expect(stdout).toMatch(/^nas .*hall \(192\.0\.2\.10\)$/m);
    expect(stdout).toMatch(/^receive-buffer +default +16777216 bytes$/m);
  });

  it('prints JSON for programs', async () => {
    const { stdout } = await run('config check --json --acct-listen 127.0.0.1:1813');
    expect(JSON.parse(stdout)).toMatchObject({
      'acct-listen': { value: [{ address: '127.0.0.1', port: 1813 }], origin: '--acct-listen' },
      language: { value: 'fr', origin: 'default' },
    });
  });
});

describe('serve', () => {
  it('runs until SIGTERM and ends in order', async () => {
    const radmeter = startRadmeter(['serve', '--acct-listen', '127.0.0.1:0', '--state-dir', 'serve-test'], {
      cwd,
    });
    await radmeter.printed(/"msg":"started/);
    radmeter.signal('SIGTERM');
    const { code, stdout } = await radmeter.result;
    expect(code).toBe(0);
    expect(stdout).toMatch(/"msg":"stopped/);
  });
});

it('says nothing when its reader stops reading', async () => {
  const radmeter = startRadmeter(['--help'], { cwd });
  radmeter.closeOutput();
  expect(await radmeter.result).toMatchObject({ code: 0, stderr: '' });
});
