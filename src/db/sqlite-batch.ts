/** Batches on SQLite: statements prepared once on the driver's handle, run row by row inside BEGIN IMMEDIATE. */
import type { Statement } from 'better-sqlite3';
import type { Knex } from 'knex';
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import type {
  BatchRunner,
  BatchTransaction,
  ChangeValue,
  Column,
  ColumnKind,
  ColumnValue,
  KeyedSelect,
  PendingCount,
  PendingRows,
  SumTable,
} from './batch.ts';
import { instantToText } from './dialect.ts';
import { beginImmediate, type SqliteHandle } from './sqlite.ts';

export class SqliteBatchRunner implements BatchRunner {
  readonly #knex: Knex;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #statements: { handle: SqliteHandle; bySql: Map<string, Statement<unknown[]>> } | undefined;

  constructor(options: { knex: Knex; clock: Clock; timeoutMs: number }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
  }

  /** knex's one connection is taken for the time of the batch, so that no command of this process writes in between. */
  async run<T>(work: (batch: BatchTransaction) => Promise<T>): Promise<T> {
    const handle: SqliteHandle = await this.#knex.client.acquireConnection();
    try {
      await this.#begin(handle);
      const result = await work(new SqliteBatch(this.#clock.now(), this.#preparedFor(handle)));
      handle.exec('COMMIT');
      return result;
    } finally {
      if (handle.inTransaction) handle.exec('ROLLBACK');
      await this.#knex.client.releaseConnection(handle);
    }
  }

  async close(): Promise<void> {
    this.#statements = undefined;
  }

  async #begin(handle: SqliteHandle): Promise<void> {
    try {
      await beginImmediate(handle, this.#timeoutMs);
    } catch (error) {
      throw new AppError('unavailable', `another process held the database for ${this.#timeoutMs} ms`, {
        cause: error,
      });
    }
  }

  #preparedFor(handle: SqliteHandle): (sql: string) => Statement<unknown[]> {
    if (this.#statements?.handle !== handle) this.#statements = { handle, bySql: new Map() };
    const { bySql } = this.#statements;
    return (sql) => {
      const known = bySql.get(sql);
      if (known !== undefined) return known;
      const statement = handle.prepare<unknown[]>(sql);
      bySql.set(sql, statement);
      return statement;
    };
  }
}

class SqliteBatch implements BatchTransaction {
  readonly now: number;
  readonly #prepare: (sql: string) => Statement<unknown[]>;

  constructor(now: number, prepare: (sql: string) => Statement<unknown[]>) {
    this.now = now;
    this.#prepare = prepare;
  }

  /** All rows as one JSON text: each value that crosses from SQLite into JavaScript by itself costs a microsecond and more. */
  select<R>(query: KeyedSelect, keys: readonly (number | string)[]): PendingRows<R> {
    if (keys.length === 0) return { rows: () => [] };
    const list =
      query.kind === 'octets' ? keys.map((key) => Buffer.from(String(key), 'latin1').toString('hex')) : keys;
    const json = this.#prepare(selectSql(query))
      .pluck()
      .get([JSON.stringify(list)]);
    const rows: unknown = JSON.parse(String(json));
    // The shape of the rows is what the select that owns R names; the driver does not know it.
    return { rows: () => (Array.isArray(rows) ? (rows as R[]) : []) };
  }

  insert<T>(table: string, columns: readonly Column<T>[], items: readonly T[]): void {
    this.#runEach(insertSql(table, columns), columns, items);
  }

  update<T>(table: string, key: Column<T>, columns: readonly Column<T>[], items: readonly T[]): void {
    const assignments = columns.map(({ name, kind }) => `${name}=${PLACEHOLDERS[kind]}`).join(',');
    this.#runEach(`UPDATE ${table} SET ${assignments} WHERE ${key.name} = ?`, [...columns, key], items);
  }

  change(sql: string, values: readonly ChangeValue[]): PendingCount {
    const { changes } = this.#prepare(sql).run(values.map(([kind, value]) => bound(kind, value)));
    return { count: () => changes };
  }

  add<T>({ table, keys, sums }: SumTable<T>, items: readonly T[]): void {
    const columns = [...keys, ...sums];
    const conflict = keys.map(({ name }) => name).join(',');
    const assignments = sums.map(({ name }) => `${name}=${name}+excluded.${name}`).join(',');
    this.#runEach(
      `${insertSql(table, columns)} ON CONFLICT (${conflict}) DO UPDATE SET ${assignments}`,
      columns,
      items,
    );
  }

  async flush(): Promise<void> {
    // Every statement has run already.
  }

  #runEach<T>(sql: string, columns: readonly Column<T>[], items: readonly T[]): void {
    if (items.length === 0) return;
    const statement = this.#prepare(sql);
    for (const item of items) statement.run(columns.map(({ kind, value }) => bound(kind, value(item))));
  }
}

/** A database session has no zone of its own in SQLite: CURRENT_TIMESTAMP is UTC. */
const PLACEHOLDERS: Record<ColumnKind, string> = {
  number: '?',
  text: '?',
  octets: '?',
  instant: '?',
  'session-time': "datetime(?, 'unixepoch')",
};

/** SQLite's hex() makes an empty text of NULL. */
function selectSql({ columns, from, kind, end = '', orderBy }: KeyedSelect): string {
  const members = columns.map(
    ({ name, sql = name, isOctets }) =>
      `'${name}', ${isOctets === true ? `iif(${sql} IS NULL, NULL, hex(${sql}))` : sql}`,
  );
  const key = kind === 'octets' ? 'unhex(value)' : 'value';
  return `SELECT json_group_array(json_object(${members.join(', ')}) ORDER BY ${orderBy})
    ${from} IN (SELECT ${key} FROM json_each(?))${end}`;
}

function insertSql<T>(table: string, columns: readonly Column<T>[]): string {
  const names = columns.map(({ name }) => name).join(',');
  return `INSERT INTO ${table} (${names}) VALUES (${columns.map(({ kind }) => PLACEHOLDERS[kind]).join(',')})`;
}

function bound(kind: ColumnKind, value: ColumnValue): unknown {
  if (value === undefined) return null;
  if (typeof value === 'string') return kind === 'octets' ? Buffer.from(value, 'latin1') : value;
  if (!Number.isSafeInteger(value))
    throw new RangeError(`${value} is not a whole number the database can keep exactly`);
  if (kind === 'instant') return instantToText(value);
  return kind === 'session-time' ? Math.floor(value / 1000) : value;
}
