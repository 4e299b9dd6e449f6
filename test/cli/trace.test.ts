/** `radmeter trace` beside a daemon. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { runRadmeter, startRadmeter } from '../support/run-radmeter.ts';
import { reportRequest } from '../support/session-packets.ts';
import { newTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

let stateDir = '';
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'radmeter-trace-'));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));
const environment = () => ({ RADMETER_STATE_DIR: stateDir });

describeEachDatabase('radmeter trace', (getDatabase) => {
  let made: TestDaemon;
  beforeEach(async () => {
    await createUser(commandContext(getDatabase().db), { username: 'john' });
    made = await newTestDaemon(getDatabase().url, { 'state-dir': stateDir });
    await made.daemon.start();
  });
  afterEach(() => made.close());

  const start = async (...args: string[]) => {
    const radmeter = startRadmeter(['trace', ...args], { environment: environment() });
    await radmeter.noted(/^Watching /m);
    return radmeter;
  };
  const report = (seconds: number, octets: number) =>
    reportRequest({ status: 'interim', user: 'john', sessionId: 'S1', seconds, inputOctets: octets });

  it('prints packets and outcomes for people, and ends after so many', async () => {
    const radmeter = await start('john', '--count', '2');
    await made.ask(report(60, 1_024));
    await made.ask(report(65, 3_072));
    const { code, stdout } = await radmeter.result;
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^\S+Z Accounting-Request \(id 1\) from loopback, 127\.0\.0\.1:\d+\n {4}Acct-Status-Type = Interim-Update\n/,
    );
    expect(stdout).toMatch(/^ {2}=> began a session: added 1024 \(1\.00 KiB\) up, 0 down$/m);
    expect(stdout).toMatch(
      /^ {2}=> joined a session, id \d+: added 2048 \(2\.00 KiB\) up, 0 down\n {5}the session's totals: 3072 .*\n {5}charged to john under the default profile: within the quotas\n {5}today 3072 \(3\.00 KiB\), /m,
    );
  });

  it('prints one JSON text a line for programs, and ends on Ctrl-C', async () => {
    const radmeter = await start('--all', '--json');
    await made.ask(report(60, 1_024));
    await radmeter.printed(/\n/);
    radmeter.signal('SIGINT');
    const { code, stdout } = await radmeter.result;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      nas: 'loopback',
      outcome: { kind: 'recorded', run: 'began' },
    });
  });

  it('notes on standard error that nobody has this name, and watches all the same', async () => {
    const settings = { ...environment(), RADMETER_DATABASE_URL: getDatabase().url };
    const nobody = startRadmeter(['trace', 'jhon'], { environment: settings });
    await nobody.noted(
      /^jhon is neither a user nor a NAS known here; only packets that name it will be shown\.$/m,
    );
    await nobody.noted(/^Watching jhon;/m);
    nobody.signal('SIGINT');
    expect(await nobody.result).toMatchObject({ code: 0, stdout: '' });
    for (const [n, somebody] of ['john', '127.0.0.1'].entries()) {
      const known = startRadmeter(['trace', somebody, '--count', '1'], { environment: settings });
      await known.noted(/^Watching /m);
      await made.ask(report(60 + n, 1_024));
      expect((await known.result).stderr).toBe(`Watching ${somebody}; Ctrl-C ends.\n`);
    }
  });

  it('says so when the daemon stops', async () => {
    const radmeter = await start('hall');
    await made.daemon.close();
    expect(await radmeter.result).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('the daemon ended the trace'),
    });
  });
});

describe('radmeter trace is refused', () => {
  it.each([
    ['without a daemon', ['john'], 69, 'no daemon runs with this state-dir: nothing listens on '],
    ['without anything to watch', [], 64, 'say what to watch: a user, a NAS, or --all'],
    ['with both one and all', ['john', '--all'], 64, 'say what to watch'],
    ['with a count of none', ['john', '--count', '0'], 64, 'count: expected a whole number from 1; got "0"'],
  ])('%s', async (_name, args, code, message) => {
    const refused = await runRadmeter(['trace', ...args], { environment: environment() });
    expect(refused).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
  });
});
