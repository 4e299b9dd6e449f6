/** Batches on MariaDB/MySQL: multi-row statements over one connection of their own, at most two round trips a batch. */
import { type Connection, createConnection, escape as escapeText } from 'mysql2';
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
import { withinCloseWait } from './close-wait.ts';
import { instantToText } from './dialect.ts';
import { abandon, connectionOptions, type MysqlAddress, setUpSession } from './mysql.ts';

/** Keeps one statement within reason; a batch whose statements together exceed the server's max_allowed_packet fails and is tried in smaller ones. */
const STATEMENT_ROWS_MAX = 5_000;

export class MysqlBatchRunner implements BatchRunner {
  readonly #address: MysqlAddress;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #connection: Connection | undefined;

  constructor(options: { address: MysqlAddress; clock: Clock; timeoutMs: number }) {
    this.#address = options.address;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
  }

  /** The driver may never call back after a connection is destroyed, so the time limit settles the batch by itself. */
  async run<T>(work: (batch: BatchTransaction) => Promise<T>): Promise<T> {
    const { promise: timedOut, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      if (this.#connection !== undefined) this.#discard(this.#connection);
      reject(new AppError('unavailable', `the database did not finish a batch within ${this.#timeoutMs} ms`));
    }, this.#timeoutMs);
    try {
      return await Promise.race([this.#runOnConnection(work), timedOut]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    await withinCloseWait(connection.promise().end(), () => abandon(connection));
  }

  async #runOnConnection<T>(work: (batch: BatchTransaction) => Promise<T>): Promise<T> {
    const connection = this.#connection ?? (await this.#connect());
    const batch = new MysqlBatch(connection, this.#clock.now());
    try {
      batch.queue('START TRANSACTION');
      const result = await work(batch);
      batch.queue('COMMIT');
      await batch.flush();
      return result;
    } catch (error) {
      await this.#rollBack(connection);
      throw error;
    }
  }

  /** A connection that cannot even roll back is destroyed: the server rolls back when it goes. */
  async #rollBack(connection: Connection): Promise<void> {
    try {
      await connection.promise().query('ROLLBACK');
    } catch {
      this.#discard(connection);
    }
  }

  async #connect(): Promise<Connection> {
    const connection = createConnection({ ...connectionOptions(this.#address), multipleStatements: true });
    // Errors between statements (the server went away) show at the next statement.
    connection.on('error', () => this.#discard(connection));
    this.#connection = connection;
    try {
      await setUpSession(connection);
      // A batch that was given up must not go on waiting for locks, and holding others, for InnoDB's fifty seconds.
      const waitSeconds = Math.max(1, Math.floor(this.#timeoutMs / 1000));
      await connection.promise().query(`SET SESSION innodb_lock_wait_timeout=${waitSeconds}`);
    } catch (error) {
      this.#discard(connection);
      throw error;
    }
    return connection;
  }

  #discard(connection: Connection): void {
    abandon(connection);
    if (this.#connection === connection) this.#connection = undefined;
  }
}

class MysqlBatch implements BatchTransaction {
  readonly now: number;
  readonly #connection: Connection;
  #queue: { sql: string; pending: { resolve(result: unknown): void } | undefined }[] = [];

  constructor(connection: Connection, now: number) {
    this.#connection = connection;
    this.now = now;
  }

  queue(sql: string): void {
    this.#queue.push({ sql, pending: undefined });
  }

  select<R>(query: KeyedSelect, keys: readonly (number | string)[]): PendingRows<R> {
    const pending = new MysqlPendingRows<R>();
    if (keys.length === 0) pending.resolve([]);
    else {
      const list = keys.map((key) => literal(query.kind, key)).join(',');
      const sql = `SELECT ${selected(query)} ${query.from} IN (${list})${query.end ?? ''} ORDER BY ${query.orderBy}`;
      this.#queue.push({ sql: query.isLocked ? `${sql} FOR UPDATE` : sql, pending });
    }
    return pending;
  }

  insert<T>(table: string, columns: readonly Column<T>[], items: readonly T[]): void {
    for (const chunk of chunks(items)) this.queue(insertSql(table, columns, chunk));
  }

  update<T>(table: string, key: Column<T>, columns: readonly Column<T>[], items: readonly T[]): void {
    const assignments = columns.map(({ name }) => `${name}=VALUES(${name})`).join(',');
    for (const chunk of chunks(items)) {
      this.queue(`${insertSql(table, [key, ...columns], chunk)} ON DUPLICATE KEY UPDATE ${assignments}`);
    }
  }

  change(sql: string, values: readonly ChangeValue[]): PendingCount {
    const remaining = values.map(([kind, value]) => literal(kind, value));
    const pending = new MysqlPendingCount();
    this.#queue.push({ sql: sql.replaceAll('?', () => remaining.shift() ?? 'NULL'), pending });
    return pending;
  }

  add<T>({ table, keys, sums }: SumTable<T>, items: readonly T[]): void {
    const assignments = sums.map(({ name }) => `${name}=${name}+VALUES(${name})`).join(',');
    for (const chunk of chunks(items)) {
      this.queue(`${insertSql(table, [...keys, ...sums], chunk)} ON DUPLICATE KEY UPDATE ${assignments}`);
    }
  }

  async flush(): Promise<void> {
    const queued = this.#queue;
    if (queued.length === 0) return;
    this.#queue = [];
    const results = await this.#send(queued.map(({ sql }) => sql).join(';\n'));
    // With one statement the driver returns its result itself instead of a list.
    const list = queued.length === 1 ? [results] : Array.isArray(results) ? results : [];
    queued.forEach(({ pending }, index) => {
      pending?.resolve(list[index]);
    });
  }

  #send(sql: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#connection.query(sql, (error, results: unknown) => (error ? reject(error) : resolve(results)));
    });
  }
}

class MysqlPendingRows<R> implements PendingRows<R> {
  #rows: readonly R[] | undefined;

  resolve(rows: unknown): void {
    // The shape of the rows is what the select that owns R names; the driver does not know it.
    if (Array.isArray(rows)) this.#rows = rows as R[];
  }

  rows(): readonly R[] {
    if (this.#rows === undefined) throw new Error('rows read before their batch was flushed');
    return this.#rows;
  }
}

class MysqlPendingCount implements PendingCount {
  #count: number | undefined;

  resolve(result: unknown): void {
    if (typeof result !== 'object' || result === null || !('affectedRows' in result)) return;
    this.#count = Number(result.affectedRows);
  }

  count(): number {
    if (this.#count === undefined) throw new Error('count read before its batch was flushed');
    return this.#count;
  }
}

function selected({ columns }: KeyedSelect): string {
  return columns
    .map(({ name, sql = name, isOctets }) => `${isOctets === true ? `HEX(${sql})` : sql} AS ${name}`)
    .join(',');
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += STATEMENT_ROWS_MAX)
    yield items.slice(at, at + STATEMENT_ROWS_MAX);
}

function insertSql<T>(table: string, columns: readonly Column<T>[], items: readonly T[]): string {
  let rows = '';
  for (const item of items) {
    let row = '';
    for (const { kind, value } of columns) row += `${row === '' ? '(' : ','}${literal(kind, value(item))}`;
    rows += `${rows === '' ? '' : ','}${row})`;
  }
  return `INSERT INTO ${table} (${columns.map(({ name }) => name).join(',')}) VALUES ${rows}`;
}

function literal(kind: ColumnKind, value: ColumnValue): string {
  if (value === undefined) return 'NULL';
  if (typeof value === 'number') return numberLiteral(kind, value);
  return kind === 'octets' ? `x'${Buffer.from(value, 'latin1').toString('hex')}'` : escapeText(value);
}

function numberLiteral(kind: ColumnKind, value: number): string {
  if (!Number.isSafeInteger(value))
    throw new RangeError(`${value} is not a whole number the database can keep exactly`);
  if (kind === 'instant') return `'${instantToText(value)}'`;
  if (kind === 'session-time') return `FROM_UNIXTIME(${Math.floor(value / 1000)})`;
  return String(value);
}
