/** Signing in on both databases: what it costs, what it changes, and what happens beside it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { HASH_FUNCTIONS, parseStoredPassword } from '../../src/sign-in/password-hash.ts';
import { Passwords } from '../../src/sign-in/passwords.ts';
import { Pbkdf2Iterations } from '../../src/sign-in/pbkdf2-iterations.ts';
import { signIn } from '../../src/sign-in/sign-in.ts';
import type { SignInContext } from '../../src/sign-in/sign-in-context.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

const AT = '2025-12-11 12:00:00';
const pbkdf2 = (iterations: number, hash: Buffer) =>
  `pbkdf2_sha256$${iterations}$seasalt$${hash.toString('base64')}`;
const anyHash = Buffer.alloc(32);

describeEachDatabase('signing in', (getDatabase) => {
  let work: { scrypts: number; iterations: number };
  let context: SignInContext;

  beforeEach(() => {
    const { db } = getDatabase();
    work = { scrypts: 0, iterations: 0 };
    const known = new Pbkdf2Iterations(db);
    const passwords = new Passwords({
      pbkdf2Iterations: () => known.most(),
      functions: {
        scrypt: (...args) => {
          work.scrypts++;
          return HASH_FUNCTIONS.scrypt(...args);
        },
        pbkdf2: (password, salt, iterations) => {
          work.iterations += iterations;
          return HASH_FUNCTIONS.pbkdf2(password, salt, iterations);
        },
      },
    });
    const lifetimes = { accessMs: 3_600_000, refreshMs: 86_400_000 };
    context = { db, reader: db, clock: commandContext(db).clock, passwords, lifetimes, secretBox: undefined };
  });

  async function addUser(username: string, password: string, more: object = {}): Promise<void> {
    const row = { username, password, date_joined: AT, created_at: AT, updated_at: AT, ...more };
    await getDatabase().db.knex('users').insert(row);
  }

  const scryptOf = (password: string) => new Passwords({ pbkdf2Iterations: async () => 0 }).hash(password);

  it('costs a stranger, a user of either scheme, one without a password and an inactive one the same', async () => {
    const scrypt = await scryptOf('correct horse');
    await addUser('scrypt', scrypt);
    await addUser('django', pbkdf2(2_000, anyHash));
    await addUser('older', pbkdf2(500, anyHash));
    await addUser('nobody', '!unusable');
    await addUser('inactive', scrypt, { is_active: false });
    const costs: Record<string, unknown> = {};
    for (const username of ['stranger', 'scrypt', 'django', 'older', 'nobody', 'inactive']) {
      work = Object.assign(work, { scrypts: 0, iterations: 0 });
      const password = username === 'inactive' ? 'correct horse' : 'wrong horse';
      expect(await signIn(context, { username, password })).toBeUndefined();
      costs[username] = { ...work };
    }
    const cost = { scrypts: 1, iterations: 2_000 };
    expect(costs).toEqual({
      stranger: cost,
      scrypt: cost,
      django: cost,
      older: cost,
      nobody: cost,
      inactive: cost,
    });
  });

  it("replaces Django's hash by one of ours, once, also where two devices sign in at once", async () => {
    const hash = await HASH_FUNCTIONS.pbkdf2('correct horse', 'seasalt', 500);
    await addUser('john', pbkdf2(500, hash));
    const credentials = { username: 'john', password: 'correct horse' };
    const both = await Promise.all([signIn(context, credentials), signIn(context, credentials)]);
    expect(both).toEqual([expect.objectContaining({}), expect.objectContaining({})]);
    const { password, updated_at } = await getDatabase().db.knex('users').first();
    expect(parseStoredPassword(password)?.scheme).toBe('scrypt');
    // The same password is no change of the user.
    expect(updated_at).toMatch(new RegExp(`^${AT}`));
    expect(await signIn(context, credentials)).toBeDefined();
  });

  it('changes nothing about a user whose password was wrong', async () => {
    await addUser('john', pbkdf2(500, anyHash));
    const before = await getDatabase().db.knex('users').first();
    await signIn(context, { username: 'john', password: 'wrong horse' });
    expect(await getDatabase().db.knex('users').first()).toEqual(before);
  });
});

describeEachDatabase('the iterations of PBKDF2', (getDatabase) => {
  const most = async (...stored: string[]) => {
    const rows = stored.map((password, at) => ({
      username: `user ${at}`,
      password,
      date_joined: AT,
      created_at: AT,
      updated_at: AT,
    }));
    if (rows.length > 0) await getDatabase().db.knex('users').insert(rows);
    return new Pbkdf2Iterations(getDatabase().db).most();
  };

  describe('are the most of any hash', () => {
    it.each([
      [0, []],
      [0, ['!', 'scrypt$16384$a$8$5$b', 'pbkdf2_sha1$600000$a$b']],
      [870_000, ['pbkdf2_sha256$36000$a$b', 'pbkdf2_sha256$870000$a$b', '!']],
      [4_000_000, ['pbkdf2_sha256$4000000$a$b']],
      // No password is compared with these.
      [1_000, ['pbkdf2_sha256$99999999999$a$b', 'pbkdf2_sha256$4000001$a$b', 'pbkdf2_sha256$1000$a$b']],
    ])('%i of %j', async (expected, stored) => {
      expect(await most(...stored)).toBe(expected);
    });
  });

  it('are those of a hash that was met, where it has more than were known', async () => {
    await most('pbkdf2_sha256$1000$a$b');
    const iterations = new Pbkdf2Iterations(getDatabase().db);
    expect(await iterations.most()).toBe(1_000);
    const asked: number[] = [];
    const passwords = new Passwords({
      pbkdf2Iterations: (met) => iterations.most(met),
      functions: {
        scrypt: async () => Buffer.alloc(64),
        pbkdf2: async (_password, _salt, count) => {
          asked.push(count);
          return Buffer.alloc(32);
        },
      },
    });
    const digest = Buffer.alloc(32, 1).toString('base64');
    await passwords.check('x', `pbkdf2_sha256$2000$salt$${digest}`);
    await passwords.check('x', undefined);
    expect(asked).toEqual([2_000, 2_000]);
  });

  it('are looked up once for many who ask at once', async () => {
    const iterations = new Pbkdf2Iterations(getDatabase().db);
    let count = 0;
    const counting = () => count++;
    getDatabase().db.knex.on('query', counting);
    await Promise.all([iterations.most(), iterations.most(), iterations.most()]);
    await iterations.most();
    getDatabase().db.knex.removeListener('query', counting);
    expect(count).toBe(1);
  });
});
