import { beforeEach, describe, expect, it } from 'vitest';
import { ClassTokens } from '../../src/access/class-token.ts';
import {
  type AccessContext,
  type AccessDecision,
  AccessDecisions,
  type ProvenLogin,
} from '../../src/access/decide-access.ts';
import { removeExpiredReservations } from '../../src/access/reservation-store.ts';
import { createBatchRunner } from '../../src/db/batch-runner.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { ProfileFields } from '../../src/profiles/profile.ts';
import { Calendar } from '../../src/usage/period.ts';
import { testRunner } from '../support/batches.ts';
import { usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { addLogin } from '../support/logins.ts';
import { EPOCH, testNas } from '../support/records.ts';

const DEFAULT_PROFILE = {
  sessionTimeoutSeconds: 3_600,
  idleTimeoutSeconds: null,
  bandwidthUploadKbps: 10_000,
  bandwidthDownloadKbps: 10_000,
  simultaneousUse: 1,
};

describeEachDatabase('a login whose credentials are right', (getDatabase) => {
  let now = EPOCH;
  beforeEach(() => {
    now = EPOCH;
  });
  const db = () => getDatabase().db;
  const contextOn = (database = db()): AccessContext => ({
    db: database,
    clock: { now: () => now },
    calendar: new Calendar('UTC'),
    classTokens: new ClassTokens(Buffer.alloc(32, 1)),
    defaultProfile: DEFAULT_PROFILE,
    interimIntervalSeconds: 300,
  });
  const loginOf = (
    userId: number,
    station: string | undefined,
    nasId: number | null = null,
  ): ProvenLogin => ({
    userId,
    place: { sourceAddress: '192.0.2.1', station },
    nas: testNas({ id: nasId }),
  });
  const logIn = async (userId: number, station: string | undefined = 'A', on = contextOn()) => {
    const decisions = new AccessDecisions(
      on,
      createBatchRunner(on.db, { clock: on.clock, timeoutMs: 5_000 }),
    );
    try {
      return await decisions.decide(loginOf(userId, station));
    } finally {
      await decisions.close();
    }
  };
  const outcome = ({ kind, explanation: { verdict } }: AccessDecision) =>
    [kind, ...verdict.reasons.map(({ code }) => code)].join(' ');
  const held = async (): Promise<number> => (await db().knex('access_reservations').pluck('id')).length;

  const use = async (userId: number, octets: number) => {
    await logIn(userId);
    await db()
      .knex('user_profile_usage')
      .where('user_id', userId)
      .update({
        ...{ used_today: octets, used_week: octets, used_month: octets, used_total: octets },
      });
  };

  it.each<[string, Partial<ProfileFields>, number, string]>([
    ['within its quotas', {}, 10, 'accepted'],
    ['over the day’s', { dailyLimit: 100 }, 100, 'refused quota_daily'],
    ['over the week’s', { weeklyLimit: 100 }, 100, 'refused quota_weekly'],
    ['over the month’s', { monthlyLimit: 100 }, 100, 'refused quota_monthly'],
    ['over the total', { dataVolume: 100 }, 100, 'refused quota_total'],
    [
      'over a quota that only slows down',
      { dailyLimit: 100, overQuotaAction: 'throttle', throttleUpload: 64, throttleDownload: 128 },
      100,
      'accepted quota_daily',
    ],
    [
      'over a quota that only tells',
      { dailyLimit: 100, overQuotaAction: 'notify' },
      100,
      'accepted quota_daily',
    ],
  ])('is decided for a user %s', async (_, profile, octets, expected) => {
    const userId = await addLogin(db(), 'john', profile);
    await use(userId, octets);
    expect(outcome(await logIn(userId))).toBe(expected);
  });

  it('is told the throttle’s bandwidth once a quota is spent', async () => {
    const throttle = { overQuotaAction: 'throttle', throttleUpload: 64, throttleDownload: 128 } as const;
    const userId = await addLogin(db(), 'john', { dailyLimit: 100, ...throttle });
    expect(await logIn(userId)).toMatchObject({ limits: { uploadKbps: 5120, downloadKbps: 10240 } });
    await use(userId, 100);
    expect(await logIn(userId)).toMatchObject({ limits: { uploadKbps: 64, downloadKbps: 128 } });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['deactivated', { is_active: false }, 'refused disabled'],
    ['not for the network', { is_radius_enabled: false }, 'refused radius_disabled'],
  ])('is refused for a user who is %s', async (_, columns, expected) => {
    const userId = await addLogin(db(), 'john');
    await db().knex('users').where('id', userId).update(columns);
    expect(outcome(await logIn(userId))).toBe(expected);
    expect(await held()).toBe(0);
    // Whoever never came in has not begun to use anything.
    expect(await usageRowOf(db(), 'john')).toBeUndefined();
  });

  it('begins the user’s usage, whose validity then bounds the session', async () => {
    const userId = await addLogin(db(), 'john', { validityDuration: 7, sessionTimeout: 0 });
    expect(await logIn(userId)).toMatchObject({ limits: { sessionTimeoutSeconds: 6.5 * 86_400 } });
    expect(await usageRowOf(db(), 'john')).toMatchObject({
      used_total: 0,
      activation_date: expect.stringContaining('2025-12-11 00:00:00'),
    });
    now += 7 * 86_400_000;
    expect(outcome(await logIn(userId))).toBe('refused expired');
  });

  it('falls under the default profile where there is none', async () => {
    const userId = await addLogin(db(), 'john');
    await db().knex('users').where('id', userId).update({ profile_id: null });
    expect(await logIn(userId)).toMatchObject({
      limits: { sessionTimeoutSeconds: 3_600, uploadKbps: 10_000, simultaneousUse: 1 },
    });
  });

  it('takes a place for a minute, and gives it back unless a session begins', async () => {
    const userId = await addLogin(db(), 'john');
    expect(outcome(await logIn(userId, 'A'))).toBe('accepted');
    expect(outcome(await logIn(userId, 'B'))).toBe('refused simultaneous_use');
    now += 60_000;
    expect(outcome(await logIn(userId, 'B'))).toBe('accepted');
    expect(await held()).toBe(1);
    now += 60_000;
    expect(await removeExpiredReservations(db(), now)).toBe(1);
    expect(await held()).toBe(0);
  });

  it('gives up every place that has expired, however many', async () => {
    const userId = await addLogin(db(), 'john');
    const places = Array.from({ length: 1_500 }, (_, at) => ({
      ...{ user_id: userId, station: Buffer.from('A'), source_address: '192.0.2.1' },
      ...{ class_token: Buffer.from(`token ${at}`), created_at: now, expires_at: now },
    }));
    await db().knex.transaction((trx) => trx.batchInsert('access_reservations', places, 100));
    expect(await removeExpiredReservations(db(), now)).toBe(1_500);
    expect(await held()).toBe(0);
  });

  it('does not count the same device on the same NAS against itself', async () => {
    const userId = await addLogin(db(), 'john');
    for (let again = 0; again < 3; again++) expect(outcome(await logIn(userId, 'A'))).toBe('accepted');
    expect(await held()).toBe(1);
  });

  it('counts open sessions, and no others', async () => {
    const userId = await addLogin(db(), 'john', { simultaneousUse: 2 });
    const session = { user_id: userId, source_address: '192.0.2.1', acctuniqueid: 'a', acctsessionid: 'a' };
    await db()
      .knex('radacct')
      .insert([
        { ...session, station: Buffer.from('A'), close_kind: 0, run_number: 1 },
        { ...session, station: Buffer.from('B'), close_kind: 1, run_number: 2 },
        { ...session, station: Buffer.from('C'), close_kind: 2, run_number: 3 },
      ]);
    expect(outcome(await logIn(userId, 'B'))).toBe('accepted');
    expect(outcome(await logIn(userId, 'C'))).toBe('refused simultaneous_use');
    expect(outcome(await logIn(userId, 'A'))).toBe('accepted');
  });

  describe('racing with others for the last place', () => {
    it.each([1, 3])('on two instances, wins as often as there are places: %d', async (simultaneousUse) => {
      const userId = await addLogin(db(), 'john', { simultaneousUse });
      const other = openDatabase(getDatabase().url);
      try {
        const on = [contextOn(), contextOn(other)];
        const stations = Array.from({ length: 16 }, (_, at) => `device ${at}`);
        const outcomes = await Promise.all(
          stations.map(async (station, at) => outcome(await logIn(userId, station, on[at % 2]))),
        );
        expect(outcomes.filter((each) => each === 'accepted')).toHaveLength(simultaneousUse);
        expect(outcomes.filter((each) => each === 'refused simultaneous_use')).toHaveLength(
          16 - simultaneousUse,
        );
        expect(await held()).toBe(simultaneousUse);
      } finally {
        await other.close();
      }
    });
  });

  describe('that comes with others', () => {
    /** What becomes of logins that come at once, and so are decided in one transaction. */
    const together = async (logins: readonly ProvenLogin[]): Promise<string[]> => {
      const decisions = new AccessDecisions(
        contextOn(),
        testRunner(db(), () => now),
      );
      try {
        const settled = await Promise.allSettled(logins.map((login) => decisions.decide(login)));
        return settled.map((each) => (each.status === 'fulfilled' ? outcome(each.value) : 'failed'));
      } finally {
        await decisions.close();
      }
    };

    it('finds what those before it took', async () => {
      const john = await addLogin(db(), 'john', { simultaneousUse: 2 });
      const mary = await addLogin(db(), 'mary');
      const logins = [
        loginOf(john, 'A'),
        loginOf(mary, 'A'),
        loginOf(john, 'A'),
        loginOf(john, 'B'),
        loginOf(john, 'C'),
        loginOf(mary, 'B'),
      ];
      expect(await together(logins)).toEqual([
        ...['accepted', 'accepted', 'accepted', 'accepted'],
        ...['refused simultaneous_use', 'refused simultaneous_use'],
      ]);
      expect(await held()).toBe(3);
    });

    it('is decided as well where another’s cannot be, or cannot be written down', async () => {
      const userIds: number[] = [];
      for (const name of ['john', 'mary', 'paul', 'anna']) userIds.push(await addLogin(db(), name));
      const [john = 0, mary = 0, paul = 0, anna = 0] = userIds;
      await db().knex('profiles').where('name', 'profile of mary').update({ quota_type: 'some' });
      const logins = [
        ...[loginOf(john, 'A'), loginOf(mary, 'A'), loginOf(4711, 'A')],
        ...[loginOf(paul, 'A', 2 ** 60), loginOf(anna, 'A')],
      ];
      expect(await together(logins)).toEqual(['accepted', 'failed', 'failed', 'failed', 'accepted']);
      expect(await held()).toBe(2);
    });

    it('wins as often as there are places, on two instances', async () => {
      const userId = await addLogin(db(), 'john', { simultaneousUse: 3 });
      const other = openDatabase(getDatabase().url);
      const decisions = [db(), other].map(
        (database) => new AccessDecisions(contextOn(database), testRunner(database)),
      );
      try {
        const logins = Array.from({ length: 64 }, (_, at) => loginOf(userId, `device ${at}`));
        const decided = await Promise.all(logins.map((login, at) => decisions[at % 2]?.decide(login)));
        expect(decided.filter((each) => each?.kind === 'accepted')).toHaveLength(3);
        expect(decided.filter((each) => each?.kind === 'refused')).toHaveLength(61);
        expect(await held()).toBe(3);
      } finally {
        for (const each of decisions) await each.close();
        await other.close();
      }
    });
  });

  it('counts each of those who call from one IP address', async () => {
    const userId = await addLogin(db(), 'john', { simultaneousUse: 2 });
    const outcomes = [];
    for (let again = 0; again < 3; again++) outcomes.push(outcome(await logIn(userId, '203.0.113.7')));
    expect(outcomes).toEqual(['accepted', 'accepted', 'refused simultaneous_use']);
  });

  it('is nobody’s once the user is deleted', async () => {
    await expect(logIn(4711)).rejects.toThrow('Not found.');
  });
});
