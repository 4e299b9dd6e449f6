/** FreeRADIUS's tables in step with users and profiles: what stands in them, and whose rows are touched. */
import { expect, it } from 'vitest';
import { BridgeSync } from '../../src/freeradius/bridge-sync.ts';
import type { BridgeContext } from '../../src/freeradius/sync-tables.ts';
import { syncWhole } from '../../src/freeradius/sync-whole.ts';
import { createLogger } from '../../src/logger.ts';
import { createProfile, deleteProfile, updateProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser, deleteUser, updateUser } from '../../src/profiles/user-commands.ts';
import { Calendar } from '../../src/usage/period.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

const DEFAULTS = {
  ...{ sessionTimeoutSeconds: 3600, idleTimeoutSeconds: null, simultaneousUse: 1 },
  ...{ bandwidthUploadKbps: 10_000, bandwidthDownloadKbps: 10_000 },
};

describeEachDatabase("FreeRADIUS's tables", (getDatabase) => {
  const db = () => getDatabase().db;
  const prepare = () => {
    const context = commandContext(db());
    const bridge: BridgeContext = {
      ...{ db: db(), clock: context.clock, calendar: new Calendar('UTC'), defaultProfile: DEFAULTS },
      ...{ interimIntervalSeconds: 300, language: 'en', passwords: 'hashed', secretBox: undefined },
      configuredKinds: ['mikrotik'],
    };
    return { context, bridge };
  };
  const whole = async (bridge: BridgeContext, isDryRun = false) => {
    let [added, removed] = [0, 0];
    for await (const { differences } of syncWhole(bridge, { isDryRun })) {
      for (const { add, remove } of differences) {
        added += add.length;
        removed += remove.length;
      }
    }
    return { added, removed };
  };
  const rowsOf = async (username: string): Promise<string[]> => {
    const of = async (table: string, ...columns: string[]) => {
      const rows: Record<string, unknown>[] = await db()
        .knex(table)
        .where({ username })
        .orderBy('id')
        .select(columns);
      return rows.map((row) => [table, ...Object.values(row)].join(' '));
    };
    return [
      ...(await of('radcheck', 'attribute', 'op', 'value', 'statut')),
      ...(await of('radreply', 'attribute', 'op', 'value')),
      ...(await of('radusergroup', 'groupname', 'priority')),
    ];
  };

  it('hold groups, memberships by priority, the end of validities and refusals', async () => {
    const { context, bridge } = prepare();
    await createProfile(context, { name: 'Étudiant' });
    await createPromotion(context, { name: 'L1', profile: 'Étudiant' });
    await createUser(context, { username: 'own', profile: 'Étudiant' });
    await createUser(context, { username: 'member', promotion: 'L1' });
    await createUser(context, { username: 'nobody' });
    await createUser(context, { username: 'off', isActive: false });
    await whole(bridge);
    const [profile]: { id: number }[] = await db().knex('profiles').select('id');
    const group = `profile_${profile?.id}_etudiant`;
    // 30 days from 2025-12-11T00:00:00Z or the moment of assignment.
    expect(await rowsOf('own')).toEqual([
      expect.stringMatching(/^radcheck Expiration := 17680\d{5} 1$/),
      `radusergroup ${group} 5`,
    ]);
    expect((await rowsOf('member')).at(-1)).toBe(`radusergroup ${group} 10`);
    expect(await rowsOf('nobody')).toEqual(['radusergroup profile_default 20']);
    expect(await rowsOf('off')).toEqual([
      'radcheck Auth-Type := Reject 1',
      'radreply Reply-Message += off cannot be online: the account is deactivated.',
      'radusergroup profile_default 20',
    ]);
    const replies = await db().knex('radgroupreply').where('groupname', group).pluck('attribute');
    expect(replies).toEqual(
      expect.arrayContaining(['Session-Timeout', 'Idle-Timeout', 'Mikrotik-Rate-Limit']),
    );
    expect(await db().knex('radgroupcheck').where('groupname', group).select('attribute', 'value')).toEqual([
      { attribute: 'Simultaneous-Use', value: '1' },
    ]);
    expect(await whole(bridge)).toEqual({ added: 0, removed: 0 });
  });

  it("keep people's own rows as they are", async () => {
    const { context, bridge } = prepare();
    await createUser(context, { username: 'john' });
    await db()
      .knex('radcheck')
      .insert({ username: 'john', attribute: 'Calling-Station-Id', op: '==', value: 'x' });
    await db().knex('radusergroup').insert({ username: 'john', groupname: 'staff', priority: 1 });
    await db().knex('radgroupreply').insert({ groupname: 'staff', attribute: 'Class', op: '=', value: 'y' });
    await whole(bridge);
    await updateUser(context, 'john', { isActive: false });
    await whole(bridge);
    await updateUser(context, 'john', { isActive: true });
    await whole(bridge);
    expect(await rowsOf('john')).toEqual([
      'radcheck Calling-Station-Id == x 1',
      'radusergroup staff 1',
      'radusergroup profile_default 20',
    ]);
    expect(await db().knex('radgroupreply').where('groupname', 'staff').pluck('value')).toEqual(['y']);
  });

  it('are only looked at in a dry run', async () => {
    const { context, bridge } = prepare();
    await createUser(context, { username: 'john' });
    const first = await whole(bridge, true);
    expect(first.added).toBeGreaterThan(1);
    expect(await rowsOf('john')).toEqual([]);
    expect(await whole(bridge)).toEqual(first);
  });

  it('follow what is noted and what is due, and look at nobody else', async () => {
    const { context, bridge } = prepare();
    await createProfile(context, { name: 'gold', dailyLimit: 1_000 });
    await createProfile(context, { name: 'silver' });
    await createUser(context, { username: 'john', profile: 'gold' });
    await createUser(context, { username: 'jane', profile: 'silver' });
    const sync = new BridgeSync({
      ...bridge,
      logger: createLogger('silent'),
      pollIntervalMs: 3_600_000,
      wholeIntervalMs: 365 * 86_400_000,
    });
    try {
      await sync.start();
      await sync.look();
      // Whoever is looked at again loses what nobody said.
      const mark = { username: 'jane', attribute: 'X', op: ':=', value: 'y', radmeter_user_id: 2 };
      const [jane]: { id: number }[] = await db().knex('users').where('username', 'jane').select('id');
      await db()
        .knex('radcheck')
        .insert({ ...mark, radmeter_user_id: jane?.id });
      const isRefused = async () => (await rowsOf('john')).includes('radcheck Auth-Type := Reject 1');

      await addUsage(context, 'john', 2_000);
      await sync.look();
      expect(await isRefused()).toBe(true);
      // The day ends, and nobody does anything.
      context.clock.set('2025-12-12T00:00:01Z');
      await sync.look();
      expect(await isRefused()).toBe(false);
      await updateUser(context, 'john', { isRadiusEnabled: false });
      await sync.look();
      expect(await isRefused()).toBe(true);
      await updateUser(context, 'john', { isRadiusEnabled: true });
      await updateProfile(context, 'gold', { name: 'platinum' });
      await sync.look();
      expect((await rowsOf('john')).at(-1)).toMatch(/^radusergroup profile_\d+_platinum 5$/);
      await deleteProfile(context, 'platinum', { force: true, forcedBy: '--force' });
      await sync.look();
      expect(await rowsOf('john')).toEqual(['radusergroup profile_default 20']);
      await deleteUser(context, 'john');
      await createUser(context, { username: 'jim' });
      await sync.look();
      expect(await rowsOf('john')).toEqual([]);
      expect(await rowsOf('jim')).toEqual(['radusergroup profile_default 20']);
      expect((await rowsOf('jane')).some((row) => row.startsWith('radcheck X'))).toBe(true);
      expect(await db().knex('freeradius_changes').pluck('id')).toEqual([]);
    } finally {
      await sync.close();
    }
  });
});
