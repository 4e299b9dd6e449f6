/** What stands in the audit log, as tests compare it. */
import type { Database } from '../../src/db/database.ts';
import type { Dialect } from '../../src/db/dialect.ts';

/** An entry without id and instant. */
export interface Entry {
  readonly who: string;
  readonly from: string | null;
  /** The action and the kind of object. */
  readonly what: string;
  readonly id: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** Returns the entries, the oldest first. */
export async function auditEntries(db: Database): Promise<Entry[]> {
  const rows: Record<string, string | null>[] = await db.knex('audit_log').orderBy('id');
  const parsed = (text: string | null | undefined) => (text ? JSON.parse(text) : undefined);
  return rows.map((row) => ({
    who: String(row['actor']),
    from: row['actor_address'] ?? null,
    what: `${row['action']} ${row['object_type']}`,
    id: row['object_id'] ?? null,
    before: parsed(row['before_json']),
    after: parsed(row['after_json']),
  }));
}

/** Makes every later entry fail, as a full disk would. */
export async function refuseEntries(db: Database): Promise<void> {
  await db.knex.raw(REFUSAL[db.dialect]);
}

/** Lets entries in again. */
export async function allowEntries(db: Database): Promise<void> {
  await db.knex.raw('DROP TRIGGER IF EXISTS refuse_entries');
}

const REFUSAL: Record<Dialect, string> = {
  mysql: `CREATE TRIGGER refuse_entries BEFORE INSERT ON audit_log FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no entries today'`,
  sqlite: `CREATE TRIGGER refuse_entries BEFORE INSERT ON audit_log
    BEGIN SELECT RAISE(ABORT, 'no entries today'); END`,
};
