/** `radmeter freeradius sync`: what differs, and that passwords are not shown. */
import { expect, it } from 'vitest';
import { createUser } from '../../src/profiles/user-commands.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('radmeter freeradius sync', (getDatabase) => {
  const run = (...options: string[]) =>
    runInProcess(['freeradius', 'sync', '--database-url', getDatabase().url, ...options]);

  it('shows what differs and changes nothing, brings it into step, and then finds nothing', async () => {
    const { db } = getDatabase();
    const hash = `pbkdf2_sha256$1$salt$${Buffer.alloc(32).toString('base64')}`;
    const id = await createUser(commandContext(db), { username: 'john' });
    await db.knex('users').where({ id }).update({ password: hash });
    const dry = await run('--dry-run');
    expect(dry.stdout).toContain('+ radcheck john Password-With-Header := ***\n');
    expect(dry.stdout).toContain('+ radusergroup john profile_default 20\n');
    expect(dry.stdout).toMatch(/\n1 users: \d+ rows to be added, 0 to be removed\n$/);
    expect(await db.knex('radusergroup').pluck('id')).toEqual([]);
    const done = JSON.parse((await run('--json')).stdout);
    expect(done).toMatchObject({ users: 1, removed: 0 });
    expect(done.differences).toHaveLength(done.added);
    expect(JSON.stringify(done)).not.toContain('HMACSHA2');
    expect(JSON.parse((await run('--json')).stdout)).toEqual({
      differences: [],
      users: 1,
      added: 0,
      removed: 0,
    });
  });
});
