/** The installed entry file: on a Node too old it goes on with the bundled one, or says one sentence. */
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRadmeter, startRadmeter } from '../support/run-radmeter.ts';

const ROOT = join(import.meta.dirname, '../..');
const OLDEST_MAJOR = 22;

const oldNode = findOldNode();
const reason = oldNode === undefined ? ` (skipped: no Node below ${OLDEST_MAJOR} on this machine)` : '';

let built = '';
let cwd = '';

beforeAll(async () => {
  // Below node_modules, so that the build finds the packages the way an installed one does.
  built = join(ROOT, 'node_modules', '.cache', `radmeter-test-${process.pid}`);
  mkdirSync(built, { recursive: true });
  writeFileSync(join(built, 'package.json'), '{"type":"module","version":"0.0.1"}');
  symlinkSync(join(ROOT, 'dictionaries'), join(built, 'dictionaries'));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(
    process.execPath,
    [tsc, '-p', 'tsconfig.build.json', '--outDir', join(built, 'dist')],
    {
      cwd: ROOT,
    },
  );
  cwd = mkdtempSync(join(tmpdir(), 'radmeter-main-'));
});
afterAll(() => {
  rmSync(built, { recursive: true });
  rmSync(cwd, { recursive: true, force: true });
});

const main = () => join(built, 'dist/src/main.js');

it('the built command runs on this Node', async () => {
  expect(await runRadmeter(['--version'], { main: main(), cwd })).toMatchObject({
    code: 0,
    stdout: '0.0.1\n',
  });
});

it('the built reader finds the file of its thread', async () => {
  const script = `
    const { openDatabase } = await import('./dist/src/db/database.js');
    const { openReader } = await import('./dist/src/db/reader.js');
    const db = openDatabase('sqlite:${join(cwd, 'read.db')}');
    await db.knex.raw('CREATE TABLE numbers AS SELECT 7 AS i');
    const reader = openReader(db);
    console.log(JSON.stringify(await reader.knex('numbers')));
    await reader.close();
    await db.close();`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: built });
  expect(stdout).toBe('[{"i":7}]\n');
});

describe.skipIf(oldNode === undefined)(`on a Node that is too old${reason}`, () => {
  const options = () => ({ node: oldNode ?? '', main: main(), cwd });

  it('runs the command on the bundled Node, with arguments, output and exit code', async () => {
    expect(await runRadmeter(['--version'], options())).toMatchObject({
      code: 0,
      stdout: '0.0.1\n',
      stderr: '',
    });
    const wrong = await runRadmeter(['nas', 'remove', 'hall of fame'], options());
    expect(wrong).toMatchObject({
      code: 66,
      stderr: expect.stringContaining('there is no database at'),
    });
  });

  it('passes standard input on', async () => {
    const args = ['nas', 'add', '192.0.2.10', '--secret-file=-'];
    expect(await runRadmeter(args, { ...options(), input: 'piped\n' })).toMatchObject({ code: 0 });
  });

  it('passes signals on, and ends in order with the daemon', async () => {
    const radmeter = startRadmeter(['serve', '--acct-listen', '127.0.0.1:0'], options());
    await radmeter.printed(/"msg":"started/);
    radmeter.signal('SIGTERM');
    const { code, stdout } = await radmeter.result;
    expect(code).toBe(0);
    expect(stdout).toMatch(/"msg":"stopped/);
  });

  it('ends by the signal that ended the daemon', async () => {
    const radmeter = startRadmeter(['serve', '--acct-listen', '127.0.0.1:0'], options());
    await radmeter.printed(/"msg":"started/);
    radmeter.signal('SIGHUP');
    expect(await radmeter.result).toMatchObject({ code: null, signal: 'SIGHUP' });
  });

  it('says one sentence and ends with 69 where there is no bundled Node', async () => {
    const alone = mkdtempSync(join(tmpdir(), 'radmeter-alone-'));
    try {
      copyFileSync(main(), join(alone, 'main.mjs'));
      const { code, stdout, stderr } = await runRadmeter([], { ...options(), main: join(alone, 'main.mjs') });
      expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
      expect(stderr).toMatch(/^radmeter needs Node 22 or newer and this is v\d+[^\n]*\.\n$/);
    } finally {
      rmSync(alone, { recursive: true });
    }
  });
});

/** A Node of the system's below 22, if there is one; the package's own comes first on npm's PATH. */
function findOldNode(): string | undefined {
  const candidates = (process.env['PATH'] ?? '').split(':').map((directory) => join(directory, 'node'));
  return [...new Set([...candidates, '/usr/local/bin/node', '/usr/bin/node'])].find((candidate) => {
    if (dirname(candidate).includes('node_modules')) return false;
    try {
      const version = execFileSync(candidate, ['--version'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return Number(/^v(\d+)/.exec(version)?.[1]) < OLDEST_MAJOR;
    } catch {
      return false;
    }
  });
}
