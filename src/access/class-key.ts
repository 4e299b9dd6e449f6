/** The key that signs our Class values: in the database, so that what one instance gave out the others know. */
import { randomBytes } from 'node:crypto';
import type { Database } from '../db/database.ts';
import { isDuplicateKey } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import { ClassTokens } from './class-token.ts';

const SETTING = 'class_key';
const KEY_BYTES = 32;

/** Returns the key of a database, made and stored where there was none yet. */
export async function fixClassKey(db: Database): Promise<Buffer> {
  const known = await storedClassKey(db);
  if (known !== undefined) return known;
  const key = randomBytes(KEY_BYTES);
  try {
    await db.knex('settings').insert({ name: SETTING, value: key.toString('base64') });
    return key;
  } catch (error) {
    if (!isDuplicateKey[db.dialect](error)) throw error;
    // Another instance was first.
    return fixClassKey(db);
  }
}

/** Returns what tells the Class values that a database's logins were given; undefined where there were none yet. */
export async function knownClassTokens(db: Database): Promise<ClassTokens | undefined> {
  const key = await storedClassKey(db);
  return key === undefined ? undefined : new ClassTokens(key);
}

/** Returns the key of a database; undefined where no daemon has made one. Throws AppError `invalid` for one that nobody here wrote. */
async function storedClassKey({ knex }: Database): Promise<Buffer | undefined> {
  const [row]: { value: string }[] = await knex('settings').where('name', SETTING).select('value');
  if (row === undefined) return undefined;
  const key = Buffer.from(row.value, 'base64');
  if (key.length === KEY_BYTES) return key;
  throw new AppError('invalid', `settings.${SETTING}: expected ${KEY_BYTES} bytes in base64`);
}
