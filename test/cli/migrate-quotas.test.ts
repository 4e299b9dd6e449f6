/** The seed's one-off migration of user_quotas, its printed lines and what it leaves in the database (contract §11, §0.14). */
import { beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { instantToText } from '../../src/db/dialect.ts';
import { describeEachBlankDatabase, describeEachDatabase } from '../support/databases.ts';
import { createLegacy, legacyQuota, legacyUsage, legacyUser } from '../support/legacy-database.ts';
import { cliInProcess } from '../support/run-cli.ts';
import { differencesOf } from '../support/verified.ts';

const GIB = 1024 ** 3;

describeEachDatabase('migrate_quotas_to_profile_usage', (getDatabase) => {
  const cli = cliInProcess(() => getDatabase().url);
  let db: Database;
  beforeEach(() => {
    ({ db } = getDatabase());
  });

  /** Adds a user and what `user_quotas` holds of them. */
  async function addQuota(username: string, quota: Readonly<Record<string, unknown>> = {}): Promise<number> {
    const now = instantToText(Date.now());
    const [userId] = await db.knex('users').insert({
      username,
      password: '!',
      date_joined: now,
      created_at: now,
      updated_at: now,
    });
    await db.knex('user_quotas').insert({
      user_id: userId,
      used_today: GIB,
      used_week: 2 * GIB,
      used_month: 3 * GIB,
      last_daily_reset: now,
      last_weekly_reset: now,
      last_monthly_reset: now,
      is_active: true,
      is_exceeded: false,
      created_at: instantToText(Date.now() - 90 * 86_400_000),
      updated_at: now,
      ...quota,
    });
    return Number(userId);
  }

  async function usageOf(userId: number) {
    const [row] = await db.knex('user_profile_usage').where('user_id', userId).select('*');
    return row;
  }

  it('prints the lines of the contract and brings the counters over, the month as the total', async () => {
    await cli.print('profile', 'create', '--name', 'Étudiant');
    const john = await addQuota('john');
    await cli.print('user', 'assign', 'john', '--profile', 'Étudiant');
    await db.knex('user_profile_usage').delete();
    await addQuota('mary');
    const printed = await cli.print('migrate_quotas_to_profile_usage');
    expect(printed.split('\n').slice(0, -7)).toEqual([
      'Found 2 UserQuota entries to migrate',
      '  ⚠ Warning: User mary has no profile. UserProfileUsage will be created but may not function correctly.',
      '  ✓ Created UserProfileUsage for mary',
      '    - Today: 1.0 Go',
      '    - Week: 2.0 Go',
      '    - Month: 3.0 Go',
      '    - Total: 3.0 Go',
      '    - Profile: None',
      '  ✓ Created UserProfileUsage for john',
      '    - Today: 1.0 Go',
      '    - Week: 2.0 Go',
      '    - Month: 3.0 Go',
      '    - Total: 3.0 Go',
      '    - Profile: Étudiant',
    ]);
    expect(printed.split('\n').slice(-7)[0]).toBe('='.repeat(60));
    expect(printed).toContain('✓ Successfully migrated: 2 quotas\nNext steps:\n');
    expect(await usageOf(john)).toMatchObject({ used_today: GIB, used_month: 3 * GIB, used_total: 3 * GIB });
    expect(await differencesOf(db)).toEqual([]);
  });

  it('begins validity with the month where that is later than the quota, so that nobody is expired by it', async () => {
    const reset = instantToText(Math.floor(Date.now() / 1000) * 1000 - 3_600_000);
    const john = await addQuota('john', { last_monthly_reset: reset });
    await cli.print('migrate-quotas-to-profile-usage');
    expect((await usageOf(john)).activation_date.slice(0, 19)).toBe(reset.slice(0, 19));
  });

  it('computes anew whether a quota is exceeded', async () => {
    await cli.print('profile', 'create', '--name', 'Small', '--daily-limit', '1073741824');
    const john = await addQuota('john');
    await cli.print('user', 'assign', 'john', '--profile', 'Small');
    await db.knex('user_profile_usage').delete();
    await cli.print('migrate-quotas-to-profile-usage');
    expect((await usageOf(john)).is_exceeded).toBe(1);
  });

  it('changes nothing when it is dry, and says what it would', async () => {
    await addQuota('john');
    const printed = await cli.print('migrate-quotas-to-profile-usage', '--dry-run');
    expect(printed).toContain('=== DRY RUN MODE - No changes will be made ===\nFound 1 UserQuota');
    expect(printed).toContain('  [DRY RUN] Would migrate UserQuota for john:\n    - Today: 1.0 Go');
    expect(printed).not.toContain('Total');
    expect(printed).toContain('[DRY RUN] Would have migrated: 1 quotas\n');
    expect(await db.knex('user_profile_usage')).toEqual([]);
    expect(await db.knex('imported_rows')).toEqual([]);
  });

  it('changes nothing when it is repeated', async () => {
    const john = await addQuota('john');
    await cli.print('migrate-quotas-to-profile-usage');
    const before = await usageOf(john);
    expect(await cli.print('migrate-quotas-to-profile-usage')).toContain(
      '  ✓ Updated UserProfileUsage for john',
    );
    expect(await usageOf(john)).toEqual(before);
    expect(await db.knex('usage_adjustments')).toHaveLength(1);
  });

  it('overwrites what it wrote itself and nobody moved, and keeps what moved unless it is forced', async () => {
    const john = await addQuota('john');
    await cli.print('migrate-quotas-to-profile-usage');
    await db.knex('user_quotas').update({ used_today: 2 * GIB });
    await cli.print('migrate-quotas-to-profile-usage');
    expect((await usageOf(john)).used_today).toBe(2 * GIB);
    await cli.print('usage', 'add', 'john', '5');
    const kept = await cli.print('migrate-quotas-to-profile-usage');
    expect(kept).toContain('  ⊘ Skipped john - the usage that is here has moved since it was imported');
    expect(kept).toContain('⊘ Skipped: 1 (already existed)');
    expect((await usageOf(john)).used_today).toBe(2 * GIB + 5);
    await cli.print('migrate-quotas-to-profile-usage', '--force');
    expect((await usageOf(john)).used_today).toBe(2 * GIB);
    expect(await differencesOf(db)).toEqual([]);
  });

  it('leaves whoever has usage already with --skip-existing', async () => {
    await addQuota('john');
    await cli.print('usage', 'add', 'john', '5');
    const printed = await cli.print('migrate-quotas-to-profile-usage', '--skip-existing');
    expect(printed).toContain('  ⊘ Skipped john - already has UserProfileUsage');
    expect(printed).toContain('✓ Successfully migrated: 0 quotas\n⊘ Skipped: 1 (already existed)');
    expect(printed).not.toContain('Next steps');
  });

  it('reports a row with a negative counter and goes on with the rest', async () => {
    const john = await addQuota('john', { used_week: -1 });
    await addQuota('mary');
    const { code, stdout } = await cli.run('migrate-quotas-to-profile-usage');
    expect(code).toBe(0);
    expect(stdout).toContain('  ✗ Error migrating john: used_week: expected a whole number from 0, got "-1"');
    expect(stdout).toContain('✓ Successfully migrated: 1 quotas\n✗ Errors: 1');
    expect(await usageOf(john)).toBeUndefined();
  });
});

describeEachBlankDatabase('migrating quotas from another database', (newDatabase, dialect) => {
  it('finds users by their names, under whatever ids they are here', async () => {
    const [theirs, ours] = [await newDatabase(), await newDatabase()];
    const cli = cliInProcess(() => ours.url);
    const legacy = await createLegacy(theirs.url, dialect);
    const db = openDatabase(ours.url);
    try {
      await cli.print('migrate');
      for (const username of ['mary', 'john']) await cli.print('user', 'create', '--username', username);
      await legacy
        .knex('users')
        .insert([legacyUser(1, { username: 'john' }), legacyUser(2, { username: 'ghost' })]);
      const now = instantToText(Date.now());
      const resets = { last_daily_reset: now, last_weekly_reset: now, last_monthly_reset: now };
      await legacy.knex('user_quotas').insert([legacyQuota(1, 1, resets), legacyQuota(2, 2, resets)]);
      const printed = await cli.print('migrate-quotas-to-profile-usage', '--from', theirs.url);
      expect(printed).toContain('Found 2 UserQuota entries to migrate\n');
      expect(printed).toContain('  ✓ Created UserProfileUsage for john\n');
      expect(printed).toContain('  ✗ Error migrating ghost: there is no user of this name here\n');
      const used = await db
        .knex('user_profile_usage')
        .join('users', 'users.id', 'user_profile_usage.user_id')
        .where('used_total', '>', 0)
        .select('username', 'used_month', 'used_total');
      expect(used).toEqual([{ username: 'john', used_month: 3 * GIB, used_total: 3 * GIB }]);
      expect(await differencesOf(db)).toEqual([]);
    } finally {
      await legacy.close();
      await db.close();
      await theirs.remove();
      await ours.remove();
    }
  });

  it('keeps what an import brought from user_profile_usage, which took the place of user_quotas', async () => {
    const [theirs, ours] = [await newDatabase(), await newDatabase()];
    const cli = cliInProcess(() => ours.url);
    const legacy = await createLegacy(theirs.url, dialect);
    const db = openDatabase(ours.url);
    try {
      await cli.print('migrate');
      await legacy.knex('users').insert(legacyUser(1, { username: 'awa' }));
      const now = instantToText(Date.now());
      const resets = { last_daily_reset: now, last_weekly_reset: now, last_monthly_reset: now };
      await legacy.knex('user_profile_usage').insert(legacyUsage(1, 1, { ...resets, used_month: 9 * GIB }));
      await legacy.knex('user_quotas').insert(legacyQuota(1, 1, { ...resets, used_month: 333 }));
      await cli.print('import-legacy', '--from', theirs.url, '--bandwidth-unit', 'kbps');
      const printed = await cli.print('migrate-quotas-to-profile-usage', '--from', theirs.url);
      expect(printed).toContain('came from user_profile_usage, which user_quotas is older than');
      const used = () => db.knex('user_profile_usage').select('used_month');
      expect(await used()).toEqual([{ used_month: 9 * GIB }]);
      await cli.print('migrate-quotas-to-profile-usage', '--from', theirs.url, '--force');
      expect(await used()).toEqual([{ used_month: 333 }]);
      expect(await differencesOf(db)).toEqual([]);
    } finally {
      await legacy.close();
      await db.close();
      await theirs.remove();
      await ours.remove();
    }
  });
});
