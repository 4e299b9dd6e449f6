/** What a database says about a table that is already there. */
import type { Knex } from 'knex';
import type { Dialect } from './dialect.ts';

export interface ExistingColumn {
  /** Characters of a text column; undefined where the database sets no bound. */
  readonly characters: number | undefined;
  /** The clause that keeps a text column's character set when it is altered. */
  readonly charsetSql: string;
}

export interface ExistingIndex {
  readonly columns: readonly string[];
  readonly isUnique: boolean;
}

export interface ExistingTable {
  /** By name in lower case. */
  readonly columns: ReadonlyMap<string, ExistingColumn>;
  readonly indexes: readonly ExistingIndex[];
}

/** Returns the columns and indexes of a table, or undefined where there is none. */
export async function readExistingTable(
  knex: Knex,
  dialect: Dialect,
  table: string,
): Promise<ExistingTable | undefined> {
  const columns = await readColumns[dialect](knex, table);
  if (columns.size === 0) return undefined;
  return { columns, indexes: await readIndexes[dialect](knex, table) };
}

/** Whether an index of the table serves lookups by these columns. */
export function hasIndex(table: ExistingTable, columns: readonly string[]): boolean {
  return table.indexes.some((existing) => columns.every((column, at) => existing.columns[at] === column));
}

/** Whether the table refuses a second row with these values. */
export function hasUniqueIndex(table: ExistingTable, columns: readonly string[]): boolean {
  return table.indexes.some(
    (existing) =>
      existing.isUnique &&
      existing.columns.length === columns.length &&
      columns.every((column) => existing.columns.includes(column)),
  );
}

type Row = Readonly<Record<string, string | number | null>>;

const readColumns: Record<Dialect, (knex: Knex, table: string) => Promise<Map<string, ExistingColumn>>> = {
  async mysql(knex, table) {
    const rows: Row[] = await knex('information_schema.COLUMNS')
      .whereRaw('TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?', [table])
      .orderBy('ORDINAL_POSITION')
      .select({
        name: 'COLUMN_NAME',
        characters: 'CHARACTER_MAXIMUM_LENGTH',
        charset: 'CHARACTER_SET_NAME',
        collation: 'COLLATION_NAME',
      });
    return new Map(
      rows.map((row) => [
        String(row['name']).toLowerCase(),
        {
          characters: row['characters'] === null ? undefined : Number(row['characters']),
          charsetSql:
            row['charset'] === null ? '' : `CHARACTER SET ${row['charset']} COLLATE ${row['collation']}`,
        },
      ]),
    );
  },
  async sqlite(knex, table) {
    const rows: Row[] = await knex.raw('SELECT name FROM pragma_table_info(?)', [table]);
    return new Map(
      rows.map((row) => [String(row['name']).toLowerCase(), { characters: undefined, charsetSql: '' }]),
    );
  },
};

const readIndexes: Record<Dialect, (knex: Knex, table: string) => Promise<ExistingIndex[]>> = {
  async mysql(knex, table) {
    const rows: Row[] = await knex('information_schema.STATISTICS')
      .whereRaw('TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?', [table])
      .orderBy(['INDEX_NAME', 'SEQ_IN_INDEX'])
      // An index on the first characters of a column still finds rows but cannot keep them unique.
      .select({ name: 'INDEX_NAME', column: 'COLUMN_NAME' })
      .select(knex.raw('NON_UNIQUE = 0 AND SUB_PART IS NULL AS is_unique'));
    return groupIndexes(rows);
  },
  async sqlite(knex, table) {
    const rows: Row[] = await knex.raw(
      `SELECT list.name, info.name AS "column", list."unique" AS is_unique
         FROM pragma_index_list(?) AS list, pragma_index_info(list.name) AS info
        WHERE NOT list.partial
        ORDER BY list.name, info.seqno`,
      [table],
    );
    return groupIndexes(rows);
  },
};

function groupIndexes(rows: readonly Row[]): ExistingIndex[] {
  const byName = Map.groupBy(rows, (row) => row['name']);
  return [...byName.values()].map((parts) => ({
    columns: parts.map((part) => String(part['column']).toLowerCase()),
    isUnique: parts.every((part) => Boolean(part['is_unique'])),
  }));
}
