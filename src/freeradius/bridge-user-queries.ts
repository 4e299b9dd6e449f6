/** Reading what the rows of users rest on, a chunk of users at a time. */
import type { Transaction } from '../db/database.ts';
import type { Profile } from '../profiles/profile.ts';
import { type ProfileRow, profileFromRow } from '../profiles/profile-row.ts';
import { type Flag, flag } from '../profiles/row-values.ts';
import type { SecretBox } from '../sign-in/secret-box.ts';
import type { StoredSecret } from '../sign-in/stored-secret.ts';
import { storedSecretsOf } from '../sign-in/stored-secret-queries.ts';
import type { Counters } from '../usage/counters.ts';
import { countersFromRow, type UsageRow } from '../usage/usage-row.ts';

/** One user as the tables see them. */
export interface UserFacts {
  readonly userId: number;
  readonly username: string;
  readonly passwordHash: string;
  readonly isActive: boolean;
  readonly isRadiusEnabled: boolean;
  readonly promotionId: number | null;
  /** Null where only the default profile applies. */
  readonly profile: Profile | null;
  readonly profileSource: 'own' | 'promotion' | 'default';
  readonly isPromotionActive: boolean | null;
  readonly counters: Counters | null;
  readonly secret: StoredSecret | undefined;
}

interface Row {
  readonly id: number;
  readonly username: string;
  readonly password: string;
  readonly is_active: Flag;
  readonly is_radius_enabled: Flag;
  readonly own_profile_id: number | null;
  readonly promotion_id: number | null;
  readonly promotion_is_active: Flag | null;
  readonly promotion_profile_id: number | null;
}

/** Returns all profiles, by their ids: few, and read in the transaction that is to write by them. */
export async function profilesById(trx: Transaction['trx']): Promise<Map<number, Profile>> {
  const rows: ProfileRow[] = await trx('profiles').select('*');
  return new Map(rows.map((row) => [row.id, profileFromRow(row)]));
}

/** Returns those of these users that there are. Secrets are read only where a box is given. */
export async function userFacts(
  trx: Transaction['trx'],
  userIds: readonly number[],
  { profiles, box }: { readonly profiles: ReadonlyMap<number, Profile>; readonly box: SecretBox | undefined },
): Promise<UserFacts[]> {
  const rows: Row[] = await trx('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .whereIn('users.id', [...userIds])
    .select('users.id', 'users.username', 'users.password', 'users.is_active', 'users.is_radius_enabled', {
      own_profile_id: 'users.profile_id',
      promotion_id: 'users.promotion_id',
      promotion_is_active: 'promotions.is_active',
      promotion_profile_id: 'promotions.profile_id',
    });
  const usage: UsageRow[] = await trx('user_profile_usage')
    .whereIn('user_id', [...userIds])
    .select('*');
  const counters = new Map(usage.map((row) => [row.user_id, countersFromRow(row)]));
  const secrets = await storedSecretsOf(trx, box, userIds);
  return rows.map((row): UserFacts => {
    const profile = profiles.get(row.own_profile_id ?? row.promotion_profile_id ?? 0) ?? null;
    const isViaPromotion = row.own_profile_id === null && profile !== null;
    return {
      userId: row.id,
      username: row.username,
      passwordHash: row.password,
      isActive: flag(row.is_active),
      isRadiusEnabled: flag(row.is_radius_enabled),
      promotionId: row.promotion_id,
      profile,
      profileSource: profile === null ? 'default' : isViaPromotion ? 'promotion' : 'own',
      isPromotionActive: isViaPromotion ? flag(row.promotion_is_active ?? 0) : null,
      counters: counters.get(row.id) ?? null,
      secret: secrets.get(row.id),
    };
  });
}
