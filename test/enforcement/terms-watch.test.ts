/** Following what commands change, with no record coming: on both databases. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isRetryable } from '../../src/db/dialect.ts';
import { openReader } from '../../src/db/reader.ts';
import { letUsersBackIn } from '../../src/enforcement/let-back-in.ts';
import { defaultSessionTerms } from '../../src/enforcement/standing.ts';
import { TermsWatch } from '../../src/enforcement/terms-watch.ts';
import { createLogger } from '../../src/logger.ts';
import { lookAt } from '../../src/metering-look.ts';
import { createProfile, deleteProfile, updateProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion, deletePromotion, updatePromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser, updateUser } from '../../src/profiles/user-commands.ts';
import { Calendar } from '../../src/usage/period.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { testRunner } from '../support/batches.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { insertSession } from '../support/session-rows.ts';

const DEFAULT_PROFILE = {
  sessionTimeoutSeconds: 3600,
  idleTimeoutSeconds: null,
  bandwidthUploadKbps: 10_000,
  bandwidthDownloadKbps: 10_000,
  simultaneousUse: 1,
};

describeEachDatabase('what a command changes', (getDatabase) => {
  let context: TestContext;
  let watch: TermsWatch;
  let wokenCount: number;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    const { db } = getDatabase();
    context = commandContext(db);
    const { clock } = context;
    const batches = testRunner(db, () => clock.now());
    const reader = openReader(db);
    const calendar = new Calendar('UTC');
    const rules = {
      isSending: true,
      language: 'en',
      defaultTerms: defaultSessionTerms(DEFAULT_PROFILE),
    } as const;
    wokenCount = 0;
    watch = new TermsWatch({
      ...{ db, reader, clock, logger: createLogger('silent') },
      lookAt: (userIds) =>
        lookAt(userIds, { batches, calendar, rules, isRetryable: isRetryable[db.dialect] }),
      letBackIn: (scope, signal) =>
        letUsersBackIn({ db, clock, calendar, defaultProfile: DEFAULT_PROFILE, scope, signal }),
      onDecided: () => {
        wokenCount++;
      },
    });
    closing.push(
      () => reader.close(),
      () => batches.close(),
      () => watch.close(),
    );
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** A session that was told what holds for its user, as far as anybody looked. */
  const online = async (username: string) => {
    const { db } = getDatabase();
    const [row]: { id: number }[] = await db.knex('users').where({ username }).select('id');
    await insertSession(db, { user_id: row?.id ?? 0, acctsessionid: username, arrival_updated_at: 1 });
    await db.knex('changed_terms').delete();
    await db.knex('changed_terms').insert({ scope: 'all', at: 0 });
    await watch.look();
    expect(await decisions()).toEqual([]);
  };
  const decisions = async () => {
    const rows: Record<string, unknown>[] = await getDatabase()
      .db.knex('enforcement_intents')
      .join('radacct', 'radacct.radacctid', 'enforcement_intents.radacctid')
      .orderBy('enforcement_intents.id')
      .select('acctsessionid', 'kind', 'reason');
    return rows.map((row) => Object.values(row).join(' '));
  };

  beforeEach(async () => {
    await createProfile(context, { name: 'own', dailyLimit: 1000 });
    await createProfile(context, { name: 'lent', dailyLimit: 1000 });
    await createPromotion(context, { name: '2025', profile: 'lent' });
    await createUser(context, { username: 'john', profile: 'own' });
    await createUser(context, { username: 'jane', promotion: '2025' });
    await online('john');
    await online('jane');
  });

  it.each<[string, (context: TestContext) => Promise<unknown>, string[]]>([
    [
      'a profile’s bandwidth',
      (c) => updateProfile(c, 'own', { bandwidthUpload: 512 }),
      ['john coa limits_changed'],
    ],
    ['a profile’s name', (c) => updateProfile(c, 'own', { name: 'other' }), []],
    [
      'the profile of a promotion',
      (c) => updateProfile(c, 'lent', { sessionTimeout: 60 }),
      ['jane coa limits_changed'],
    ],
    [
      'a promotion that ends',
      (c) => updatePromotion(c, '2025', { isActive: false }),
      ['jane disconnect promotion_inactive'],
    ],
    ['a promotion that is deleted', (c) => deletePromotion(c, '2025'), ['jane coa limits_changed']],
    [
      'a profile that is deleted',
      (c) => deleteProfile(c, 'own', { force: true }),
      ['john coa limits_changed'],
    ],
    [
      'a user who is disabled',
      (c) => updateUser(c, 'john', { isActive: false }),
      ['john disconnect disabled'],
    ],
    [
      'a user’s profile',
      async (c) => {
        await createProfile(c, { name: 'small', bandwidthUpload: 64 });
        await updateUser(c, 'john', { profile: 'small' });
      },
      ['john coa limits_changed'],
    ],
    ['octets by hand', (c) => addUsage(c, 'john', 1000), ['john disconnect quota_daily']],
    ['octets within the limit', (c) => addUsage(c, 'john', 999), []],
  ])('%s reaches those who are online', async (_what, change, expected) => {
    await change(context);
    await watch.look();
    expect(await decisions()).toEqual(expected);
    expect(wokenCount).toBe(expected.length);
    expect(await getDatabase().db.knex('changed_terms')).toEqual([]);
  });

  it('lets whoever was cut off in again when what cut them off is taken back', async () => {
    await updateUser(context, 'john', { isActive: false });
    await watch.look();
    const logs = async () => {
      const rows: { reason: string; is_active: number }[] =
        await getDatabase().db.knex('user_disconnection_logs');
      return rows.map((row) => `${row.reason} ${row.is_active}`);
    };
    expect(await logs()).toEqual(['manual 1']);
    await updateUser(context, 'john', { isActive: true });
    await watch.look();
    expect(await logs()).toEqual(['manual 0']);
  });

  it('leaves to the next one what it had no time for', async () => {
    await updateUser(context, 'john', { isActive: false });
    await watch.close();
    await watch.look();
    expect(await decisions()).toEqual([]);
    expect(await getDatabase().db.knex('changed_terms')).toHaveLength(1);
  });

  it('sees what other programs wrote, and what time alone ends, when it looks at everybody', async () => {
    const { knex } = getDatabase().db;
    await knex('profiles').where('name', 'own').update({ bandwidth_download: 77 });
    await knex('changed_terms').insert({ scope: 'all', at: 0 });
    await watch.look();
    expect(await decisions()).toEqual(['john coa limits_changed']);
    context.clock.set('2026-03-11T12:00:00Z');
    await knex('changed_terms').insert({ scope: 'all', at: 0 });
    await watch.look();
    expect((await decisions()).slice(1)).toEqual(['john disconnect expired', 'jane disconnect expired']);
  });
});
