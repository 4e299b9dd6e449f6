/** What records mean for open sessions: intents in the transaction that recorded them, on both databases. */
import { beforeEach, expect, it } from 'vitest';
import type { AccountingRecord } from '../src/accounting/record.ts';
import { defaultSessionTerms } from '../src/enforcement/standing.ts';
import { createMeter } from '../src/metering.ts';
import type { ProfileFields } from '../src/profiles/profile.ts';
import { createProfile, updateProfile } from '../src/profiles/profile-commands.ts';
import { createUser, updateUser } from '../src/profiles/user-commands.ts';
import { Calendar } from '../src/usage/period.ts';
import { runBatch } from './support/batches.ts';
import { commandContext } from './support/command-context.ts';
import { describeEachDatabase } from './support/databases.ts';
import { EPOCH, type RecordWords, sessionRecord } from './support/records.ts';
import { submissionOf } from './support/submissions.ts';

const DEFAULT_PROFILE = {
  sessionTimeoutSeconds: 3600,
  idleTimeoutSeconds: null,
  bandwidthUploadKbps: 10_000,
  bandwidthDownloadKbps: 10_000,
  simultaneousUse: 1,
};

const meterWith = (isSending: boolean) =>
  createMeter({
    calendar: new Calendar('UTC'),
    defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
    nameRules: { stripsRealm: false, lowersCase: false },
    unknownUsers: 'unmetered',
    enforcement: { isSending, language: 'en', defaultTerms: defaultSessionTerms(DEFAULT_PROFILE) },
  });

describeEachDatabase('records and open sessions', (getDatabase) => {
  let meterBatch: ReturnType<typeof meterWith>;
  const context = () => commandContext(getDatabase().db);

  beforeEach(() => {
    meterBatch = meterWith(true);
  });

  const user = async (profile: Partial<ProfileFields>) => {
    const id = await createProfile(context(), { name: 'p', dailyLimit: 1000, ...profile });
    await createUser(context(), { username: 'john', profile: id });
    return id;
  };
  const meter = (at: number, ...records: AccountingRecord[]) =>
    runBatch(
      getDatabase().db,
      (batch) =>
        meterBatch(
          batch,
          records.map((record) => submissionOf(record)),
        ),
      EPOCH + at * 1000,
    );
  const report = (id: string, at: number, octets: number, words: Partial<RecordWords> = {}) =>
    sessionRecord({ id, at, time: at, up: octets, down: 0, station: id, ...words });
  const intents = async () => {
    const rows: Record<string, unknown>[] = await getDatabase()
      .db.knex('enforcement_intents')
      .join('radacct', 'radacct.radacctid', 'enforcement_intents.radacctid')
      .orderBy('enforcement_intents.id')
      .select('acctsessionid', 'kind', 'reason', 'status', 'live_key');
    return rows.map(
      (row) =>
        `${row['acctsessionid']} ${row['kind']} ${row['reason']} ${row['status']}${row['live_key'] === null ? '' : ' live'}`,
    );
  };
  const logs = () =>
    getDatabase()
      .db.knex('user_disconnection_logs')
      .select('reason', 'quota_used', 'quota_limit', 'session_duration', 'is_active', 'description');
  const endIntents = (at: number, status: string) =>
    getDatabase()
      .db.knex('enforcement_intents')
      .whereNotNull('live_key')
      .update({ status, live_key: null, finished_at: EPOCH + at * 1000 });

  it('decides nothing while a user is within every limit', async () => {
    await user({});
    const outcomes = await meter(10, report('a', 10, 999));
    expect(await intents()).toEqual([]);
    expect(outcomes[0]).not.toHaveProperty('isEnforced');
  });

  it('decides about every open session of a user with the record that crosses a limit, and logs it once', async () => {
    await user({});
    await meter(0, report('a', 0, 0, { status: 'Start' }), report('b', 0, 0, { status: 'Start' }));
    await meter(5, report('c', 5, 100, { status: 'Stop' }));
    const outcomes = await meter(60, report('a', 60, 950));
    expect(await intents()).toEqual([
      'a disconnect quota_daily pending live',
      'b disconnect quota_daily pending live',
    ]);
    expect(outcomes[0]).toMatchObject({ isEnforced: true });
    expect(await logs()).toEqual([
      {
        reason: 'daily_limit',
        quota_used: 1050,
        quota_limit: 1000,
        session_duration: 60,
        is_active: 1,
        description: expect.stringContaining('john'),
      },
    ]);
  });

  it('keeps one live intent for a session, however much it goes on to report', async () => {
    await user({});
    await meter(60, report('a', 60, 1000));
    await meter(61, report('a', 61, 1001), report('a', 62, 1002));
    expect(await intents()).toHaveLength(1);
    expect(await logs()).toHaveLength(1);
  });

  it('decides again 1, 5 and 15 minutes after a disconnection that ended nothing', async () => {
    await user({});
    await meter(0, report('a', 1, 1000));
    let count = 1;
    let at = 0;
    for (const wait of [60, 300, 900, 900]) {
      await endIntents(at, 'no-answer');
      // A meter that does not remember what it asked, as another instance would be.
      meterBatch = meterWith(true);
      await meter(at + wait - 1, report('a', at + wait - 1, 1000 + at + wait));
      expect(await intents(), `${wait} s less one`).toHaveLength(count);
      meterBatch = meterWith(true);
      await meter(at + wait, report('a', at + wait, 1001 + at + wait));
      count++;
      expect(await intents(), `${wait} s`).toHaveLength(count);
      at += wait;
    }
  });

  it('lets a user who spends nothing but is disabled go no further', async () => {
    await user({});
    await meter(1, report('a', 1, 1));
    await updateUser(context(), 'john', { isActive: false });
    await meter(2, report('a', 2, 2));
    expect(await intents()).toEqual(['a disconnect disabled pending live']);
    expect(await logs()).toMatchObject([{ reason: 'manual', quota_used: null }]);
  });

  it('has whoever is to be slowed down told so, and told again when that is over', async () => {
    await user({ overQuotaAction: 'throttle', throttleUpload: 64, throttleDownload: 64 });
    await meter(0, report('a', 0, 0, { status: 'Start' }), report('b', 0, 0, { status: 'Start' }));
    await meter(60, report('a', 60, 1000));
    expect(await intents()).toEqual(['a coa throttled pending live', 'b coa throttled pending live']);
    await meter(70, report('a', 70, 1001), report('b', 70, 1));
    expect(await intents()).toHaveLength(2);
    await endIntents(80, 'done');
    // Noon of the next day.
    await meter(86_400, report('a', 86_400, 1002));
    expect((await intents()).slice(2)).toEqual([
      'a coa restored pending live',
      'b coa restored pending live',
    ]);
    expect(await logs()).toEqual([]);
  });

  it('has sessions told what a profile came to say, and nothing of what is left', async () => {
    const profile = await user({});
    await meter(0, report('a', 1, 10));
    await meter(2, report('a', 2, 500));
    await updateProfile(context(), profile, { bandwidthUpload: 512 });
    await meter(3, report('a', 3, 600));
    expect(await intents()).toEqual(['a coa limits_changed pending live']);
  });

  it('puts a disconnection in the place of a change', async () => {
    const profile = await user({});
    await meter(0, report('a', 1, 10));
    await updateProfile(context(), profile, { bandwidthUpload: 512 });
    await meter(2, report('a', 2, 20));
    await meter(3, report('a', 3, 1000));
    expect(await intents()).toEqual([
      'a coa limits_changed superseded',
      'a disconnect quota_daily pending live',
    ]);
  });

  it('does nothing about whoever is only to be told', async () => {
    await user({ overQuotaAction: 'notify' });
    await meter(0, report('a', 1, 5000));
    expect(await intents()).toEqual([]);
  });

  it('writes down once for each session what it would do where it only watches', async () => {
    meterBatch = meterWith(false);
    await user({});
    await meter(60, report('a', 60, 1000));
    meterBatch = meterWith(false);
    await meter(120, report('a', 120, 1001));
    expect(await intents()).toEqual(['a disconnect quota_daily not-sent']);
    expect(await logs()).toEqual([]);
    meterBatch = meterWith(true);
    await meter(180, report('a', 180, 1002));
    expect(await intents()).toEqual([
      'a disconnect quota_daily not-sent',
      'a disconnect quota_daily pending live',
    ]);
  });
});
