/** Reading beside whoever writes: the same answers, no writes, and nobody is kept waiting. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type Database, inTransaction, openDatabase } from '../../src/db/database.ts';
import type { Dialect } from '../../src/db/dialect.ts';
import { openReader, type ReaderOptions } from '../../src/db/reader.ts';
import { inSnapshot } from '../../src/db/snapshot.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { failOnLeaks } from '../support/leaks.ts';
import { insertSession } from '../support/session-rows.ts';

/** Counts for some seconds and cannot be interrupted. */
const SLOW = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000000) SELECT COUNT(*) AS i FROM n`;

const REFUSED_WRITE: Record<Dialect, string> = {
  mysql: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  sqlite: 'SQLITE_READONLY',
};
const UNKNOWN_TABLE: Record<Dialect, string> = { mysql: 'ER_NO_SUCH_TABLE', sqlite: 'SQLITE_ERROR' };

const opened: Database[] = [];
function read(db: Database, options: ReaderOptions = {}): Database {
  const reader = openReader(db, options);
  opened.push(reader);
  return reader;
}

describeEachDatabase('a reader', (getDatabase) => {
  afterEach(closeAll);

  test('gives the rows that the writing connection gives, octets and empty columns too', async () => {
    const { db } = getDatabase();
    await insertSession(db, {
      acctinputoctets: 2 ** 40,
      station: Buffer.from([0, 255, 128]),
      class_token: null,
    });
    const rows = await read(db).knex('radacct').select('*');
    expect(rows).toEqual(await db.knex('radacct').select('*'));
    expect(rows[0].station).toEqual(Buffer.from([0, 255, 128]));
  });

  test('finds rows by octets, texts, numbers and flags', async () => {
    const { db } = getDatabase();
    const id = await insertSession(db, { station: Buffer.from([0, 255]) });
    const where = {
      radacctid: id,
      station: Buffer.from([0, 255]),
      source_address: '192.0.2.10',
      octets_reversed: false,
    };
    expect(await read(db).knex('radacct').where(where).select('radacctid')).toEqual([{ radacctid: id }]);
  });

  test('sees what was committed before it asks', async () => {
    const { db } = getDatabase();
    const reader = read(db);
    for (const sessions of [1, 2, 3]) {
      await insertSession(db);
      expect(await reader.knex('radacct').count({ sessions: '*' })).toEqual([{ sessions }]);
    }
  });

  test('sees one state throughout a snapshot, while others write', async () => {
    const { db } = getDatabase();
    const reader = read(db);
    const count = reader.knex('radacct').count({ sessions: '*' });
    const seen = await inSnapshot(reader, async (snapshot) => {
      const before = await snapshot.rows(count.clone());
      await insertSession(db);
      return [before, await snapshot.rows(count.clone())];
    });
    expect(seen).toEqual([[{ sessions: 0 }], [{ sessions: 0 }]]);
    expect(await count).toEqual([{ sessions: 1 }]);
  });

  test('reads on after a snapshot that failed', async () => {
    const reader = read(getDatabase().db);
    const failing = inSnapshot(reader, async (snapshot) => snapshot.rows(reader.knex('nowhere')));
    await expect(failing).rejects.toThrow('nowhere');
    expect(await reader.knex('radacct')).toEqual([]);
  });

  test('cannot write, neither by a statement nor in a transaction', async () => {
    const { db, dialect } = getDatabase();
    const reader = read(db);
    const row = { name: 'timezone', value: 'UTC' };
    await expect(reader.knex('settings').insert(row)).rejects.toMatchObject({ code: REFUSED_WRITE[dialect] });
    const transaction = inTransaction(reader, systemClock, ({ trx }) => trx('settings').insert(row));
    await expect(transaction).rejects.toMatchObject({ code: REFUSED_WRITE[dialect] });
    expect(await db.knex('settings')).toEqual([]);
  });

  test('passes on what the database refuses, as an error with its code', async () => {
    const { db, dialect } = getDatabase();
    const refused = await read(db)
      .knex('nowhere')
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Error);
    expect(refused).toMatchObject({ code: UNKNOWN_TABLE[dialect] });
  });

  test('gives nothing more once it is closed', async () => {
    const reader = read(getDatabase().db);
    await reader.knex('radacct');
    await reader.close();
    await expect(reader.knex('radacct')).rejects.toThrow();
  });
});

describe('a reader of SQLite', () => {
  failOnLeaks();
  const getFile = eachInItsFile();

  test('keeps neither the event loop nor a write transaction waiting during a long query', async () => {
    const { db } = getFile();
    const reader = read(db);
    await reader.knex.raw('SELECT 1');
    let isReading = true;
    const reading = reader.knex.raw(SLOW).finally(() => {
      isReading = false;
    });
    const waits: number[] = [];
    while (isReading) {
      const beganAt = performance.now();
      await inTransaction(db, systemClock, ({ trx }) => trx('numbers').insert({ i: waits.length }));
      await nextTurn();
      waits.push(performance.now() - beganAt);
    }
    expect(await reading).toEqual([{ i: 8_000_000 }]);
    expect(waits.length).toBeGreaterThan(20);
    expect(waits.toSorted((a, b) => a - b)[Math.floor(waits.length / 2)]).toBeLessThan(50);
  });

  test('answers in the order it is asked', async () => {
    const reader = read(getFile().db);
    const answered: number[] = [];
    const ask = async (i: number, limit: number) => {
      await reader.knex.raw(SLOW.replace('8000000', String(limit)));
      answered.push(i);
    };
    await Promise.all([ask(1, 100_000), ask(2, 1), ask(3, 1_000)]);
    expect(answered).toEqual([1, 2, 3]);
  });

  test('refuses queries beyond those that may wait', async () => {
    const reader = read(getFile().db, { queueMax: 2 });
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4, 5].map((each) => reader.knex.raw('SELECT ? AS i', [each])),
    );
    expect(outcomes.map(({ status }) => status)).toContain('rejected');
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'unavailable' },
    });
    expect(outcomes[0]).toMatchObject({ value: [{ i: 1 }] });
  });

  test('waits for a file that is not there yet by failing, and reads once it is', async () => {
    const later = `${getFile().filename}-later`;
    const other = openDatabase(`sqlite:${later}`);
    rmSync(later);
    try {
      const reader = read(other);
      await expect(reader.knex('numbers')).rejects.toMatchObject({ code: 'SQLITE_CANTOPEN' });
      await other.knex.raw('CREATE TABLE numbers (i integer)');
      expect(await reader.knex('numbers')).toEqual([]);
    } finally {
      await closeAll();
      await other.close();
      remove(later);
    }
  });

  test('of a database in memory is its own connection', async () => {
    const inMemory = openDatabase('sqlite::memory:');
    await inMemory.knex.raw('CREATE TABLE numbers (i integer)');
    expect(await read(inMemory).knex('numbers')).toEqual([]);
    await inMemory.close();
  });
});

/** A statement cannot be interrupted: these leave a thread that ends with the one it is in. */
describe('a reader of SQLite in a query that does not end', () => {
  const getFile = eachInItsFile();

  test('gives up a query that takes too long, and reads on', async () => {
    const reader = read(getFile().db, { queryMsMax: 400 });
    await expect(reader.knex.raw(SLOW)).rejects.toMatchObject({ code: 'unavailable' });
    await expect.poll(() => reader.knex.raw('SELECT 1 AS one').catch(String)).toEqual([{ one: 1 }]);
  });

  test('ends within its time beside a query that does not, and refuses that', async () => {
    const reader = read(getFile().db);
    await reader.knex.raw('SELECT 1');
    const reading = reader.knex.raw(SLOW).catch((error: unknown) => error);
    await nextTurn();
    await reader.close();
    expect(await reading).toMatchObject({ code: 'unavailable' });
  });
});

async function closeAll(): Promise<void> {
  for (const reader of opened.splice(0)) await reader.close();
}

/** Gives each test a database with one table, and takes it away again. */
function eachInItsFile(): () => { readonly db: Database; readonly filename: string } {
  let file: { db: Database; filename: string } | undefined;
  beforeEach(async () => {
    const filename = join(tmpdir(), `radmeter-reader-${randomUUID()}.db`);
    const db = openDatabase(`sqlite:${filename}`);
    await db.knex.raw('CREATE TABLE numbers (i integer)');
    file = { db, filename };
  });
  afterEach(async () => {
    await closeAll();
    await file?.db.close();
    remove(file?.filename ?? '');
  });
  return () => {
    if (file === undefined) throw new Error('asked for outside a test');
    return file;
  };
}

function remove(filename: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${filename}${suffix}`, { force: true });
}
