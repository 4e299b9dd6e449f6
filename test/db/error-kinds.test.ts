/** What becomes of a batch that failed, by the error: decided again, halved until one record stands alone, or left unanswered. */
import { knex } from 'knex';
import { createConnection } from 'mysql2';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { type Dialect, isRecordFault, isRetryable } from '../../src/db/dialect.ts';
import { connectionOptions } from '../../src/db/mysql.ts';
import { AppError } from '../../src/errors.ts';
import { describeEachDatabase } from '../support/databases.ts';

const withCode = (code: string) => Object.assign(new Error('said the driver'), { code });

describe('a batch is decided again', () => {
  it.each<[Dialect, string, boolean]>([
    ['mysql', 'ER_LOCK_DEADLOCK', true],
    ['mysql', 'ER_DUP_ENTRY', true],
    ['mysql', 'ER_CHECKREAD', true],
    ['mysql', 'ER_AUTOINC_READ_FAILED', true],
    ['mysql', 'PROTOCOL_CONNECTION_LOST', true],
    ['mysql', 'ECONNRESET', true],
    ['mysql', 'EPIPE', true],
    ['mysql', 'ECONNREFUSED', false],
    ['mysql', 'ER_NO_SUCH_TABLE', false],
    ['mysql', 'ER_DATA_TOO_LONG', false],
    ['sqlite', 'SQLITE_BUSY_SNAPSHOT', true],
    ['sqlite', 'SQLITE_CONSTRAINT_UNIQUE', true],
    ['sqlite', 'SQLITE_FULL', false],
    ['sqlite', 'ECONNRESET', false],
  ])('on %s after %s: %s', (dialect, code, expected) => {
    expect(isRetryable[dialect](withCode(code))).toBe(expected);
  });

  it.each<[string, unknown, boolean]>([
    ['a fatal error without a code', Object.assign(new Error('closed'), { fatal: true }), true],
    [
      'a fatal error with another code',
      Object.assign(withCode('ER_ACCESS_DENIED_ERROR'), { fatal: true }),
      false,
    ],
    ['an error that is not fatal', Object.assign(new Error('odd'), { fatal: false }), false],
    ['an error of ours', new AppError('unavailable', 'the database did not finish a batch'), false],
    ['what is no error', { fatal: true }, false],
  ])('on mysql after %s: %s', (_, error, expected) => {
    expect(isRetryable.mysql(error)).toBe(expected);
  });
});

describe.each(['mysql', 'sqlite'] as const)('a record is at fault on %s', (dialect) => {
  it.each<[string, unknown, boolean]>([
    ['a RangeError', new RangeError('0.5 is not a whole number'), true],
    ['a TypeError', new TypeError('cannot read properties'), true],
    ['an AppError of invalid values', new AppError('invalid', 'column used_total'), true],
    ['an AppError of a database that is away', new AppError('unavailable', 'away'), false],
    ['any other AppError', new AppError('conflict', 'there is one'), false],
    ['a plain Error', new Error('odd'), false],
    ['a pool without a free connection', new knex.KnexTimeoutError('Timeout acquiring a connection'), false],
    ['a connection that was lost', withCode('PROTOCOL_CONNECTION_LOST'), false],
    ['what is no error', 'RangeError', false],
  ])('after %s: %s', (_name, error, expected) => {
    expect(isRecordFault[dialect](error)).toBe(expected);
  });
});

describe('a record is at fault', () => {
  it.each<[Dialect, string, boolean]>([
    ['mysql', 'ER_DATA_TOO_LONG', true],
    ['mysql', 'ER_WARN_DATA_OUT_OF_RANGE', true],
    ['mysql', 'ER_DATA_OUT_OF_RANGE', true],
    ['mysql', 'ER_NO_SUCH_TABLE', false],
    ['sqlite', 'SQLITE_TOOBIG', true],
    ['sqlite', 'SQLITE_FULL', false],
  ])('on %s after %s: %s', (dialect, code, expected) => {
    expect(isRecordFault[dialect](withCode(code))).toBe(expected);
  });
});

/** What the driver says of a statement on a connection that is gone. */
const errorOfClosed: Record<Dialect, (db: Database) => Promise<unknown>> = {
  async mysql({ address }) {
    if (address.dialect !== 'mysql') throw new Error('not on MariaDB');
    const connection = createConnection(connectionOptions(address));
    await connection.promise().query('SELECT 1');
    connection.destroy();
    return connection
      .promise()
      .query('SELECT 1')
      .catch((error: unknown) => error);
  },
  // A file has no connection to lose.
  sqlite: () => Promise.resolve(withCode('SQLITE_BUSY')),
};

/** What the database says of a value it cannot hold. */
const ADD_TOO_MUCH: Record<Dialect, string> = {
  mysql: 'SELECT 9223372036854775807 + 1',
  sqlite: 'INSERT INTO settings (name, value) VALUES (NULL, NULL)',
};

describeEachDatabase('an error as the driver gives it', (getDatabase) => {
  it('of a connection that is gone is worth another try, and no record’s fault', async () => {
    const { db, dialect } = getDatabase();
    const error = await errorOfClosed[dialect](db);
    expect(error).toBeInstanceOf(Error);
    expect(isRetryable[dialect](error)).toBe(true);
    expect(isRecordFault[dialect](error)).toBe(false);
  });

  it('of a value that the database cannot hold is a record’s fault, and not worth another try', async () => {
    const { db, dialect } = getDatabase();
    const error: unknown = await db.knex.raw(ADD_TOO_MUCH[dialect]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(isRecordFault[dialect](error)).toBe(true);
    expect(isRetryable[dialect](error)).toBe(false);
  });
});
