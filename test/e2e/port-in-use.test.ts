/** Two daemons on one port: the second says so and ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runRadmeter } from '../support/run-radmeter.ts';
import { startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

let directory = '';
let first: TestDaemon;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'radmeter-port-'));
  first = await startTestDaemon(`sqlite:${join(directory, 'first.db')}`);
});
afterEach(async () => {
  await first.close();
  rmSync(directory, { recursive: true });
});

it('ends with 69 and one clear line when its port is taken', async () => {
  const address = `127.0.0.1:${first.port()}`;
  const { code, stdout, stderr } = await runRadmeter(['serve', '--acct-listen', address], { cwd: directory });
  expect({ code, stderr }).toEqual({
    code: 69,
    stderr: `radmeter: UDP ${address} is in use by another process; stop that one or listen on another port.\n`,
  });
  expect(stdout).toMatch(/"msg":"stopped"/);
});
