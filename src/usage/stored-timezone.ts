/** The time zone counters run in: fixed in the database at the first start, because another one would move every reset. */

import { systemClock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { isDuplicateKey } from '../db/dialect.ts';
import { ConfigError } from '../errors.ts';

const SETTING = 'timezone';

/** Returns the zone of a database, else the configured one, else the system's; throws ConfigError when the configured one (null = none) is not the database's. */
export async function timezoneOf(db: Database, configured: string | null): Promise<string> {
  const stored = await storedTimezone(db);
  if (stored === undefined) return configured ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (configured === null || configured === stored) return stored;
  throw new ConfigError(
    `timezone is ${configured}, but the counters in this database run in ${stored}; ` +
      `\`radmeter timezone set ${configured}\` changes them, \`timezone: ${stored}\` keeps them`,
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

/** Moves a database to another zone (an IANA name): counters keep what they hold, and their next reset follows the new zone. Returns the zone before. */
export function changeTimezone(db: Database, timezone: string): Promise<string | undefined> {
  return inTransaction(db, systemClock, async ({ trx }) => {
    const [row] = await trx<{ name: string; value: string }>('settings')
      .where('name', SETTING)
      .select('value');
    if (row === undefined) await trx('settings').insert({ name: SETTING, value: timezone });
    else await trx('settings').where('name', SETTING).update({ value: timezone });
    return row?.value;
  });
}

async function storedTimezone({ knex }: Database): Promise<string | undefined> {
  const [row] = await knex<{ name: string; value: string }>('settings')
    .where('name', SETTING)
    .select('value');
  return row?.value;
}
