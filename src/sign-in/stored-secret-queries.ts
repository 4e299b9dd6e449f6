/** Reading the secrets of users: what access checks CHAP and MS-CHAPv2 by, and what a FreeRADIUS is told. */
import type { Knex } from 'knex';
import type { SecretBox } from './secret-box.ts';
import type { StoredSecret } from './stored-secret.ts';

interface SecretRow {
  readonly user_id: number;
  readonly secret: Buffer;
  readonly nt_hash: Buffer | null;
  readonly password: string;
}

/** Returns a user's secret, or why there is none; `never-stored` for an id that nobody has. `box` is undefined where no key is set. */
export async function storedSecretOf(
  knex: Knex,
  box: SecretBox | undefined,
  userId: number,
): Promise<StoredSecret> {
  const secrets = await storedSecretsOf(knex, box, [userId]);
  return secrets.get(userId) ?? { found: false, lack: box === undefined ? 'no-key' : 'never-stored' };
}

/** Returns the secrets of those of these users who have any stored, by their ids; none where no key is set. A thousand ids at most. */
export async function storedSecretsOf(
  knex: Knex,
  box: SecretBox | undefined,
  userIds: readonly number[],
): Promise<ReadonlyMap<number, StoredSecret>> {
  if (box === undefined) return new Map();
  // The hash of the same moment: a secret is good for the password of that hash alone.
  const rows: SecretRow[] = await knex('user_secrets')
    .join('users', 'users.id', 'user_secrets.user_id')
    .whereIn('user_secrets.user_id', [...userIds])
    .select('user_secrets.user_id', 'user_secrets.secret', 'user_secrets.nt_hash', 'users.password');
  return new Map(rows.map((row) => [row.user_id, opened(box, row)]));
}

function opened(box: SecretBox, row: SecretRow): StoredSecret {
  const owner = { userId: row.user_id, passwordHash: row.password };
  const password = box.open(row.secret, { ...owner, purpose: 'password' });
  if (!password.ok) return { found: false, lack: password.lack };
  const ntHash = box.open(row.nt_hash ?? Buffer.alloc(0), { ...owner, purpose: 'nt-hash' });
  if (!ntHash.ok) return { found: false, lack: ntHash.lack };
  return { found: true, password: password.secret.toString('utf8'), ntHash: ntHash.secret };
}
