/** Brings tables to the shape a migration describes: creates what is missing, adds to what is there, destroys nothing (design §4). */
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import { type Column, type Index, index, type Table } from './column.ts';
import { type Dialect, isDuplicateKey } from './dialect.ts';
import { type ExistingTable, hasIndex, hasUniqueIndex, readExistingTable } from './existing-table.ts';

interface Missing {
  readonly columns: readonly [string, Column][];
  readonly indexes: readonly Index[];
  /** Existing columns too narrow for us, and the clause that keeps their character set. */
  readonly tooNarrow: readonly [string, Column, string][];
}

/** Creates each table, or adds the columns and indexes it lacks; running it twice changes nothing. Throws AppError `conflict` where a table lacks a column that cannot be made up, or holds rows a unique index refuses. */
export async function adoptTables(knex: Knex, dialect: Dialect, tables: readonly Table[]): Promise<void> {
  await allowForwardReferences[dialect](knex, async () => {
    for (const table of tables) {
      const existing = await readExistingTable(knex, dialect, table.name);
      const statements =
        existing === undefined
          ? createSql[dialect](table)
          : alterSql[dialect](table, missingFrom(existing, table, dialect));
      await runStatements(knex, dialect, table, statements);
    }
  });
}

async function runStatements(knex: Knex, dialect: Dialect, table: Table, statements: readonly string[]) {
  try {
    for (const statement of statements) await knex.raw(statement);
  } catch (error) {
    if (!isDuplicateKey[dialect](error)) throw error;
    const keys = indexesOf(table).filter((each) => each.isUnique);
    const expected = keys.map((each) => `(${each.columns.join(', ')})`).join(' and ');
    throw new AppError(
      'conflict',
      `table ${table.name} holds rows that are alike where ${expected} must differ; remove the surplus rows and migrate again`,
      { cause: error },
    );
  }
}

function missingFrom(existing: ExistingTable, table: Table, dialect: Dialect): Missing {
  const columns = Object.entries(table.columns).filter(([name]) => !existing.columns.has(name));
  const unknown = columns.filter(([, column]) => column.defaultSql === undefined).map(([name]) => name);
  if (unknown.length > 0) {
    throw new AppError(
      'conflict',
      `table ${table.name} exists without ${unknown.join(', ')}, which cannot be made up for its rows; is it another program's table?`,
    );
  }
  return {
    columns,
    indexes: indexesOf(table).filter((each) =>
      each.isUnique ? !hasUniqueIndex(existing, each.columns) : !hasIndex(existing, each.columns),
    ),
    tooNarrow: dialect === 'mysql' ? tooNarrow(existing, table) : [],
  };
}

function tooNarrow(existing: ExistingTable, table: Table): [string, Column, string][] {
  return Object.entries(table.columns).flatMap(([name, column]) => {
    const found = existing.columns.get(name);
    const isNarrow = (found?.characters ?? Number.POSITIVE_INFINITY) < (column.widenToCharacters ?? 0);
    return found !== undefined && isNarrow ? [[name, column, found.charsetSql]] : [];
  });
}

/** The declared indexes, and one for each reference that none of them leads with: deleting the row referred to looks for it. */
function indexesOf(table: Table): Index[] {
  const declared = table.indexes ?? [];
  const leading = new Set([table.primaryKey?.[0], ...declared.map((each) => each.columns[0])]);
  const references = Object.entries(table.columns)
    .filter(([name, column]) => column.references !== undefined && !leading.has(name))
    .map(([name]) => index(`${table.name}_${name}`, [name]));
  return [...declared, ...references];
}

const allowForwardReferences: Record<Dialect, (knex: Knex, work: () => Promise<void>) => Promise<void>> = {
  // profiles and users refer to each other, so whichever is created first refers to a table not there yet.
  async mysql(knex, work) {
    await knex.raw('SET SESSION foreign_key_checks = 0');
    try {
      await work();
    } finally {
      await knex.raw('SET SESSION foreign_key_checks = 1');
    }
  },
  sqlite: (_knex, work) => work(),
};

const createSql: Record<Dialect, (table: Table) => string[]> = {
  mysql: (table) => {
    const parts = [...tableParts(table, 'mysql'), ...indexesOf(table).map(mysqlKey)];
    const options = 'ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
    return [`CREATE TABLE ${quoted(table.name)} (${parts.join(', ')}) ${options}`];
  },
  sqlite: (table) => [
    // A key that is not a row number is the table itself, instead of a second tree beside it.
    `CREATE TABLE ${quoted(table.name)} (${tableParts(table, 'sqlite').join(', ')}) ${table.primaryKey ? 'WITHOUT ROWID' : ''}`,
    ...indexesOf(table).map((each) => sqliteIndex(table, each)),
  ],
};

const alterSql: Record<Dialect, (table: Table, missing: Missing) => string[]> = {
  // One statement: MariaDB makes it whole or not at all, and copies a large radacct once at most.
  mysql: (table, missing) => {
    const changes = [
      ...missing.columns.map(([name, column]) => `ADD COLUMN ${columnSql(name, column, 'mysql')}`),
      ...missing.tooNarrow.map(
        ([name, column, charset]) => `MODIFY COLUMN ${widenedSql(name, column, charset)}`,
      ),
      ...missing.indexes.map((each) => `ADD ${mysqlKey(each)}`),
    ];
    return changes.length === 0 ? [] : [`ALTER TABLE ${quoted(table.name)} ${changes.join(', ')}`];
  },
  sqlite: (table, missing) => [
    ...missing.columns.map(
      ([name, column]) => `ALTER TABLE ${quoted(table.name)} ADD COLUMN ${columnSql(name, column, 'sqlite')}`,
    ),
    ...missing.indexes.map((each) => sqliteIndex(table, each)),
  ],
};

function tableParts(table: Table, dialect: Dialect): string[] {
  const columns = Object.entries(table.columns);
  return [
    ...columns.map(([name, column]) => columnSql(name, column, dialect)),
    ...(table.primaryKey === undefined ? [] : [`PRIMARY KEY (${quotedList(table.primaryKey)})`]),
    ...columns.flatMap(([name, { references }]) =>
      references === undefined
        ? []
        : `FOREIGN KEY (${quoted(name)}) REFERENCES ${quoted(references.table)} (id) ON DELETE ${references.onDelete}`,
    ),
  ];
}

function columnSql(name: string, column: Column, dialect: Dialect): string {
  return `${quoted(name)} ${column.type[dialect]}${constraintSql(column, dialect)}`;
}

function widenedSql(name: string, column: Column, charset: string): string {
  return `${quoted(name)} varchar(${column.widenToCharacters}) ${charset}${constraintSql(column, 'mysql')}`;
}

function constraintSql(column: Column, dialect: Dialect): string {
  const isNull = column.isNullable ? '' : ' NOT NULL';
  return column.defaultSql === undefined ? isNull : `${isNull} DEFAULT ${column.defaultSql[dialect]}`;
}

function mysqlKey({ name, columns, isUnique }: Index): string {
  return `${isUnique ? 'UNIQUE KEY' : 'KEY'} ${quoted(name)} (${quotedList(columns)})`;
}

function sqliteIndex(table: Table, { name, columns, isUnique }: Index): string {
  return `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX ${quoted(name)} ON ${quoted(table.name)} (${quotedList(columns)})`;
}

function quotedList(names: readonly string[]): string {
  return names.map(quoted).join(', ');
}

/** Both databases read backticks; every name is a constant of a migration. */
function quoted(name: string): string {
  return `\`${name}\``;
}
