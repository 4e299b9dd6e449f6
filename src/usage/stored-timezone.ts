/** The time zone counters run in: fixed in the database at the first start, because another one would move every reset. */

import { type BatchTransaction, columnsNamed, type KeyedSelect } from '../db/batch.ts';
import type { Database, Transaction } from '../db/database.ts';
import { isDuplicateKey, lockRows } from '../db/dialect.ts';
import { ConfigError } from '../errors.ts';

const SETTING = 'timezone';

/** A zone (IANA name) and who says so. */
export interface TimezoneInForce {
  readonly timezone: string;
  readonly origin: 'database' | 'setting' | 'system';
}

/** Returns the zone of a database, else the configured one (null = none), else the system's. */
export async function timezoneInForce(db: Database, configured: string | null): Promise<TimezoneInForce> {
  const stored = await storedTimezone(db);
  if (stored !== undefined) return { timezone: stored, origin: 'database' };
  if (configured !== null) return { timezone: configured, origin: 'setting' };
  return { timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, origin: 'system' };
}

/** Returns the zone in force; throws ConfigError when the configured one (null = none) is not the database's. */
export async function timezoneOf(db: Database, configured: string | null): Promise<string> {
  const { timezone } = await timezoneInForce(db, configured);
  if (configured === null || configured === timezone) return timezone;
  throw new ConfigError(
    `timezone is ${configured}, but the counters in this database run in ${timezone}; ` +
      `\`radmeter timezone set ${configured}\` changes them, \`timezone: ${timezone}\` keeps them`,
  );
}

/** Returns the zone of a database as timezoneOf does, and stores it where there was none. */
export async function fixTimezone(db: Database, configured: string | null): Promise<string> {
  const timezone = await timezoneOf(db, configured);
  try {
    if ((await storedTimezone(db)) === undefined)
      await db.knex('settings').insert({ name: SETTING, value: timezone });
  } catch (error) {
    if (!isDuplicateKey[db.dialect](error)) throw error;
    // Another instance was first: its zone holds, and ours must be the same.
    return timezoneOf(db, configured);
  }
  return timezone;
}

/** Reads the zone of a database within a batch; it is there after the next flush, undefined where none is stored. */
export function selectTimezone(batch: BatchTransaction): () => string | undefined {
  const pending = batch.select<{ value: string }>(TIMEZONE_ROW, [SETTING]);
  return () => pending.rows()[0]?.value;
}

const TIMEZONE_ROW: KeyedSelect = {
  columns: columnsNamed('value'),
  from: 'FROM settings WHERE name',
  kind: 'text',
  orderBy: 'name',
  isLocked: false,
};

/** Locks the zone of a database until the transaction ends, puts another there, and returns the one before; undefined where none was stored. */
export async function replaceTimezone(
  { dialect, trx }: Transaction,
  timezone: string,
): Promise<string | undefined> {
  const [row]: SettingRow[] = await lockRows[dialect](trx('settings').where('name', SETTING).select('*'));
  if (row === undefined) await trx('settings').insert({ name: SETTING, value: timezone });
  else await trx('settings').where('name', SETTING).update({ value: timezone });
  return row?.value;
}

/** Returns the zone of a database as a transaction sees it; undefined where none is stored. */
export async function storedTimezoneIn({ trx }: Transaction): Promise<string | undefined> {
  const [row]: SettingRow[] = await trx('settings').where('name', SETTING).select('*');
  return row?.value;
}

interface SettingRow {
  readonly name: string;
  readonly value: string;
}

async function storedTimezone({ knex }: Database): Promise<string | undefined> {
  const [row] = await knex<SettingRow>('settings').where('name', SETTING).select('value');
  return row?.value;
}
