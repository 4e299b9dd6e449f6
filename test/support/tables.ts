/** The tables of a test database. */
import type { Database } from '../../src/db/database.ts';
import type { Dialect } from '../../src/db/dialect.ts';

/** Every table but those that say which migrations have run. */
export const listTables: Record<Dialect, (db: Database) => Promise<string[]>> = {
  async mysql({ knex }) {
    const [rows] = await knex.raw(
      `SELECT TABLE_NAME AS name FROM information_schema.TABLES
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE 'radmeter\\_%'`,
    );
    return rows.map((row: { name: string }) => row.name);
  },
  async sqlite({ knex }) {
    const rows = await knex.raw(
      `SELECT name FROM sqlite_schema
        WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'radmeter\\_%' ESCAPE '\\'`,
    );
    return rows.map((row: { name: string }) => row.name);
  },
};

/** Empties every table; row numbers go on counting. */
export async function emptyTables(db: Database): Promise<void> {
  const { dialect } = db;
  const tables = await listTables[dialect](db);
  const asks = tables.map((table) => `SELECT '${table}' AS name WHERE EXISTS (SELECT 1 FROM ${table})`);
  const answer = await db.knex.raw(asks.join(' UNION ALL '));
  const filled: { name: string }[] = dialect === 'mysql' ? answer[0] : answer;
  await db.knex.transaction(async (trx) => {
    // Foreign keys cascade or let go, so the order does not matter.
    for (const { name } of filled) await trx(name).delete();
  });
}
