/** Answering "why can't this user be online": one user's verdict and what it rests on, read now. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import type { Profile } from '../profiles/profile.ts';
import { type ProfileRow, profileFromRow } from '../profiles/profile-row.ts';
import { findByReference, type Reference } from '../profiles/reference.ts';
import { type Flag, flag } from '../profiles/row-values.ts';
import { USERS } from '../profiles/user-row.ts';
import { countOpenSessionsOf } from '../sessions/user-session-count.ts';
import { countersFromRow, type UsageRow } from './usage-row.ts';
import { defaultTerms, type Verdict, type VerdictPeriods, verdict } from './verdict.ts';

/** A verdict and whom it is about. */
export interface Explanation {
  readonly userId: number;
  readonly username: string;
  readonly verdict: Verdict;
  /** Null where only the default applies (contract §0.2). */
  readonly effectiveProfile: Profile | null;
  readonly profileSource: 'own' | 'promotion' | 'default';
  /** The user's, whether or not the profile comes from it. */
  readonly promotion: { readonly id: number; readonly name: string; readonly isActive: boolean } | null;
  readonly openSessions: number;
  readonly simultaneousUse: number;
  /** When it was read, epoch milliseconds. */
  readonly at: number;
}

/** The instant (epoch milliseconds), its periods, and what holds for users without a profile. */
export interface ExplainOptions {
  readonly now: number;
  readonly periods: VerdictPeriods;
  readonly defaultProfile: { readonly simultaneousUse: number };
  /** How many sessions count, where that is known better than from those that are open. */
  readonly openSessions?: number;
}

/** Returns whether one user, by name or id, may be online and why not; throws AppError `not_found`. */
export async function explainUser(
  db: Database,
  reference: Reference,
  { now, periods, defaultProfile, openSessions: known }: ExplainOptions,
): Promise<Explanation> {
  const user = await findByReference(db.knex, USERS, reference);
  const promotion = await promotionOf(db.knex, user.promotion_id);
  const profile = await profileOf(db.knex, user.profile_id ?? promotion?.profileId ?? null);
  const [usage]: UsageRow[] = await db.knex('user_profile_usage').where('user_id', user.id);
  const openSessions = known ?? (await countOpenSessionsOf(db, user.id));
  const isViaPromotion = user.profile_id === null && profile !== null;
  const terms = profile ?? defaultTerms(defaultProfile);
  return {
    userId: user.id,
    username: user.username,
    verdict: verdict({
      user: { isActive: flag(user.is_active), isRadiusEnabled: flag(user.is_radius_enabled) },
      terms,
      isPromotionActive: isViaPromotion && promotion !== null ? promotion.isActive : null,
      counters: usage === undefined ? null : countersFromRow(usage),
      openSessions,
      periods,
      now,
    }),
    effectiveProfile: profile,
    profileSource: profile === null ? 'default' : isViaPromotion ? 'promotion' : 'own',
    promotion:
      promotion === null ? null : { id: promotion.id, name: promotion.name, isActive: promotion.isActive },
    openSessions,
    simultaneousUse: terms.simultaneousUse,
    at: now,
  };
}

async function promotionOf(knex: Knex, id: number | null) {
  if (id === null) return null;
  const [row]: { name: string; is_active: Flag; profile_id: number | null }[] = await knex('promotions')
    .where({ id })
    .select('name', 'is_active', 'profile_id');
  return row === undefined
    ? null
    : { id, name: row.name, isActive: flag(row.is_active), profileId: row.profile_id };
}

async function profileOf(knex: Knex, id: number | null): Promise<Profile | null> {
  if (id === null) return null;
  const [row]: ProfileRow[] = await knex('profiles').where({ id }).select('*');
  return row === undefined ? null : profileFromRow(row);
}
