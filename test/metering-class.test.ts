import { beforeEach, expect, it } from 'vitest';
import { ClassTokens } from '../src/access/class-token.ts';
import type { SessionRecord } from '../src/accounting/record.ts';
import { createMeter, type MeterOutcome } from '../src/metering.ts';
import type { UnknownUserPolicy } from '../src/profiles/unknown-users.ts';
import { createUser, deleteUser } from '../src/profiles/user-commands.ts';
import { octetsToBytes } from '../src/radius/octets.ts';
import { Calendar } from '../src/usage/period.ts';
import { runBatch } from './support/batches.ts';
import { commandContext, usageRowOf } from './support/command-context.ts';
import { describeEachDatabase } from './support/databases.ts';
import { EPOCH, type RecordWords, sessionRecord } from './support/records.ts';
import { submissionOf } from './support/submissions.ts';

const classTokens = new ClassTokens(Buffer.alloc(32, 1));
const STATION = '02-00-00-00-00-01';

describeEachDatabase('a record with a Class of ours', (getDatabase) => {
  const db = () => getDatabase().db;
  let john = 0;
  let jane = 0;
  beforeEach(async () => {
    const context = commandContext(db());
    john = await createUser(context, { username: 'john' });
    jane = await createUser(context, { username: 'jane' });
  });

  interface Report extends Partial<RecordWords> {
    readonly at: number;
    readonly classes?: readonly string[];
    readonly cui?: string;
  }
  const meter = async (reports: readonly Report[], unknownUsers: UnknownUserPolicy = 'unmetered') => {
    const meterBatch = createMeter({
      calendar: new Calendar('UTC'),
      defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
      nameRules: { stripsRealm: false, lowersCase: false },
      unknownUsers,
      classTokens,
    });
    const submissions = reports.map(({ classes = [], cui, ...words }) =>
      submissionOf(recordOf(words, { classes, chargeableUserIdentity: cui })),
    );
    return runBatch(db(), (batch) => meterBatch(batch, submissions), EPOCH + 600_000);
  };
  const recordOf = (words: RecordWords, extra: Partial<SessionRecord>) =>
    sessionRecord({ time: words.at, up: words.at, down: 0, station: STATION, ...words }, extra);
  const usedBy = async (username: string) => (await usageRowOf(db(), username))?.used_total;
  const rows = () =>
    db().knex('radacct').orderBy('radacctid').select('user_id', 'class_token', 'acctinputoctets');
  const names = (outcomes: readonly MeterOutcome[]) =>
    outcomes.map((outcome) => (outcome.kind === 'recorded' ? outcome.subscriber?.username : outcome.kind));

  it('is its user’s, whatever names stand beside it', async () => {
    const token = classTokens.issue(john);
    await meter([{ at: 60, user: 'anonymous', cui: 'jane', classes: ['of another', token] }]);
    expect([await usedBy('john'), await usedBy('jane')]).toEqual([60, undefined]);
    expect(await rows()).toEqual([{ user_id: john, class_token: octetsToBytes(token), acctinputoctets: 60 }]);
  });

  it('makes no user of the name beside it', async () => {
    expect(
      names(await meter([{ at: 60, user: 'anonymous', classes: [classTokens.issue(john)] }], 'create')),
    ).toEqual(['john']);
    expect(await db().knex('users').where('username', 'anonymous')).toEqual([]);
  });

  it.each([
    ['of a user who is no more', 'jane'],
    ['that somebody altered', 'john'],
  ])('%s is found by its name', async (_, expected) => {
    const token = classTokens.issue(john);
    if (expected === 'jane') await deleteUser(commandContext(db()), john);
    const sent = expected === 'jane' ? token : `${token.slice(0, -1)}~`;
    expect(names(await meter([{ at: 60, user: expected, classes: [sent] }]))).toEqual([expected]);
  });

  it('goes on with its session when name and station have changed', async () => {
    const token = classTokens.issue(john);
    await meter([{ at: 60, user: 'outer', classes: [token] }]);
    await meter([{ at: 120, user: 'inner', station: '02-00-00-00-00-99', classes: [token] }]);
    expect(await rows()).toMatchObject([{ user_id: john, acctinputoctets: 120 }]);
    expect(await usedBy('john')).toBe(120);
  });

  it('keeps apart two who were given one Acct-Session-Id and have nothing else', async () => {
    const nothing = { user: undefined, station: undefined };
    await meter([
      { at: 60, ...nothing, classes: [classTokens.issue(john)] },
      { at: 61, ...nothing, classes: [classTokens.issue(jane)] },
    ]);
    expect(await rows()).toMatchObject([{ user_id: john }, { user_id: jane }]);
    expect([await usedBy('john'), await usedBy('jane')]).toEqual([60, 61]);
  });

  it('takes over the newer Class of a session that was authenticated again', async () => {
    const [first, second] = [classTokens.issue(john), classTokens.issue(john)];
    await meter([{ at: 60, classes: [first] }]);
    await meter([{ at: 120, classes: [second] }]);
    await meter([{ at: 90, classes: [first] }]);
    expect(await rows()).toEqual([
      { user_id: john, class_token: octetsToBytes(second), acctinputoctets: 120 },
    ]);
  });

  it.each<[string, number, Partial<Report>]>([
    ['its Class', 1, {}],
    ['NAS and device, where its NAS sends no Class', 1, { classes: [] }],
    [
      'nothing, for a device on the same NAS that is another',
      2,
      { classes: [], station: '02-00-00-00-00-77' },
    ],
  ])('takes the place that was held for it, by %s', async (_, left, words) => {
    const token = classTokens.issue(john);
    const reservation = {
      user_id: john,
      source_address: '192.0.2.1',
      created_at: EPOCH,
      expires_at: EPOCH + 60_000,
    };
    await db()
      .knex('access_reservations')
      .insert([
        { ...reservation, station: Buffer.from(STATION), class_token: octetsToBytes(token) },
        { ...reservation, station: Buffer.from('of another'), class_token: Buffer.from('of another') },
      ]);
    await meter([{ at: 0, status: 'Start', user: 'john', classes: [token], ...words }]);
    expect(await db().knex('access_reservations').pluck('id')).toHaveLength(left);
  });

  it('takes the places of many sessions that begin together', async () => {
    const tokens = Array.from({ length: 75 }, () => classTokens.issue(john));
    await db()
      .knex('access_reservations')
      .insert(
        tokens.map((token) => ({
          ...{ user_id: john, station: Buffer.from(''), source_address: '192.0.2.1', created_at: EPOCH },
          ...{ class_token: octetsToBytes(token), expires_at: EPOCH + 60_000 },
        })),
      );
    const starts = tokens.map(
      (token, at) => ({ at: 0, status: 'Start', id: `s${at}`, classes: [token] }) as const,
    );
    await meter(starts);
    expect(await db().knex('access_reservations').pluck('id')).toEqual([]);
  });
});
