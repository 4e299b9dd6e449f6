/** Saying which database an import reads without showing its password to everybody. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { createLegacy, legacyUser } from '../support/legacy-database.ts';
import { useCli } from '../support/run-cli.ts';

const cli = useCli();
let directory = '';
let url = '';
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'radmeter-source-'));
  url = `sqlite:${join(directory, 'portal.db')}`;
  const legacy = await createLegacy(url, 'sqlite');
  await legacy.knex('users').insert(legacyUser(1));
  await legacy.close();
});
afterEach(() => rmSync(directory, { recursive: true }));

async function usernames(): Promise<string[]> {
  const db = openDatabase(cli.databaseUrl());
  try {
    return await db.knex('users').pluck('username');
  } finally {
    await db.close();
  }
}

it('is read from a file', async () => {
  const file = join(directory, 'url');
  writeFileSync(file, `${url}\n`);
  await cli.print('import-legacy', '--from-file', file);
  expect(await usernames()).toEqual(['user1']);
  expect(await cli.print('migrate-quotas-to-profile-usage', '--from-file', file)).toContain(
    'Found 0 UserQuota entries',
  );
});

it('is read from the environment, unless a flag says it', async () => {
  const RADMETER_DATABASE_URL = cli.databaseUrl();
  const environment = { RADMETER_DATABASE_URL, RADMETER_IMPORT_FROM: url };
  const { code } = await runInProcess(['import-legacy'], environment);
  expect({ code, usernames: await usernames() }).toEqual({ code: 0, usernames: ['user1'] });
  const other = await runInProcess(['import-legacy', '--from', `${url}.missing`], environment);
  expect(other).toMatchObject({ code: 66, stderr: expect.stringContaining('portal.db.missing') });
});

it('does not make a migration of quotas read another database by the environment', async () => {
  const environment = { RADMETER_DATABASE_URL: cli.databaseUrl(), RADMETER_IMPORT_FROM: `${url}.missing` };
  expect(await runInProcess(['migrate-quotas-to-profile-usage'], environment)).toMatchObject({ code: 0 });
});

it.each([
  ['nobody said it', [], '--from: expected the URL of a database here, in --from-file or in'],
  ['the file is not there', ['--from-file', '/nowhere/url'], '--from-file: the file cannot be read'],
  ['the file is empty', ['--from-file', '/dev/null'], '--from-file: /dev/null is empty'],
  ['it is said twice', ['--from-file', '/dev/null', '--from', 'sqlite:x'], 'mutually exclusive'],
])('ends with 64 where %s', async (_, flags, reason) => {
  for (const command of ['import-legacy', 'import-radacct']) {
    const { code, stderr } = await cli.run(command, ...flags);
    expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringContaining(reason) });
  }
});
