/** The words migrations describe a table in: column types on both databases, columns, indexes. */
import type { Dialect } from './dialect.ts';

export type ColumnType = Readonly<Record<Dialect, string>>;

export interface ColumnReference {
  readonly table: string;
  readonly onDelete: 'CASCADE' | 'SET NULL';
}

export interface Column {
  readonly type: ColumnType;
  readonly isNullable: boolean;
  /** An SQL literal or expression per database; without one a missing column cannot be added to a table with rows. */
  readonly defaultSql?: ColumnType;
  readonly references?: ColumnReference;
  /** The column is widened to this many characters where an existing one is narrower. */
  readonly widenToCharacters?: number;
}

export interface Index {
  readonly name: string;
  readonly columns: readonly string[];
  readonly isUnique: boolean;
}

export interface Table {
  readonly name: string;
  /** In the order of creation; names in lower case. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Where the key is not a column of type `id`. */
  readonly primaryKey?: readonly string[];
  readonly indexes?: readonly Index[];
}

/** The key of a table: numbers that are never given twice. */
export const id: Column = {
  type: { mysql: 'bigint NOT NULL AUTO_INCREMENT PRIMARY KEY', sqlite: 'integer PRIMARY KEY AUTOINCREMENT' },
  isNullable: true,
};

export const bigint = onBoth('bigint');
export const integer = onBoth('int');
export const boolean: ColumnType = { mysql: 'tinyint(1)', sqlite: 'bool' };
export const tinyint = onBoth('tinyint');
/** Epoch milliseconds: every instant in a table or column of ours. */
export const epochMs = bigint;
/** UTC text, as Django keeps instants (`instantToText`). */
export const utcInstant: ColumnType = { mysql: 'datetime(6)', sqlite: 'datetime' };
/** Whole seconds of the database session's local time, as FreeRADIUS keeps them. */
export const localTime = onBoth('datetime');
/** A day of the service's calendar, `2025-12-31`. */
export const day = onBoth('date');
export const longText: ColumnType = { mysql: `longtext ${utf8()}`, sqlite: 'text' };

/** Text of at most so many characters, compared octet by octet: two user names that differ in case are two users. */
export function varchar(characters: number): ColumnType {
  return { mysql: `varchar(${characters}) ${utf8()}`, sqlite: `varchar(${characters})` };
}

/** Raw octets, at most so many. */
export function varbinary(bytes: number): ColumnType {
  return { mysql: `varbinary(${bytes})`, sqlite: 'blob' };
}

/** Raw octets, exactly so many. */
export function binary(bytes: number): ColumnType {
  return { mysql: `binary(${bytes})`, sqlite: 'blob' };
}

/** A column every insert must fill. */
export function required(type: ColumnType): Column {
  return { type, isNullable: false };
}

/** A column that may be NULL, and is where nothing was said. */
export function optional(type: ColumnType): Column {
  return { type, isNullable: true, defaultSql: onBoth('NULL') };
}

/** A column that is never NULL: the number, boolean or text where nothing was said. */
export function defaulted(type: ColumnType, value: number | boolean | string): Column {
  const literal = typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(Number(value));
  return { type, isNullable: false, defaultSql: onBoth(literal) };
}

/** A row of another table that this row cannot outlive. */
export function ownedBy(table: string): Column {
  return { ...required(bigint), references: { table, onDelete: 'CASCADE' } };
}

/** A row of another table, NULL once that is deleted. */
export function pointsTo(table: string): Column {
  return { ...optional(bigint), references: { table, onDelete: 'SET NULL' } };
}

/** An index for queries that look rows up by these columns. */
export function index(name: string, columns: readonly string[]): Index {
  return { name, columns, isUnique: false };
}

/** An index that refuses a second row with these values; NULLs do not collide. */
export function unique(name: string, columns: readonly string[]): Index {
  return { name, columns, isUnique: true };
}

function onBoth(sql: string): ColumnType {
  return { mysql: sql, sqlite: sql };
}

function utf8(): string {
  return 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
}
