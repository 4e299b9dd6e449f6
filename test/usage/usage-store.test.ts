import { beforeEach, expect, it } from 'vitest';
import { isRetryable } from '../../src/db/dialect.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { getUser } from '../../src/profiles/user-queries.ts';
import {
  addToDays,
  insertAdjustments,
  saveUsage,
  selectUsageByUserId,
  selectUsageByUsername,
  type UsageRecord,
} from '../../src/usage/usage-store.ts';
import { readInBatch, runBatch } from '../support/batches.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH } from '../support/records.ts';

describeEachDatabase('usage of a batch', (getDatabase) => {
  let userId = 0;
  let record: UsageRecord;

  beforeEach(async () => {
    const { db } = getDatabase();
    await createUser(commandContext(db), { username: 'john' });
    await createUser(commandContext(db), { username: 'jane' });
    userId = (await getUser(db, 'john')).id;
    record = {
      id: undefined,
      userId,
      counters: {
        usedToday: 1,
        usedWeek: 20,
        usedMonth: 300,
        usedTotal: Number.MAX_SAFE_INTEGER,
        lastDailyReset: EPOCH + 1,
        lastWeeklyReset: EPOCH - 1000,
        lastMonthlyReset: EPOCH - 2000,
        activationDate: EPOCH - 86_400_000,
      },
      isExceeded: true,
      isActive: false,
      createdAt: EPOCH - 5,
    };
  });

  const save = (...records: UsageRecord[]) =>
    runBatch(getDatabase().db, async (batch) => saveUsage(batch, records));
  const read = () => readInBatch(getDatabase().db, (batch) => selectUsageByUserId(batch, [userId]));

  it('is read as it was written, by id and by username', async () => {
    const { db } = getDatabase();
    await save(record);
    const written = [{ ...record, id: expect.any(Number) }];
    expect(await read()).toEqual(written);
    const named = (...names: string[]) => readInBatch(db, (batch) => selectUsageByUsername(batch, names));
    expect(await named('nobody', 'john', 'jane')).toEqual(written);
    expect(await named('jane')).toEqual([]);
    expect(await named()).toEqual([]);
  });

  it('is written again by primary key, and keeps its row', async () => {
    await save(record);
    const [known] = await read();
    if (known === undefined) throw new Error('not written');
    const changed = { ...known, counters: { ...known.counters, usedToday: 2, lastDailyReset: EPOCH + 7 } };
    await runBatch(getDatabase().db, async (batch) => saveUsage(batch, [changed]), EPOCH + 60_000);
    expect(await read()).toEqual([changed]);
    expect(await getDatabase().db.knex('user_profile_usage').select('updated_at')).toEqual([
      { updated_at: expect.stringContaining('12:01:00') },
    ]);
  });

  it('that two batches make at once is a duplicate key, so that the later one is decided again', async () => {
    await save(record);
    const error = await save({ ...record, isExceeded: false }).catch((reason: unknown) => reason);
    expect(isRetryable[getDatabase().dialect](error)).toBe(true);
    expect(await read()).toMatchObject([{ isExceeded: true }]);
  });

  it('adds octets to days that are there and to those that are not', async () => {
    const { db } = getDatabase();
    const day = (date: string, inputOctets: number, outputOctets: number) => ({
      userId,
      day: date,
      inputOctets,
      outputOctets,
    });
    await runBatch(db, async (batch) => addToDays(batch, [day('2025-12-10', 1, 2), day('2025-12-11', 3, 4)]));
    await runBatch(db, async (batch) =>
      addToDays(batch, [day('2025-12-11', 10, 20), day('2025-12-12', 5, 6)]),
    );
    const rows: object[] = await db
      .knex('usage_days')
      .orderBy('day')
      .select('day', 'input_octets', 'output_octets');
    expect(rows).toEqual([
      { day: '2025-12-10', input_octets: 1, output_octets: 2 },
      { day: '2025-12-11', input_octets: 13, output_octets: 24 },
      { day: '2025-12-12', input_octets: 5, output_octets: 6 },
    ]);
  });

  it('writes down differences with their instant', async () => {
    const { db } = getDatabase();
    const difference = { today: -7, week: 0, month: -8, total: 0 };
    await runBatch(db, async (batch) =>
      insertAdjustments(batch, [{ userId, at: EPOCH, difference, kind: 'before_reset', reason: 'late' }]),
    );
    expect(await db.knex('usage_adjustments')).toEqual([
      expect.objectContaining({
        user_id: userId,
        at: EPOCH,
        ...difference,
        kind: 'before_reset',
        reason: 'late',
        changed_by: null,
      }),
    ]);
  });

  it('is not written at all when its batch fails', async () => {
    const { db } = getDatabase();
    const failing = runBatch(db, async (batch) => {
      saveUsage(batch, [record]);
      await batch.flush();
      throw new Error('too late');
    });
    await expect(failing).rejects.toThrow('too late');
    expect(await read()).toEqual([]);
  });

  it('that is no whole number is refused', async () => {
    const broken = { ...record, counters: { ...record.counters, usedTotal: 2 ** 53 } };
    await expect(save(broken)).rejects.toThrow(RangeError);
    expect(await read()).toEqual([]);
  });
});
