/** Letting users in again whom a spent quota cut off. */
import { beforeEach, expect, it } from 'vitest';
import { letUsersBackIn } from '../../src/enforcement/let-back-in.ts';
import type { SpoiltRow } from '../../src/errors.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser, updateUser } from '../../src/profiles/user-commands.ts';
import { getUser } from '../../src/profiles/user-queries.ts';
import { Calendar } from '../../src/usage/period.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('after a new day has begun', (getDatabase) => {
  let context: TestContext;

  const letIn = (more: object = {}) =>
    letUsersBackIn({
      ...{ db: context.db, clock: context.clock, calendar: new Calendar('UTC') },
      defaultProfile: { simultaneousUse: 1 },
      ...more,
    });
  const cutOff = async (username: string, reason: string) => {
    const { id } = await getUser(context.db, username);
    await context.db
      .knex('user_disconnection_logs')
      .insert({ user_id: id, reason, disconnected_at: '2025-12-11 12:00:00', is_active: true });
  };
  const standing = async () => {
    const { knex } = context.db;
    const logs: { username: string; reason: string; is_active: number }[] = await knex(
      'user_disconnection_logs',
    )
      .join('users', 'users.id', 'user_disconnection_logs.user_id')
      .orderBy('user_disconnection_logs.id')
      .select('username', 'reason', 'user_disconnection_logs.is_active');
    const switches: { username: string; statut: number }[] = await knex('radcheck').orderBy('id');
    return {
      logs: logs.map((log) => `${log.username} ${log.reason} ${log.is_active === 1 ? 'cut' : 'over'}`),
      radcheck: switches.map(({ username, statut }) => `${username} ${statut}`),
    };
  };

  beforeEach(async () => {
    context = commandContext(getDatabase().db, '2025-12-11T12:00:00Z');
    await createProfile(context, { name: 'Étudiant', dailyLimit: 100, weeklyLimit: 1_000 });
    for (const username of ['john', 'jane']) {
      await createUser(context, { username, profile: 'Étudiant' });
      await addUsage(context, username, username === 'john' ? 100 : 1_000);
      await cutOff(username, 'daily_limit');
      const row = { username, attribute: 'Cleartext-Password', op: ':=', value: 'x', statut: false };
      await context.db.knex('radcheck').insert(row);
    }
    await context.db.knex('audit_log').delete();
  });

  it('those come back whose quota is theirs again, and nobody else', async () => {
    expect(await letIn()).toEqual([]);
    context.clock.set('2025-12-12T00:00:00Z');
    expect(await letIn()).toEqual(['john']);
    expect(await standing()).toEqual({
      logs: ['john daily_limit over', 'jane daily_limit cut'],
      radcheck: ['john 1', 'jane 0'],
    });
    expect(await context.db.knex('audit_log')).toEqual([]);
    expect(await letIn()).toEqual([]);
  });

  it('they come back also where a packet has reset their counters before', async () => {
    context.clock.set('2025-12-12T00:00:00Z');
    await addUsage(context, 'john', 1);
    expect(await letIn()).toEqual(['john']);
  });

  it('what else cuts somebody off goes on', async () => {
    await cutOff('john', 'manual');
    context.clock.set('2025-12-12T00:00:00Z');
    expect(await letIn()).toEqual(['john']);
    expect(await standing()).toEqual({
      logs: ['john daily_limit over', 'jane daily_limit cut', 'john manual cut'],
      radcheck: ['john 0', 'jane 0'],
    });
  });

  it('whoever is disabled meanwhile stays out', async () => {
    await updateUser(context, 'john', { isActive: false });
    context.clock.set('2025-12-12T00:00:00Z');
    expect(await letIn()).toEqual([]);
  });

  it('that is only tried names them and changes nothing', async () => {
    context.clock.set('2025-12-12T00:00:00Z');
    const before = await standing();
    expect(await letIn({ isDryRun: true })).toEqual(['john']);
    expect(await standing()).toEqual(before);
  });

  it('those whose rows are spoilt are named, and do not keep the others out', async () => {
    context.clock.set('2025-12-12T00:00:00Z');
    const { id } = await getUser(context.db, 'john');
    // As only another program can write it.
    await context.db.knex.raw(
      `UPDATE user_profile_usage SET used_total = 9223372036854775807 WHERE user_id = ${id}`,
    );
    const { id: janeId } = await getUser(context.db, 'jane');
    await context.db.knex('user_profile_usage').where('user_id', janeId).update({ used_week: 0 });
    const spoilt: SpoiltRow[] = [];
    expect(await letIn({ onSpoilt: (row: SpoiltRow) => spoilt.push(row) })).toEqual(['jane']);
    expect(spoilt).toEqual([
      { row: `user ${id}`, reason: expect.stringContaining('used_total: expected a whole number') },
    ]);
  });

  it('leaves the event loop to others between any two of them', async () => {
    context.clock.set('2025-12-12T00:00:00Z');
    const names = ['john', ...Array.from({ length: 12 }, (_, n) => `u${n}`)];
    for (const username of names.slice(1)) {
      await createUser(context, { username, profile: 'Étudiant' });
      await cutOff(username, 'daily_limit');
    }
    let turns = 0;
    const ticking = setInterval(() => turns++, 0);
    try {
      expect(await letIn()).toEqual(names);
    } finally {
      clearInterval(ticking);
    }
    expect(turns).toBeGreaterThanOrEqual(names.length);
  });

  it('is written down where a person asked for it', async () => {
    context.clock.set('2025-12-12T00:00:00Z');
    await letIn({ actor: context.actor });
    expect(await context.db.knex('audit_log').select('action', 'object_type', 'actor')).toEqual([
      { action: 'reactivate', object_type: 'disconnection_log', actor: 'cli:tester' },
    ]);
  });
});
