/** What a database's tables look like, for comparing before and after. */
import type { Database } from '../../src/db/database.ts';
import type { Dialect } from '../../src/db/dialect.ts';

/** Returns the statement that would create each table, with its indexes, by name. */
export async function readSchema(db: Database): Promise<Record<string, string>> {
  return Object.fromEntries(await schemaOf[db.dialect](db));
}

/** Returns the names of a table's columns, in order. */
export async function readColumnNames(db: Database, table: string): Promise<string[]> {
  return Object.keys(await db.knex(table).columnInfo());
}

const schemaOf: Record<Dialect, (db: Database) => Promise<[string, string][]>> = {
  async mysql({ knex }) {
    const [tables] = await knex.raw('SHOW TABLES');
    const names = tables.map((row: object) => String(Object.values(row)[0]));
    const schema: [string, string][] = [];
    for (const name of names) {
      const [[row]] = await knex.raw('SHOW CREATE TABLE ??', [name]);
      schema.push([name, row['Create Table'].replace(/ AUTO_INCREMENT=\d+/, '')]);
    }
    return schema;
  },
  async sqlite({ knex }) {
    const rows = await knex('sqlite_schema').whereNotNull('sql').orderBy('name').select('name', 'sql');
    return rows.map(({ name, sql }) => [name, sql]);
  },
};
