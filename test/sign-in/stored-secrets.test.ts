/** What is stored for CHAP: when, for how long, and that an old password never lives on in it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/logger.ts';
import { createUser, deleteUser } from '../../src/profiles/user-commands.ts';
import { ntHash } from '../../src/sign-in/nt-hash.ts';
import {
  changePassword,
  createUserAndPassword,
  setPassword,
  updateUserAndPassword,
} from '../../src/sign-in/password-commands.ts';
import { SecretBox } from '../../src/sign-in/secret-box.ts';
import { forgetSecret, learnSecret } from '../../src/sign-in/secret-commands.ts';
import { SecretLearning } from '../../src/sign-in/secret-learning.ts';
import { signIn } from '../../src/sign-in/sign-in.ts';
import type { SignInContext } from '../../src/sign-in/sign-in-context.ts';
import { storedSecretOf } from '../../src/sign-in/stored-secret-queries.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { signInContext } from '../support/signed-in-api.ts';

const BOX = new SecretBox(Buffer.alloc(32, 1));
const ACTOR = { name: 'cli:test', userId: null };
const stored = (password: string) => ({ found: true, password, ntHash: ntHash(password) });
const lacking = (lack: string) => ({ found: false, lack });

describeEachDatabase('a stored secret', (getDatabase) => {
  let commands: TestContext;
  let keyed: SignInContext;
  let keyless: SignInContext;
  let john: number;

  beforeEach(async () => {
    commands = commandContext(getDatabase().db);
    keyless = signInContext(commands.db, commands.clock);
    keyed = { ...keyless, secretBox: BOX };
    john = await createUserAndPassword(keyed, commands, {
      user: { username: 'john' },
      password: 'correct horse',
    });
  });

  const secretOf = (userId: number, box = BOX) => storedSecretOf(commands.db.knex, box, userId);
  const hashOf = async (userId: number): Promise<string> =>
    (await commands.db.knex('users').where('id', userId).first()).password;
  const set = (context: SignInContext, password: string) =>
    setPassword(context, { user: 'john', password, actor: ACTOR });
  const signInAs = (context: SignInContext, password: string) =>
    signIn(context, { username: 'john', password });

  it('is there with the password a user is created with', async () => {
    expect(await secretOf(john)).toEqual(stored('correct horse'));
  });

  it('is none of a user who was never given one, and of nobody', async () => {
    const mary = await createUser(commands, { username: 'mary' });
    for (const id of [mary, 0, 999_999]) expect(await secretOf(id)).toEqual(lacking('never-stored'));
  });

  it('stands in the table encrypted, and nowhere else', async () => {
    await set(keyed, 'battery staple');
    const [row] = await commands.db.knex('user_secrets');
    expect(row).toMatchObject({ user_id: john, updated_at: commands.clock.now() });
    for (const column of [row.secret, row.nt_hash]) {
      expect(column.includes('staple')).toBe(false);
      expect(column.includes(ntHash('battery staple'))).toBe(false);
    }
    const audit = JSON.stringify(await commands.db.knex('audit_log'));
    expect(audit).not.toMatch(/horse|staple|scrypt/);
  });

  it.each([
    ['is set by hand', () => set(keyed, 'battery staple')],
    [
      'is changed together with its user',
      () => updateUserAndPassword(keyed, commands, { userId: john, changes: {}, password: 'battery staple' }),
    ],
    [
      'is changed by its user',
      () =>
        changePassword(keyed, {
          ...{ userId: john, tokenId: 0, actor: ACTOR, currentPassword: 'correct horse' },
          ...{ newPassword: 'battery staple', confirmPassword: 'battery staple' },
        }),
    ],
  ])('follows a password that %s', async (_, change) => {
    await change();
    expect(await secretOf(john)).toEqual(stored('battery staple'));
  });

  it('is removed where a password is set without a key, so that the old one lets nobody in', async () => {
    expect(await set(keyless, 'battery staple')).toEqual({ username: 'john', secret: 'removed' });
    expect(await commands.db.knex('user_secrets')).toEqual([]);
    expect(await set(keyless, 'another one')).toEqual({ username: 'john', secret: 'none' });
    expect(await set(keyed, 'yet another')).toEqual({ username: 'john', secret: 'stored' });
  });

  it('opens no more once another program has changed the hash, and is learned anew at the next sign-in', async () => {
    const other = await keyless.passwords.hash('battery staple');
    await commands.db.knex('users').where('id', john).update({ password: other });
    expect(await secretOf(john)).toEqual(lacking('outdated'));
    expect(await signInAs(keyed, 'correct horse')).toBeUndefined();
    expect(await secretOf(john)).toEqual(lacking('outdated'));
    expect(await signInAs(keyed, 'battery staple')).toBeDefined();
    expect(await secretOf(john)).toEqual(stored('battery staple'));
  });

  it('is learned at a sign-in of a user who had none, and only where a key is set', async () => {
    await set(keyless, 'battery staple');
    await signInAs(keyless, 'battery staple');
    expect(await secretOf(john)).toEqual(lacking('never-stored'));
    await signInAs(keyed, 'battery staple');
    expect(await secretOf(john)).toEqual(stored('battery staple'));
  });

  it('stays with a password that is hashed anew', async () => {
    // Django's pbkdf2_sha256 of "correct horse" with 1000 iterations and the salt "seasalt".
    const django = 'pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=';
    await commands.db.knex('users').where('id', john).update({ password: django });
    await signInAs(keyed, 'correct horse');
    expect(await hashOf(john)).not.toBe(django);
    expect(await secretOf(john)).toEqual(stored('correct horse'));
  });

  it('says that another key stored it, and is stored under the new one at the next sign-in', async () => {
    const other = new SecretBox(Buffer.alloc(32, 2));
    expect(await secretOf(john, other)).toEqual(lacking('other-key'));
    await signInAs({ ...keyed, secretBox: other }, 'correct horse');
    expect(await secretOf(john, other)).toEqual(stored('correct horse'));
  });

  it('is nothing where no key is set', async () => {
    expect(await storedSecretOf(commands.db.knex, undefined, john)).toEqual(lacking('no-key'));
  });

  it('is not that of whom its row is given to', async () => {
    const mary = await createUserAndPassword(keyed, commands, {
      user: { username: 'mary' },
      password: 'battery staple',
    });
    await commands.db.knex('user_secrets').where('user_id', mary).delete();
    await commands.db.knex('user_secrets').where('user_id', john).update({ user_id: mary });
    expect(await secretOf(mary)).toEqual(lacking('outdated'));
  });

  it('goes with its user', async () => {
    await deleteUser(commands, 'john');
    expect(await commands.db.knex('user_secrets')).toEqual([]);
  });

  it('holds 256 characters of two octets each, and leaves out what no NAS could send', async () => {
    await set(keyed, 'é'.repeat(256));
    expect(await secretOf(john)).toEqual(stored('é'.repeat(256)));
    expect(await set(keyed, '🔑'.repeat(256))).toEqual({ username: 'john', secret: 'removed' });
  });

  it('is forgotten on request, once, which is written down', async () => {
    const forget = () => forgetSecret(keyed, { user: 'john', actor: ACTOR });
    expect(await forget()).toEqual({ username: 'john', wasStored: true });
    expect(await forget()).toEqual({ username: 'john', wasStored: false });
    expect(await secretOf(john)).toEqual(lacking('never-stored'));
    const entries = await commands.db.knex('audit_log').where('action', 'forget_secret');
    expect(entries).toMatchObject([{ actor: 'cli:test', object_type: 'user', object_id: String(john) }]);
    await expect(forgetSecret(keyed, { user: 'mary', actor: ACTOR })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  describe('is learned from a login', () => {
    it('that was right for the hash there is now, and not for one before', async () => {
      await forgetSecret(keyed, { user: 'john', actor: ACTOR });
      await learnSecret(keyed, { userId: john, password: 'old one', passwordHash: 'scrypt$before' });
      expect(await secretOf(john)).toEqual(lacking('never-stored'));
      const passwordHash = await hashOf(john);
      await learnSecret(keyed, { userId: john, password: 'correct horse', passwordHash });
      expect(await secretOf(john)).toEqual(stored('correct horse'));
    });

    it('behind it, and closing waits for that', async () => {
      await forgetSecret(keyed, { user: 'john', actor: ACTOR });
      const learning = new SecretLearning({ ...keyed, logger: createLogger('silent') });
      learning.note({ userId: john, password: 'correct horse', passwordHash: await hashOf(john) });
      await learning.close();
      expect(await secretOf(john)).toEqual(stored('correct horse'));
      await forgetSecret(keyed, { user: 'john', actor: ACTOR });
      learning.note({ userId: john, password: 'correct horse', passwordHash: await hashOf(john) });
      await learning.close();
      expect(await secretOf(john)).toEqual(lacking('never-stored'));
    });
  });
});
