/** Transactions: all or nothing, one instant each, and decided again when they lose a race. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Knex } from 'knex';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { inTransaction } from '../../src/db/database.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { LineProcess } from '../support/line-process.ts';

const WRITER_PROCESS = new URL('../support/writer-process.ts', import.meta.url).pathname;

/** A clock that is a second later each time it is asked. */
function steppingClock(): Clock {
  let nowMs = 0;
  return {
    now() {
      nowMs += 1000;
      return nowMs;
    },
  };
}

/** A promise and what keeps it. */
function signal(): { readonly given: Promise<void>; give(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { given: promise, give: resolve };
}

describeEachDatabase('a database that refuses a statement', (getDatabase) => {
  test('is quoted without the values it refused, which may be secrets', async () => {
    const row = { nasname: '192.0.2.1', secret: 's3cret', id: 1 };
    await getDatabase().db.knex('nas').insert(row);
    const refusal = await getDatabase().db.knex('nas').insert(row).catch(String);
    expect(refusal).toContain('nas');
    expect(refusal).not.toContain('s3cret');
  });
});

describeEachDatabase('a transaction', (getDatabase) => {
  test('returns what its work returns, and its rows stay', async () => {
    const { db } = getDatabase();
    const answer = await inTransaction(db, systemClock, async ({ trx }) => {
      await trx('settings').insert({ name: 'a', value: '1' });
      return 'done';
    });
    expect(answer).toBe('done');
    expect(await db.knex('settings')).toEqual([{ name: 'a', value: '1' }]);
  });

  test('leaves nothing behind when its work throws, and throws the same', async () => {
    const { db } = getDatabase();
    const failure = new Error('no such user');
    const work = inTransaction(db, systemClock, async ({ trx }) => {
      await trx('settings').insert({ name: 'a', value: '1' });
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(await db.knex('settings')).toEqual([]);
  });

  test('cannot be used once it is over', async () => {
    const { db } = getDatabase();
    const handles: Knex.Transaction[] = [];
    const keepHandle = async ({ trx }: { trx: Knex.Transaction }) => {
      handles.push(trx);
      if (handles.length === 2) throw new Error('rolled back');
    };
    await inTransaction(db, systemClock, keepHandle);
    await expect(inTransaction(db, systemClock, keepHandle)).rejects.toThrow('rolled back');
    for (const trx of handles) {
      await expect(trx('settings').insert({ name: 'late', value: '1' })).rejects.toThrow(/already complete/);
    }
    expect(await db.knex('settings')).toEqual([]);
  });

  test('happens at one instant, and at a later one when it is decided again', async () => {
    const { db } = getDatabase();
    await db.knex('settings').insert({ name: 'taken', value: '1' });
    const instants: number[][] = [];
    await inTransaction(db, steppingClock(), async (transaction) => {
      instants.push([transaction.now, transaction.now]);
      if (instants.length === 1) await transaction.trx('settings').insert({ name: 'taken', value: '2' });
    });
    expect(instants).toEqual([
      [1000, 1000],
      [2000, 2000],
    ]);
  });

  test('is decided again from fresh rows when another one took its key', async () => {
    const { db } = getDatabase();
    let tries = 0;
    await inTransaction(db, systemClock, async ({ trx }) => {
      tries += 1;
      const row = await trx('settings').where({ name: 'a' }).first();
      // In place of the row that another process commits between our look and our insert.
      if (tries === 1) await trx('settings').insert({ name: 'a', value: 'theirs' });
      if (row === undefined) await trx('settings').insert({ name: 'a', value: `try ${tries}` });
    });
    expect(tries).toBe(2);
    expect(await db.knex('settings')).toEqual([{ name: 'a', value: 'try 2' }]);
  });

  test('gives up after five tries', async () => {
    const { db } = getDatabase();
    await db.knex('settings').insert({ name: 'taken', value: '1' });
    let tries = 0;
    const hopeless = inTransaction(db, systemClock, async ({ trx }) => {
      tries += 1;
      await trx('settings').insert({ name: 'taken', value: '2' });
    });
    await expect(hopeless).rejects.toThrow(/unique|duplicate/i);
    expect(tries).toBe(5);
  });

  test('that waits for another one gets its turn', async () => {
    const { db, dialect } = getDatabase();
    await db.knex('settings').insert([
      { name: 'a', value: '' },
      { name: 'b', value: '' },
    ]);
    let tries = 0;
    const bothHoldOne = [signal(), signal()] as const;
    /** Locks the one row, waits until the other transaction holds the other one, and then wants that: a deadlock. */
    const lockBoth = (names: readonly [string, string], mine: 0 | 1) =>
      inTransaction(db, systemClock, async ({ trx }) => {
        tries += 1;
        await trx('settings')
          .where({ name: names[0] })
          .update({ value: trx.raw("CONCAT(value, 'x')") });
        bothHoldOne[mine].give();
        // SQLite lets only one of them begin, so there is nobody to wait for.
        if (dialect === 'mysql') await bothHoldOne[mine === 0 ? 1 : 0].given;
        await trx('settings')
          .where({ name: names[1] })
          .update({ value: trx.raw("CONCAT(value, 'x')") });
      });
    await Promise.all([lockBoth(['a', 'b'], 0), lockBoth(['b', 'a'], 1)]);
    expect(await db.knex('settings').pluck('value')).toEqual(['xx', 'xx']);
    expect(tries).toBe(dialect === 'mysql' ? 3 : 2);
  });

  test('waits for a process that is writing what it wants to write', async () => {
    const { db, url } = getDatabase();
    await db.knex('settings').insert({ name: 'shared', value: '' });
    const writer = new LineProcess(WRITER_PROCESS, url);
    try {
      expect(await writer.nextLine()).toBe('writing');
      let isWritten = false;
      const ours = inTransaction(db, systemClock, async ({ trx }) => {
        await trx('settings').update({ value: trx.raw("CONCAT(value, ' and ours')") });
        isWritten = true;
      });
      for (let turn = 0; turn < 100; turn++) await nextTurn();
      expect(isWritten).toBe(false);
      writer.say('commit');
      await ours;
      expect(await db.knex('settings').pluck('value')).toEqual(['theirs and ours']);
    } finally {
      await writer.end();
    }
  });
});
