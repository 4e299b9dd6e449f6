/** `radmeter import-legacy` as a person and a script meet it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { createLegacy, legacyProfile, legacyUser } from '../support/legacy-database.ts';
import { useCli } from '../support/run-cli.ts';

const cli = useCli();
let directory = '';
let legacy: Database;
const from = () => `sqlite:${join(directory, 'portal.db')}`;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'radmeter-legacy-'));
  legacy = await createLegacy(from(), 'sqlite');
});
afterEach(async () => {
  await legacy.close();
  rmSync(directory, { recursive: true });
});

describe('import-legacy', () => {
  it('prints what became of how many rows, and each that needs a look', async () => {
    await legacy.knex('profiles').insert(legacyProfile(1));
    await legacy.knex('users').insert([legacyUser(1, { profile_id: 1 }), legacyUser(2, { username: ' x' })]);
    const printed = await cli.print('import-legacy', '--from', from());
    expect(printed).toContain('skipped: users row 2 " x": username: expected a name of 1 to 150 characters');
    expect(printed).toMatch(/^ROWS +CREATED +UPDATED +UNCHANGED +KEPT +SKIPPED$/m);
    expect(printed).toMatch(/^users +1 +0 +0 +0 +1$/m);
    expect(printed).toContain('1 rows above need a look.');
    expect(await cli.print('verify')).toContain('no difference');
  });

  it('says the same to programs as JSON', async () => {
    await legacy.knex('users').insert(legacyUser(2, { username: '' }));
    expect(await cli.json('import-legacy', '--from', from(), '--dry-run')).toMatchObject({
      dry_run: true,
      rows: { users: { created: 0, skipped: 1 } },
      problems: [{ table: 'users', id: 2, outcome: 'skipped' }],
    });
  });

  it('ends with 64 where bandwidths may be either unit and nobody said which', async () => {
    await legacy.knex('profiles').insert(legacyProfile(1, { bandwidth_upload: 512 }));
    const { code, stderr } = await cli.run('import-legacy', '--from', from());
    expect(code).toBe(64);
    expect(stderr).toContain('say which with --bandwidth-unit kbps or --bandwidth-unit mbps');
    expect(await cli.print('import-legacy', '--from', from(), '--bandwidth-unit', 'kbps')).toMatch(
      /^profiles +1 /m,
    );
  });

  it('leaves one entry in the audit log, and no password in what it prints', async () => {
    await legacy.knex('users').insert(legacyUser(1));
    expect(await cli.print('import-legacy', '--from', from())).not.toContain('in-the-clear');
    expect(await cli.json('audit', 'list')).toMatchObject([
      { action: 'import_legacy', object_type: 'import' },
    ]);
  });

  it('says which database is not there, and does not make it', async () => {
    const missing = join(directory, 'missing.db');
    const { code, stderr } = await cli.run('import-legacy', '--from', `sqlite:${missing}`);
    expect({ code, stderr }).toEqual({
      code: 66,
      stderr: `radmeter: there is no database at ${missing}\n`,
    });
    expect(existsSync(missing)).toBe(false);
  });
});
