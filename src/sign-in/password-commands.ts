/** Changing passwords. */
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction, type Transaction } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import { findByReference, type Reference } from '../profiles/reference.ts';
import { revokeSignInsOf } from '../profiles/revoke-sign-ins.ts';
import { createUser, type NewUser, type UserChanges, updateUserAlong } from '../profiles/user-commands.ts';
import { USERS } from '../profiles/user-row.ts';
import { findHolderById } from './password-queries.ts';
import { checkNewPassword } from './password-rules.ts';
import { lockHolder, writePassword } from './password-store.ts';
import type { SecretBox } from './secret-box.ts';
import type { SignInContext } from './sign-in-context.ts';
import { writeSecret } from './stored-secret-store.ts';
import { signInOfToken } from './token-store.ts';

/** Changing a password makes no token. */
type PasswordContext = Omit<SignInContext, 'lifetimes'>;

/** Somebody who changes their own password, by the contract's field names. */
export interface PasswordChange {
  readonly userId: number;
  /** What they came with: its sign-in goes on. */
  readonly tokenId: number;
  readonly actor: Actor;
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly confirmPassword: string;
}

/** Changes somebody's own password and ends all their sign-ins but this one. Throws AppError `invalid`, naming the field, where the current one is wrong or the new one cannot be, `not_found` where the user is gone. */
export async function changePassword(context: PasswordContext, change: PasswordChange): Promise<void> {
  const { userId, newPassword, confirmPassword } = change;
  checkNewPassword(newPassword, 'new_password');
  if (confirmPassword !== newPassword) {
    throw refused('confirm_password', 'expected the new password once more');
  }
  const holder = await findHolderById(context.reader.knex, userId);
  const verdict = await context.passwords.check(change.currentPassword, holder?.password);
  if (holder === undefined || verdict === 'wrong') throw wrongPassword();
  await replacePassword(context, {
    userId,
    newPassword,
    expectedHash: holder.password,
    tokenId: change.tokenId,
    actor: change.actor,
    action: 'change_password',
  });
}

/** Gives a user a password, whatever theirs was, and ends all their sign-ins; returns their name, and what became of their secret for CHAP. Throws AppError `invalid` for a password that cannot be, `not_found`. */
export async function setPassword(
  context: PasswordContext,
  { user, password, actor }: { readonly user: Reference; readonly password: string; readonly actor: Actor },
): Promise<PasswordSet> {
  const { id, username } = await findByReference(context.reader.knex, USERS, user);
  checkNewPassword(password, 'password');
  const secret = await replacePassword(context, {
    userId: id,
    newPassword: password,
    expectedHash: undefined,
    tokenId: null,
    actor,
    action: 'set_password',
  });
  return { username, secret };
}

/** What came of setting a password. */
export interface PasswordSet {
  readonly username: string;
  /** `stored` under the configured key; `removed` with the password before, where no key is set; `none` was there and is. */
  readonly secret: 'stored' | 'removed' | 'none';
}

/** Creates a user with a password and returns their id. Throws AppError as createUser and setPassword do. */
export async function createUserAndPassword(
  { passwords, secretBox }: Pick<PasswordContext, 'passwords' | 'secretBox'>,
  context: CommandContext,
  { user, password }: { readonly user: Omit<NewUser, 'passwordHash'>; readonly password: string },
): Promise<number> {
  checkNewPassword(password, 'password');
  const passwordHash = await passwords.hash(password);
  return createUser(context, { ...user, passwordHash }, async (transaction, userId) => {
    await writeSecret(transaction, secretBox, { userId, password, passwordHash });
  });
}

/** Changes a user and gives them a password, both or neither, and ends all their sign-ins. Throws AppError as updateUser and setPassword do, `unavailable` where too many passwords wait. */
export async function updateUserAndPassword(
  { passwords, secretBox }: Pick<PasswordContext, 'passwords' | 'secretBox'>,
  context: CommandContext,
  { userId, changes, password }: UserAndPassword,
): Promise<void> {
  checkNewPassword(password, 'password');
  const passwordHash = await passwords.hash(password);
  await updateUserAlong(context, userId, changes, async (transaction) => {
    await replaceHash(transaction, secretBox, {
      userId,
      newPassword: password,
      passwordHash,
      expectedHash: undefined,
      tokenId: null,
      actor: context.actor,
      action: 'set_password',
    });
  });
}

/** What is changed of a user together with their password. */
export interface UserAndPassword {
  readonly userId: number;
  readonly changes: UserChanges;
  readonly password: string;
}

interface Replacement {
  readonly userId: number;
  readonly newPassword: string;
  /** The hash that was compared; undefined where whatever is there goes. */
  readonly expectedHash: string | undefined;
  /** Whose sign-in goes on; null where none does. */
  readonly tokenId: number | null;
  readonly actor: Actor;
  readonly action: string;
}

async function replacePassword(
  { db, clock, passwords, secretBox }: PasswordContext,
  change: Replacement,
): Promise<PasswordSet['secret']> {
  // Before the transaction: nothing waits for a hash but whoever asked for it.
  const passwordHash = await passwords.hash(change.newPassword);
  return inTransaction(db, clock, (transaction) =>
    replaceHash(transaction, secretBox, { ...change, passwordHash }),
  );
}

async function replaceHash(
  transaction: Transaction,
  secretBox: SecretBox | undefined,
  change: Replacement & { readonly passwordHash: string },
): Promise<PasswordSet['secret']> {
  const { userId, expectedHash, tokenId, actor, action } = change;
  const holder = await lockHolder(transaction, userId);
  if (holder === undefined) throw new AppError('not_found', 'Not found.');
  if (expectedHash !== undefined && holder.password !== expectedHash) throw wrongPassword();
  const { newPassword: password, passwordHash } = change;
  const secret = await writePassword(transaction, secretBox, { userId, password, passwordHash });
  const keptSignInId = tokenId === null ? null : await signInOfToken(transaction, tokenId);
  await revokeSignInsOf(transaction, userId, keptSignInId);
  await recordAudit(transaction, actor, { action, objectType: 'user', objectId: userId });
  return secret;
}

function wrongPassword(): AppError {
  return refused('current_password', 'expected the current password');
}

function refused(field: string, expected: string): AppError {
  return new AppError('invalid', `${field}: ${expected}`, { field });
}
