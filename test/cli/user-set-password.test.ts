/** Giving somebody a password: never on the command line, never shown, never written down. */
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { readSecret } from '../../src/cli/secret-input.ts';
import { openDatabase } from '../../src/db/database.ts';
import { Passwords } from '../../src/sign-in/passwords.ts';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';
import { runRadmeter } from '../support/run-radmeter.ts';

describe('radmeter user set-password', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();
  let environment: Record<string, string>;
  beforeEach(() => {
    environment = {};
  });
  const setPassword = (input: string, ...args: string[]) =>
    runRadmeter(['user', 'set-password', ...args], {
      input,
      environment: { RADMETER_DATABASE_URL: cli.databaseUrl(), ...environment },
    });

  test('takes the first line that is piped in, keeps its hash, ends sign-ins, and writes down that it happened', async () => {
    await cli.print('user', 'create', '--username', 'john');
    const db = openDatabase(cli.databaseUrl());
    const at = Date.now();
    await db.knex('api_tokens').insert({
      kind: 'refresh',
      token_hash: Buffer.alloc(32),
      user_id: 1,
      role: 'user',
      created_at: at,
      expires_at: at + 3_600_000,
      sign_in_id: 1,
    });
    expect(await setPassword('correct horse\nignored\n', 'john')).toMatchObject({
      code: 0,
      stdout: 'john has a new password; all their sign-ins are over.\n',
      stderr: '',
    });
    const { password } = await db.knex('users').where('username', 'john').first();
    const passwords = new Passwords({ pbkdf2Iterations: async () => 0 });
    expect(await passwords.check('correct horse', password)).toBe('right');
    expect((await db.knex('api_tokens').first()).revoked_at).toBeGreaterThanOrEqual(at);
    const audit = await db.knex('audit_log').where('action', 'set_password').first();
    expect(audit).toMatchObject({ object_type: 'user', object_id: '1' });
    expect(JSON.stringify(await db.knex('audit_log'))).not.toMatch(/correct horse|scrypt/);
    await db.close();
  });

  test('says first that there is no such user', async () => {
    expect(await setPassword('short\n', 'nobody')).toMatchObject({
      code: 66,
      stderr: expect.stringContaining('there is no user "nobody"'),
    });
  });

  test('stores it for CHAP where a key is set, and forgets it on request or where none is', async () => {
    await cli.print('user', 'create', '--username', 'john');
    environment = { RADMETER_RADIUS_SECRETS_KEY: '01'.repeat(32) };
    const over = 'john has a new password; all their sign-ins are over.';
    const { stdout } = await setPassword('correct horse\n', 'john');
    expect(stdout).toBe(`${over} It is stored for CHAP and MS-CHAPv2.\n`);
    expect(await cli.print('user', 'forget-secret', 'john')).toBe(
      'What was stored of john for CHAP and MS-CHAPv2 is removed.\n',
    );
    expect(await cli.print('user', 'forget-secret', 'john', '--json')).toContain('"was_stored": false');
    await setPassword('correct horse\n', 'john');
    environment = {};
    expect((await setPassword('battery staple\n', 'john')).stdout).toBe(
      `${over} What was stored for CHAP and MS-CHAPv2 is removed: no radius-secrets-key is set here.\n`,
    );
  });

  test.each([
    ['a short password', 'short\n', ['john'], 64, 'password: expected 8 to 256 characters, got 5'],
    ['nothing', '', ['john'], 64, 'no password came; type it at a terminal, or pipe it in'],
    ['an unknown user', 'correct horse\n', ['mary'], 66, 'there is no user "mary"'],
    ['a password on the command line', '', ['john', 'correct horse'], 64, 'Unknown'],
  ])('refuses %s', async (_, input, args, code, message) => {
    await cli.print('user', 'create', '--username', 'john');
    expect(await setPassword(input, ...args)).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});

describe('a secret typed at a terminal', () => {
  /** A terminal on which these keys are pressed, each when it is asked for. */
  function terminal(...typed: string[]) {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const prompt = new PassThrough({ encoding: 'utf8' });
    let shown = '';
    prompt.on('data', (text) => {
      shown += text;
      if (text.endsWith(': ')) input.write(typed.shift() ?? '\u0003');
    });
    return { input, prompt, shown: () => shown };
  }

  it('is asked for twice and not shown', async () => {
    const { input, prompt, shown } = terminal('correct horse\r', 'correct horse\r');
    expect(await readSecret('Password', { input, prompt })).toBe('correct horse');
    expect(shown()).toBe('Password: \nPassword again: \n');
  });

  it('may be corrected while it is typed', async () => {
    const { input, prompt } = terminal('wrong\u0015correct hosre\u007f\u007f\u007frse\r', 'correct horse\r');
    expect(await readSecret('Password', { input, prompt })).toBe('correct horse');
  });

  it('is refused where the two differ', async () => {
    const { input, prompt } = terminal('correct horse\r', 'correct house\r');
    await expect(readSecret('Password', { input, prompt })).rejects.toThrow('the two are not the same');
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is abandoned with %s', async (_, key) => {
    const { input, prompt } = terminal(key);
    await expect(readSecret('Password', { input, prompt })).rejects.toThrow('abandoned; nothing is changed');
  });
});
