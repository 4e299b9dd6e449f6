/** Telling whether a source is the database that is imported into, by what it holds: one database has many addresses. */
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Database } from '../db/database.ts';
import { readExistingTable } from '../db/existing-table.ts';
import { keyOf, type SourceDatabase } from './source-database.ts';

/** Returns whether a source is the database that is imported into. */
export async function isSameDatabase(source: SourceDatabase, target: Database): Promise<boolean> {
  if (source.key === keyOf(target.address)) return true;
  const { address } = source.reader;
  if (address.dialect === 'sqlite' || target.address.dialect === 'sqlite') {
    return (
      address.dialect === 'sqlite' &&
      target.address.dialect === 'sqlite' &&
      fileOf(address.filename) === fileOf(target.address.filename)
    );
  }
  return isSeenIn(source, target);
}

function fileOf(filename: string): string {
  const found = statSync(filename, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? filename : `${found.dev} ${found.ino}`;
}

/** A server has many names, and a proxy gives it more: what is written here is there, or it is another one. */
async function isSeenIn({ reader }: SourceDatabase, { knex }: Database): Promise<boolean> {
  const settings = await readExistingTable(reader.knex, reader.dialect, 'settings');
  if (settings === undefined || !settings.columns.has('name')) return false;
  const name = `import_${randomUUID()}`;
  await knex('settings').insert({ name, value: '' });
  try {
    return (await reader.knex('settings').where('name', name).select('name')).length > 0;
  } finally {
    await knex('settings').where('name', name).delete();
  }
}

/** Returns whether a source has sessions that a radmeter metered. */
export async function hasOwnSessions({ reader }: SourceDatabase): Promise<boolean> {
  const radacct = await readExistingTable(reader.knex, reader.dialect, 'radacct');
  if (radacct === undefined || !radacct.columns.has('runkey')) return false;
  const rows: unknown[] = await reader.knex('radacct').whereNotNull('runkey').limit(1).select('radacctid');
  return rows.length > 0;
}
