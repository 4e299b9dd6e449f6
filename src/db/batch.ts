/** A batch: one transaction on the hot path, written once per database below one interface (design: hot path). */

/** How a column's values are written: `text` as UTF-8, `octets` as raw bytes, `instant` as UTC text, `session-time` as the database session's local time (what people compare with NOW()). */
export type ColumnKind = 'number' | 'text' | 'octets' | 'instant' | 'session-time';

/** `number` values are numbers, `instant` and `session-time` epoch milliseconds, `text` and `octets` strings (octets one character each). */
export type ColumnValue = number | string | undefined;

export interface Column<T> {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly value: (item: T) => ColumnValue;
}

/** A column that is read, under the name its row has it. Octets are handed out as hexadecimal text (readOctets), everything else as the driver does. */
export interface SelectedColumn {
  readonly name: string;
  /** The SQL of its value, where that is not the name itself. */
  readonly sql?: string;
  readonly isOctets?: boolean;
}

/** Reads the rows whose key is one of several: `from` ends with the key's column, where the condition's operator and values belong. */
export interface KeyedSelect {
  readonly columns: readonly SelectedColumn[];
  readonly from: string;
  readonly kind: 'number' | 'octets' | 'text';
  /** Closes what `from` opened, e.g. a subquery. */
  readonly end?: string;
  readonly orderBy: string;
  /** Whether the rows stay locked until the commit. */
  readonly isLocked: boolean;
}

/** Returns a selected octet column's octets, one character each; undefined for NULL. */
export function readOctets(hex: string | null): string | undefined {
  return hex === null ? undefined : Buffer.from(hex, 'hex').toString('latin1');
}

/** Returns columns that are selected under their own names. */
export function columnsNamed(names: string): SelectedColumn[] {
  return names.split(/,\s*/).map((name) => ({ name }));
}

/** Rows that are there after the next flush. */
export interface PendingRows<R> {
  rows(): readonly R[];
}

/** How many rows a change reached, after the next flush. */
export interface PendingCount {
  count(): number;
}

/** A value for a placeholder, and how it is written. */
export type ChangeValue = readonly [kind: ColumnKind, value: ColumnValue];

/** A row of numbers a batch adds up: inserted where it is missing, else its sums grow. */
export interface SumTable<T> {
  readonly table: string;
  readonly keys: readonly Column<T>[];
  readonly sums: readonly Column<T>[];
}

/** Reads and writes are collected and sent by `flush` in one round trip, in the order they were asked for. */
export interface BatchTransaction {
  /** The one instant (epoch milliseconds) of this transaction. */
  readonly now: number;
  select<R>(query: KeyedSelect, keys: readonly (number | string)[]): PendingRows<R>;
  insert<T>(table: string, columns: readonly Column<T>[], items: readonly T[]): void;
  /** Writes every non-key column of rows that exist and are locked; `key` is the primary key. Columns must include all NOT NULL ones without a default. */
  update<T>(table: string, key: Column<T>, columns: readonly Column<T>[], items: readonly T[]): void;
  /** Runs one statement that reads alike on both databases, a `?` for each value. */
  change(sql: string, values: readonly ChangeValue[]): PendingCount;
  add<T>(sumTable: SumTable<T>, items: readonly T[]): void;
  flush(): Promise<void>;
}

/** Runs batches, one at a time, each in a transaction of its own. */
export interface BatchRunner {
  /** Commits what `work` wrote, or rolls all of it back and rethrows; throws AppError `unavailable` when the database does not finish in time. */
  run<T>(work: (batch: BatchTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
