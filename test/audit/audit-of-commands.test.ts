/** Every change by a person leaves one entry in its own transaction, and nothing else does. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { discardSetAside } from '../../src/accounting/set-aside-discard.ts';
import { recordAudit } from '../../src/audit/record-audit.ts';
import { inTransaction } from '../../src/db/database.ts';
import { addNas, removeNas, updateNas } from '../../src/nas/nas-commands.ts';
import { createProfile, deleteProfile, updateProfile } from '../../src/profiles/profile-commands.ts';
import {
  assignProfileToPromotion,
  createPromotion,
  deletePromotion,
  updatePromotion,
} from '../../src/profiles/promotion-commands.ts';
import {
  assignProfileToUser,
  createUser,
  deleteUser,
  removeProfileFromUser,
  updateUser,
} from '../../src/profiles/user-commands.ts';
import { changeTimezone } from '../../src/usage/timezone-change.ts';
import { addUsage, adjustUsage } from '../../src/usage/usage-commands.ts';
import { allowEntries, auditEntries, refuseEntries } from '../support/audit-entries.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

const AUDITED = { name: 'ada', userId: null, address: '192.0.2.7' };
const NAMES = ['A', 'B', 'L3', 'john', 'hall'] as const;
type Ids = Readonly<Record<(typeof NAMES)[number] | 'kept' | 'usage', number>>;
type Context = ReturnType<typeof commandContext>;

interface Audited {
  readonly what: string;
  readonly change: (context: Context, ids: Ids) => Promise<unknown>;
  readonly id: keyof Ids | 'new' | null;
  readonly before?: object;
  readonly after?: object;
}

const CHANGES: readonly Audited[] = [
  {
    what: 'create profile',
    change: (context) => createProfile(context, { name: 'C', dailyLimit: null }),
    id: 'new',
    after: { name: 'C', daily_limit: null, data_volume: 53_687_091_200, over_quota_action: 'disconnect' },
  },
  {
    what: 'update profile',
    change: (context) =>
      updateProfile(context, 'A', { name: 'A', dailyLimit: 7, description: 'x', isActive: true }),
    id: 'A',
    before: { daily_limit: 5_368_709_120, description: null },
    after: { daily_limit: 7, description: 'x' },
  },
  {
    what: 'delete profile',
    change: (context) => deleteProfile(context, 'A', { force: true }),
    id: 'A',
    before: { name: 'A', users_count: 1, promotions_count: 0 },
  },
  {
    what: 'create promotion',
    change: (context, { A }) => createPromotion(context, { name: 'M1', profile: A }),
    id: 'new',
    after: { name: 'M1', is_active: true },
  },
  {
    what: 'update promotion',
    change: (context) => updatePromotion(context, 'L3', { name: 'L4', isActive: true }),
    id: 'L3',
    before: { name: 'L3' },
    after: { name: 'L4' },
  },
  {
    what: 'update promotion',
    change: (context) => assignProfileToPromotion(context, 'L3', null),
    id: 'L3',
    before: { profile_id: expect.any(Number) },
    after: { profile_id: null },
  },
  {
    what: 'delete promotion',
    change: (context) => deletePromotion(context, 'L3'),
    id: 'L3',
    before: { name: 'L3', is_active: true, profile_id: expect.any(Number) },
  },
  {
    what: 'create user',
    change: (context) => createUser(context, { username: 'jane', email: 'jane@example.org' }),
    id: 'new',
    after: { username: 'jane', email: 'jane@example.org', is_staff: false },
  },
  {
    what: 'update user',
    change: (context) => updateUser(context, 'john', { isActive: false, email: '' }),
    id: 'john',
    before: { is_active: true },
    after: { is_active: false },
  },
  {
    what: 'update user',
    change: (context) => assignProfileToUser(context, 'john', 'B'),
    id: 'john',
    before: { profile_id: expect.any(Number) },
    after: { profile_id: expect.any(Number) },
  },
  {
    what: 'update user',
    change: (context) => removeProfileFromUser(context, 'john'),
    id: 'john',
    before: { profile_id: expect.any(Number) },
    after: { profile_id: null },
  },
  {
    what: 'update user',
    change: (context) => updateUser(context, 'john', { promotion: 'L3' }),
    id: 'john',
    before: { promotion_id: null },
    after: { promotion_id: expect.any(Number) },
  },
  {
    what: 'delete user',
    change: (context) => deleteUser(context, 'john'),
    id: 'john',
    before: { username: 'john', is_active: true },
  },
  {
    what: 'add_usage usage',
    change: (context) => addUsage(context, 'john', 5_368_709_120),
    id: 'usage',
    before: { used_today: 0, used_week: 0, used_month: 0, used_total: 0, is_exceeded: false },
    after: {
      used_today: 5_368_709_120,
      used_week: 5_368_709_120,
      used_month: 5_368_709_120,
      used_total: 5_368_709_120,
      is_exceeded: true,
    },
  },
  {
    what: 'adjust usage',
    change: (context) => adjustUsage(context, 'john', { octets: 9, counters: ['week'], reason: 'goodwill' }),
    id: 'usage',
    before: { used_week: 0 },
    after: { used_week: 9 },
  },
  {
    what: 'create nas',
    change: (context) => addNas(context, { name: 'door', address: '192.0.2.9', secret: 'hunter2' }),
    id: 'new',
    after: { name: 'door', address: '192.0.2.9', coa_port: null, secret: 'set', previous_secret: null },
  },
  {
    what: 'update nas',
    change: (context) =>
      updateNas(context, 'hall', { secret: 'hunter2', coaPort: 1700, name: 'hall' }, { keepsSecret: true }),
    id: 'hall',
    before: { coa_port: null, secret: 'set', previous_secret: null },
    after: { coa_port: 1700, secret: 'changed', previous_secret: 'set' },
  },
  {
    what: 'delete nas',
    change: (context) => removeNas(context, 'hall'),
    id: 'hall',
    before: { name: 'hall', address: '192.0.2.10', secret: 'set', previous_secret: null },
  },
  {
    what: 'discard set_aside',
    change: (context, { kept }) => discardSetAside(context, { ids: [kept] }, { isDryRun: false }),
    id: 'kept',
    before: { ids: [expect.any(Number)], never_replayed: [expect.any(Number)] },
  },
  {
    what: 'set timezone',
    change: (context) => changeTimezone(context.db, { ...context, timezone: 'Africa/Dakar' }),
    id: null,
    before: { timezone: 'UTC' },
    after: { timezone: 'Africa/Dakar' },
  },
];

const NO_CHANGES: readonly (readonly [what: string, change: (context: Context) => Promise<unknown>])[] = [
  [
    'a profile that stays as it is',
    (context) => updateProfile(context, 'A', { name: ' A ', isActive: true }),
  ],
  [
    'a promotion that stays as it is',
    (context) => updatePromotion(context, 'L3', { name: 'L3', profile: 'B' }),
  ],
  ['a user that stays as they are', (context) => updateUser(context, 'john', { profile: 'A', email: '' })],
  [
    'octets given back that nobody used',
    (context) => adjustUsage(context, 'john', { octets: -5, reason: null }),
  ],
  [
    'an adjustment that is only tried',
    (context) => adjustUsage(context, 'john', { octets: 5, reason: null, isDryRun: true }),
  ],
  ['a NAS that stays as it is', (context) => updateNas(context, 'hall', { secret: 's3cret', octetUnit: 1 })],
  [
    'records that are only counted',
    (context) => discardSetAside(context, { withReplayed: true }, { isDryRun: true }),
  ],
  ['the same time zone', (context) => changeTimezone(context.db, { ...context, timezone: 'UTC' })],
  ['a refused change', (context) => createProfile(context, { name: 'A' }).catch(() => undefined)],
];

/** Everything a change above may touch. */
const TABLES = [
  ...['profiles', 'promotions', 'users', 'profile_history', 'user_profile_usage', 'usage_adjustments'],
  ...['nas', 'set_aside', 'settings'],
];

describeEachDatabase('the audit log', (getDatabase) => {
  let context: Context;
  let ids: Ids;

  const state = async () => {
    const { knex } = getDatabase().db;
    const tables: object[] = [];
    for (const table of TABLES) tables.push(await knex(table).orderBy(table === 'settings' ? 'name' : 'id'));
    return JSON.stringify(tables);
  };

  beforeEach(async () => {
    const { db } = getDatabase();
    const quiet = commandContext(db);
    const A = await createProfile(quiet, { name: 'A' });
    const B = await createProfile(quiet, { name: 'B' });
    const L3 = await createPromotion(quiet, { name: 'L3', profile: 'B' });
    const john = await createUser(quiet, { username: 'john', profile: 'A' });
    const { id: hall } = await addNas(quiet, { name: 'hall', address: '192.0.2.10', secret: 's3cret' });
    await changeTimezone(db, { ...quiet, timezone: 'UTC' });
    const [kept = 0] = await db.knex('set_aside').insert({
      ...{ arrived_at: 0, source_address: '192.0.2.1', source_port: 1, reason: 'even', packet: Buffer.of(1) },
    });
    const { id: usage } = await db.knex('user_profile_usage').where('user_id', john).first('id');
    ids = { A, B, L3, john, hall: hall ?? 0, kept, usage };
    await db.knex('audit_log').delete();
    context = { ...quiet, actor: AUDITED };
  });
  afterEach(() => allowEntries(getDatabase().db));

  it.each(CHANGES)('holds $what: who, from where, the fields as they were and as they are', async (each) => {
    const made = await each.change(context, ids);
    const entries = await auditEntries(context.db);
    const newId = typeof made === 'object' && made !== null && 'id' in made ? made.id : made;
    const id = each.id === 'new' ? newId : each.id === null ? null : ids[each.id];
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      who: 'ada',
      from: '192.0.2.7',
      what: each.what,
      id: id === null ? null : String(id),
    });
    const isWhole = each.before !== undefined && each.after !== undefined;
    const fitting = (fields: object | undefined) =>
      fields === undefined ? undefined : isWhole ? fields : expect.objectContaining(fields);
    expect(entries[0]?.before).toEqual(fitting(each.before));
    expect(entries[0]?.after).toEqual(fitting(each.after));
    expect(JSON.stringify(entries)).not.toMatch(/hunter2|s3cret|password/);
  });

  it.each(CHANGES)('keeps $what from happening where its entry cannot be written', async ({ change }) => {
    const before = await state();
    await refuseEntries(context.db);
    await expect(change(context, ids)).rejects.toThrow('no entries today');
    expect(await state()).toBe(before);
  });

  it.each(NO_CHANGES)('holds nothing about %s', async (_what, change) => {
    await change(context);
    expect(await auditEntries(context.db)).toEqual([]);
  });

  it('holds nothing about a change that fails after its entry was written', async () => {
    const entry = { action: 'update', objectType: 'profile', objectId: 1 } as const;
    const failing = inTransaction(context.db, context.clock, async (transaction) => {
      await recordAudit(transaction, AUDITED, entry);
      throw new Error('the rest fails');
    });
    await expect(failing).rejects.toThrow('the rest fails');
    await context.db.knex('instances').insert({
      ...{ id: 'i1', host: 'hall', receiving_since: 0, beat_at: context.clock.now() },
    });
    await expect(changeTimezone(context.db, { ...context, timezone: 'Africa/Dakar' })).rejects.toThrow(
      'a daemon on hall was running',
    );
    expect(await auditEntries(context.db)).toEqual([]);
  });

  it('holds an address that is longer than its column, as far as it goes', async () => {
    const address = `fe80::1%${'x'.repeat(60)}`;
    await createProfile({ ...context, actor: { ...AUDITED, address } }, { name: 'C' });
    expect((await auditEntries(context.db))[0]?.from).toBe(address.slice(0, 45));
  });
});
