import { beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { createMeter } from '../../src/metering.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { assignProfileToUser, createUser, deleteUser } from '../../src/profiles/user-commands.ts';
import { Calendar } from '../../src/usage/period.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { verifyUsage } from '../../src/usage/verify.ts';
import { runBatch } from '../support/batches.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH, type RecordWords, sessionRecord } from '../support/records.ts';
import { insertSession } from '../support/session-rows.ts';
import { submissionOf } from '../support/submissions.ts';
import { differencesOf } from '../support/verified.ts';

const meterBatch = createMeter({
  calendar: new Calendar('UTC'),
  defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
  nameRules: { stripsRealm: false, lowersCase: false },
  unknownUsers: 'unmetered',
});

/** Thursday 11 December 2025, 12:00 UTC. */
const NOON = EPOCH;
const HOUR = 3_600;

describeEachDatabase('verifying usage', (getDatabase) => {
  let context: TestContext;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    for (const username of ['john', 'jane', 'jack']) await createUser(context, { username });
    await meter({ at: -30 * HOUR, up: 100, id: 'b1' }, { at: 0, up: 5, down: 2, id: 'b2' });
    await meter({ at: 0, up: 40, down: 0, user: 'jane', station: 'x', id: 'c1' });
    await addUsage(context, 'john', 1000);
  });

  const meter = (...words: RecordWords[]) =>
    runBatch(
      getDatabase().db,
      (batch) =>
        meterBatch(
          batch,
          words.map((given) => submissionOf(sessionRecord({ down: 0, status: 'Start', ...given }))),
        ),
      NOON,
    );
  const knex = () => getDatabase().db.knex;
  const idOf = async (username: string): Promise<number> =>
    (await knex()('users').where({ username }).first('id')).id;
  /** Changes rows of John's by SQL. */
  const falsify = async (table: string, columns: Record<string, unknown>, where: object = {}) => {
    const changed = await knex()(table)
      .where({ user_id: await idOf('john'), ...where })
      .update(columns);
    expect(changed).toBe(1);
  };

  it('finds nothing where everything has been counted', async () => {
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it.each([
    ['used_today', 'today', 1007],
    ['used_week', 'week', 1107],
    ['used_month', 'month', 1107],
    ['used_total', 'total', 1107],
  ])('names a falsified %s', async (column, sum, expected) => {
    await falsify('user_profile_usage', { [column]: 77 });
    expect(await differencesOf(context.db)).toEqual([`john ${sum}: expected ${expected}, found 77`]);
  });

  it('names every sum that a falsified day is part of', async () => {
    await falsify('usage_days', { output_octets: 3 }, { day: '2025-12-11' });
    expect(await differencesOf(context.db)).toEqual([
      'john today: expected 1008, found 1007',
      'john week: expected 1108, found 1107',
      'john month: expected 1108, found 1107',
      'john total: expected 1108, found 1107',
      'john days: expected 107, found 108',
    ]);
  });

  it('does not lay a falsified day of before to a counter it is not part of', async () => {
    await falsify('usage_days', { day: '2025-12-07' }, { day: '2025-12-10' });
    expect(await differencesOf(context.db)).toEqual(['john week: expected 1007, found 1107']);
    await falsify('usage_days', { day: '2025-11-30' }, { day: '2025-12-07' });
    expect(await differencesOf(context.db)).toEqual([
      'john week: expected 1007, found 1107',
      'john month: expected 1007, found 1107',
    ]);
  });

  it('names the days where a session is falsified', async () => {
    await falsify('radacct', { acctinputoctets: 101 }, { acctsessionid: 'b1' });
    expect(await differencesOf(context.db)).toEqual(['john days: expected 108, found 107']);
    await falsify('radacct', { acctinputoctets: 100, unmeteredoctets: 30 }, { acctsessionid: 'b1' });
    expect(await differencesOf(context.db)).toEqual(['john days: expected 77, found 107']);
  });

  it('names the counters whose adjustment is gone or of another period', async () => {
    await falsify('usage_adjustments', { at: NOON - 13 * HOUR * 1000 });
    expect(await differencesOf(context.db)).toEqual(['john today: expected 7, found 1007']);
    await knex()('usage_adjustments').delete();
    expect(await differencesOf(context.db)).toEqual([
      'john today: expected 7, found 1007',
      'john week: expected 107, found 1107',
      'john month: expected 107, found 1107',
      'john total: expected 107, found 1107',
    ]);
  });

  it('judges a row that was not rolled over in the period it stands in', async () => {
    context.clock.set('2026-02-11T12:00:00Z');
    await addUsage(context, 'jane', 5);
    expect(await differencesOf(context.db)).toEqual([]);
    await falsify('user_profile_usage', { used_today: 1 });
    expect(await differencesOf(context.db)).toEqual(['john today: expected 1007, found 1']);
  });

  it('takes days without a usage row for octets that are not counted', async () => {
    await knex()('user_profile_usage')
      .where('user_id', await idOf('jane'))
      .delete();
    expect(await differencesOf(context.db)).toEqual(['jane total: expected 40, found 0']);
  });

  it('names what is left of users who are none, whatever their id, and counts only those who are', async () => {
    const last = await idOf('jack');
    await knex()('usage_days').insert({ user_id: last + 1000, day: '2025-12-11', input_octets: 8 });
    await insertSession(context.db, { user_id: last + 2000, acctinputoctets: 9, acctoutputoctets: null });
    expect(await differencesOf(context.db)).toEqual([
      `#${last + 1000} total: expected 8, found 0`,
      `#${last + 1000} days: expected 0, found 8`,
      `#${last + 2000} days: expected 9, found 0`,
    ]);
    let users = 0;
    for await (const { userCount } of verifyUsage(context.db, { timezone: 'UTC', chunkUsers: 2 }))
      users += userCount;
    expect(users).toBe(3);
  });

  it.each([1, 2, 3, 4])('checks every user once in chunks of %d', async (chunkUsers) => {
    await knex()('user_profile_usage').update({ used_total: 1 });
    expect(await differencesOf(context.db, { chunkUsers })).toEqual([
      'john total: expected 1107, found 1',
      'jane total: expected 40, found 1',
    ]);
  });

  it('checks one user alone, and no unknown one', async () => {
    await knex()('user_profile_usage').update({ used_total: 1 });
    const ofJane = [];
    for await (const found of verifyUsage(context.db, { timezone: 'UTC', user: 'jane' })) ofJane.push(found);
    expect(ofJane).toMatchObject([{ userCount: 1, differences: [{ username: 'jane', sum: 'total' }] }]);
    const unknown = verifyUsage(context.db, { timezone: 'UTC', user: 'jo' });
    await expect(unknown.next()).rejects.toMatchObject({ code: 'not_found' });
  });

  it('finds nothing after a user is deleted whose session goes on as somebody else of that name', async () => {
    await deleteUser(context, 'john');
    expect(await differencesOf(context.db)).toEqual([]);
    await createUser(context, { username: 'john' });
    await meter({ at: 0, time: 0, up: 25, down: 2, id: 'b2', status: 'Interim-Update' });
    expect(
      await knex()('usage_days')
        .where('user_id', await idOf('john'))
        .sum('input_octets as up'),
    ).toEqual([{ up: 20 }]);
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it('finds nothing where octets of before a reset of the same day come after it', async () => {
    await createProfile(context, { name: 'A' });
    await createProfile(context, { name: 'B' });
    await assignProfileToUser(context, 'john', 'A');
    await assignProfileToUser(context, 'john', 'B');
    await meter({ at: -HOUR, up: 10, id: 'd1' }, { at: -30 * HOUR, up: 20, id: 'd2' });
    expect(
      await knex()('user_profile_usage')
        .where('user_id', await idOf('john'))
        .first(),
    ).toMatchObject({
      used_today: 0,
      used_total: 0,
    });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it('never finds a difference in what batches are writing', async () => {
    const other = openDatabase(getDatabase().url);
    let isWriting = true;
    const writing = async () => {
      for (let round = 1; round <= 30; round++) {
        await meter(
          ...['john', 'jane', 'jack'].map((user, at) => ({
            ...{ at: 0, up: round * 1000, user, station: user, id: `w${at}` },
            status: 'Interim-Update' as const,
          })),
        );
      }
    };
    let rounds = 0;
    const verifying = async () => {
      for (; isWriting; rounds++) expect(await differencesOf(other, { chunkUsers: 10 })).toEqual([]);
    };
    const verified = verifying();
    await writing().finally(() => {
      isWriting = false;
    });
    await verified;
    await other.close();
    expect(rounds).toBeGreaterThan(2);
  });
});
