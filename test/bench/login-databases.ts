/** The databases of the login bench: the same users for radmeter, and as FreeRADIUS's tables want them. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../../src/clock.ts';
import { type Database, inTransaction, openDatabase } from '../../src/db/database.ts';
import { Passwords, passwordWork } from '../../src/sign-in/passwords.ts';
import { secretBoxOf } from '../../src/sign-in/secret-box.ts';
import { writeSecret } from '../../src/sign-in/stored-secret-store.ts';
import { fillDatabase } from './bench-database.ts';

export const PASSWORD = 'correct horse';
export const USER_PREFIX = 'user';
/** Of `radius-secrets-key`, so that CHAP has what it needs. */
export const SECRETS_KEY = randomBytes(32).toString('hex');

const ROWS_PER_INSERT = 200;

/** Makes users who may log in with PASSWORD by PAP and CHAP. One hash serves them all: what it costs to check is the same. */
export async function fillForRadmeter(url: string, userCount: number): Promise<void> {
  await fillDatabase(url, { userCount, userPrefix: USER_PREFIX });
  const db = openDatabase(url);
  try {
    const passwords = new Passwords({
      pbkdf2Iterations: async () => 0,
      lane: passwordWork().lane({ waitingMax: 1 }),
    });
    const passwordHash = await passwords.hash(PASSWORD);
    await db.knex('users').update({ password: passwordHash, is_active: true, is_radius_enabled: true });
    const users: { id: number }[] = await db.knex('users').select('id');
    await inTransaction(db, systemClock, async (transaction) => {
      for (const { id: userId } of users) {
        await writeSecret(transaction, secretBoxOf(SECRETS_KEY), {
          userId,
          password: PASSWORD,
          passwordHash,
        });
      }
    });
  } finally {
    await db.close();
  }
}

/** Makes the same users in FreeRADIUS's own tables: a password in clear, the cheapest to check, and three limits each. */
export async function fillForFreeradius(url: string, userCount: number): Promise<void> {
  await fillDatabase(url, { userCount: 1, userPrefix: USER_PREFIX });
  const db = openDatabase(url);
  try {
    const names = Array.from({ length: userCount }, (_, number) => `${USER_PREFIX}${number}`);
    await insert(db, 'radcheck', names, (username) => [
      { username, attribute: 'Cleartext-Password', op: ':=', value: PASSWORD },
    ]);
    await insert(db, 'radreply', names, (username) => [
      { username, attribute: 'Session-Timeout', op: '=', value: '28800' },
      { username, attribute: 'Idle-Timeout', op: '=', value: '600' },
      { username, attribute: 'Acct-Interim-Interval', op: '=', value: '300' },
    ]);
  } finally {
    await db.close();
  }
}

async function insert(
  { knex }: Database,
  table: string,
  names: readonly string[],
  rowsOf: (name: string) => object[],
): Promise<void> {
  await knex.transaction((trx) => trx.batchInsert(table, names.flatMap(rowsOf), ROWS_PER_INSERT));
}
