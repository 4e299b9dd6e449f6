/** A packet that waits for a change of profiles is measured against what the change left. */
import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../src/db/database.ts';
import type { Dialect } from '../src/db/dialect.ts';
import { createMeter } from '../src/metering.ts';
import { createProfile } from '../src/profiles/profile-commands.ts';
import { assignProfileToUser, createUser } from '../src/profiles/user-commands.ts';
import { Calendar } from '../src/usage/period.ts';
import { runBatch } from './support/batches.ts';
import { commandContext, usageRowOf } from './support/command-context.ts';
import { describeEachDatabase } from './support/databases.ts';
import { EPOCH, type RecordWords, sessionRecord } from './support/records.ts';
import { submissionOf } from './support/submissions.ts';

const WAIT_MS = 10_000;
const POLL_MS = 10;
const meterBatch = createMeter({
  calendar: new Calendar('UTC'),
  defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
  nameRules: { stripsRealm: false, lowersCase: false },
  unknownUsers: 'unmetered',
});

/** Resolves once another transaction waits for a usage row. SQLite lets one transaction write at a time, so there whoever comes second waits in any case. */
const somebodyWaits: Record<Dialect, (db: Database) => Promise<void>> = {
  async mysql({ knex, address }) {
    const database = address.dialect === 'mysql' ? address.database : '';
    const waiting = new RegExp(`of table \`${database}\`\\.\`user_profile_usage\`.* waiting`);
    const deadline = performance.now() + WAIT_MS;
    while (performance.now() < deadline) {
      const [[status]] = await knex.raw('SHOW ENGINE INNODB STATUS');
      if (waiting.test(status.Status)) return;
      await pause(POLL_MS);
    }
    throw new Error(`nobody waited for a usage row within ${WAIT_MS} ms`);
  },
  sqlite: () => Promise.resolve(),
};

describeEachDatabase('a packet beside a change of profiles', (getDatabase) => {
  const report = (at: number, octets: number, words: Partial<RecordWords> = {}) =>
    runBatch(
      getDatabase().db,
      (batch) =>
        meterBatch(batch, [submissionOf(sessionRecord({ at, time: at, up: octets, down: 0, ...words }))]),
      EPOCH + at * 1000,
    );

  beforeEach(async () => {
    const context = commandContext(getDatabase().db);
    await createProfile(context, { name: 'strict', dailyLimit: 100 });
    await createProfile(context, { name: 'wide', dailyLimit: 100_000 });
    await createUser(context, { username: 'john' });
  });

  it.each<[string, string, string, Partial<RecordWords>, number]>([
    ['by name', 'strict', 'wide', {}, 0],
    ['by name', 'wide', 'strict', {}, 1],
    ['by session', 'strict', 'wide', { user: undefined }, 0],
    ['by session', 'wide', 'strict', { user: undefined }, 1],
  ])(
    'that knows its user %s is measured against the new one: from %s to %s',
    async (_, before, after, words, isExceeded) => {
      const { db, url } = getDatabase();
      await assignProfileToUser(commandContext(db), 'john', before);
      await report(60, 50);
      const other = openDatabase(url);
      let reported: Promise<unknown> | undefined;
      await other.knex.transaction(async (trx) => {
        // As assigning does: the usage row's lock first, then the profile.
        await trx('user_profile_usage').update({ is_active: 1 });
        const profile = await trx('profiles').where('name', after).first('id');
        await trx('users').where('username', 'john').update({ profile_id: profile.id });
        reported = report(120, 500, words);
        await somebodyWaits[other.dialect](other);
      });
      await reported;
      await other.close();
      expect(await usageRowOf(db, 'john')).toMatchObject({ used_total: 500, is_exceeded: isExceeded });
    },
  );
});
