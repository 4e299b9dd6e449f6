import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import type { Dialect } from '../../src/db/dialect.ts';
import { createProfile, updateProfile } from '../../src/profiles/profile-commands.ts';
import { assignProfileToPromotion, createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, type TestContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

const WAIT_MS = 10_000;
const POLL_MS = 10;

/** Resolves once another transaction waits for a usage row. SQLite lets one transaction write at a time, so there whoever comes second waits in any case. */
const somebodyWaits: Record<Dialect, (db: Database) => Promise<void>> = {
  async mysql({ knex, address }) {
    const database = address.dialect === 'mysql' ? address.database : '';
    const waiting = new RegExp(`of table \`${database}\`\\.\`user_profile_usage\`.* waiting`);
    const deadline = performance.now() + WAIT_MS;
    while (performance.now() < deadline) {
      // Not information_schema.innodb_trx: whoever asks it more often than every 0.1 s reads the same old answer.
      const [[status]] = await knex.raw('SHOW ENGINE INNODB STATUS');
      if (waiting.test(status.Status)) return;
      await pause(POLL_MS);
    }
    throw new Error(`nobody waited for a usage row within ${WAIT_MS} ms`);
  },
  sqlite: () => Promise.resolve(),
};

describeEachDatabase('a change of profiles beside octets not yet committed', (getDatabase) => {
  let context: TestContext;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    await createProfile(context, { name: 'Étudiant' });
    await createProfile(context, { name: 'Prof' });
    await createPromotion(context, { name: 'L3 Info', profile: 'Étudiant' });
    await createUser(context, { username: 'john', promotion: 'L3 Info' });
  });

  /** Adds 70 octets in a transaction that commits only when the change has come to wait for it. */
  async function besideOctets(change: () => Promise<unknown>): Promise<void> {
    const other = openDatabase(getDatabase().url);
    let changed: Promise<unknown> | undefined;
    await other.knex.transaction(async (trx) => {
      await trx('user_profile_usage').update({
        used_today: 70,
        used_week: 70,
        used_month: 70,
        used_total: 70,
      });
      changed = change();
      await somebodyWaits[other.dialect](other);
    });
    await changed;
    await other.close();
  }

  test('takes exactly the octets away that it writes down', async () => {
    await besideOctets(() => assignProfileToPromotion(context, 'L3 Info', 'Prof'));
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 0, used_total: 0 });
    expect(await context.db.knex('usage_adjustments').select('today', 'total', 'kind')).toEqual([
      { today: -70, total: -70, kind: 'profile_change' },
    ]);
  });

  test('measures them against an edited limit', async () => {
    await besideOctets(() => updateProfile(context, 'Étudiant', { dailyLimit: 70 }));
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 70, is_exceeded: 1 });
  });
});
