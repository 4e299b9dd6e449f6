/** Telling a user that a reset has let them in again, by the ways the quota alerts of their profile name. */
import type { Transaction } from '../db/database.ts';
import { instantFromText } from '../db/dialect.ts';
import { validUntil } from '../usage/validity.ts';
import type { Language } from '../usage/verdict-texts.ts';
import { type AlertPeriod, isExpiryAlert } from './alert.ts';
import { restoredMail } from './alert-mail.ts';
import { type Alert, type AlertRow, alertFromRow } from './alert-row.ts';
import { ALERT_TEXTS } from './alert-texts.ts';
import { type Channels, type DeliveryMethod, type PlannedDelivery, plannedDeliveries } from './delivery.ts';
import { beginDeliveries } from './delivery-store.ts';

/** Whom, and which of their allowances was spent. */
export interface Restored {
  readonly userId: number;
  readonly periods: readonly AlertPeriod[];
  /** The first instant of the day, epoch milliseconds: nobody is told twice of one reset. */
  readonly since: number;
}

/** By which ways, and in which words. */
export interface RestoredTerms {
  readonly channels: Channels;
  readonly language: Language;
  /** An IANA name. */
  readonly timezone: string;
}

/** Queues one message for each way that an active quota alert of the user's profile names, where that alert looks at an allowance that was spent, or at the total; nothing where there is no such alert. In the transaction that lets the user in, so that it happens with it or not at all. */
export async function tellRestored(
  transaction: Transaction,
  restored: Restored,
  terms: RestoredTerms,
): Promise<void> {
  const user = await userOf(transaction, restored.userId);
  if (user === undefined) return;
  const { language } = terms;
  const message = ALERT_TEXTS[language].restored;
  const armKey = `restored:${new Date(restored.since).toISOString()}`;
  const ways = new Map<DeliveryMethod, { readonly alert: Alert; readonly plan: PlannedDelivery }>();
  for (const alert of await alertsOf(transaction, user.profile_id, restored.periods)) {
    const reachable = { email: user.email, phoneNumber: user.phone_number };
    for (const plan of plannedDeliveries(alert.notificationMethod, reachable, terms.channels)) {
      if (!ways.has(plan.method)) ways.set(plan.method, { alert, plan });
    }
  }
  await beginDeliveries(
    transaction,
    [...ways.values()].map(({ alert, plan }) => ({
      ...{ alertId: alert.id, userId: restored.userId, armKey, plan, message },
      mail: plan.method === 'email' ? restoredMail(subjectOf(user), terms) : null,
      webhookBody: {
        ...{ to: plan.address, message, username: user.username, user_id: restored.userId },
        ...{ alert_id: alert.id, alert_type: 'access_restored', profile_name: user.profile_name },
      },
    })),
  );
}

interface UserRow {
  readonly username: string;
  readonly email: string;
  readonly phone_number: string | null;
  readonly profile_id: number;
  readonly profile_name: string;
  readonly validity_duration: number;
  readonly activation_date: string | null;
}

/** Undefined where no profile is in force, and so no alert. */
async function userOf({ trx }: Transaction, userId: number): Promise<UserRow | undefined> {
  const [row]: UserRow[] = await trx('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .joinRaw('JOIN profiles ON profiles.id = COALESCE(users.profile_id, promotions.profile_id)')
    .leftJoin('user_profile_usage as counted', 'counted.user_id', 'users.id')
    .where('users.id', userId)
    .select('users.username', 'users.email', 'users.phone_number', 'counted.activation_date')
    .select('profiles.id as profile_id', 'profiles.name as profile_name', 'profiles.validity_duration');
  return row;
}

/** The oldest first. */
async function alertsOf(
  { trx }: Transaction,
  profileId: number,
  periods: readonly AlertPeriod[],
): Promise<Alert[]> {
  const rows: AlertRow[] = await trx('profile_alerts')
    .where({ profile_id: profileId, is_active: true })
    .whereIn('period', [...periods, 'total'])
    .orderBy('id');
  return rows.map(alertFromRow).filter((alert) => !isExpiryAlert(alert));
}

function subjectOf({ profile_name: profileName, activation_date: since, validity_duration: days }: UserRow) {
  const until =
    since === null ? null : validUntil({ activationDate: instantFromText(since), validityDays: days });
  return { profileName, validUntil: until };
}
