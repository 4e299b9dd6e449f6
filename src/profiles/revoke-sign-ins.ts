/** Ending the sign-ins of a user: whatever changes a user does so in its own transaction. The rest of the table `api_tokens` is sign-in/token-store.ts's. */
import type { Transaction } from '../db/database.ts';

/** Ends every sign-in of a user, but the one whose id is given; API tokens stay. */
export async function revokeSignInsOf(
  { trx, now }: Transaction,
  userId: number,
  exceptSignInId: number | null = null,
): Promise<void> {
  const tokens = trx('api_tokens').where('user_id', userId).whereNot('kind', 'api').whereNull('revoked_at');
  if (exceptSignInId !== null) tokens.whereNot('sign_in_id', exceptSignInId);
  await tokens.update({ revoked_at: now });
}
