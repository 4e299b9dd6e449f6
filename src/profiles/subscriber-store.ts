/** Who the users of a batch are and which profile applies to them, read in one statement beside their sessions. */
import { type BatchTransaction, columnsNamed, type KeyedSelect, type SelectedColumn } from '../db/batch.ts';
import type { OverQuotaAction, ProfileTerms } from './profile.ts';
import type { Subscriber } from './subscriber.ts';

/** Reads the users whose names the database calls equal to these, which may differ in case or trailing spaces by the column's collation; they are there after the next flush. */
export function selectSubscribersByName(
  batch: BatchTransaction,
  usernames: Iterable<string>,
): () => Subscriber[] {
  const pending = batch.select<SubscriberRow>(BY_NAME, [...usernames]);
  return () => pending.rows().map(subscriberFromRow);
}

/** Reads the users with these ids; they are there after the next flush. */
export function selectSubscribersById(
  batch: BatchTransaction,
  userIds: readonly number[],
): () => Subscriber[] {
  const pending = batch.select<SubscriberRow>(BY_ID, userIds);
  return () => pending.rows().map(subscriberFromRow);
}

interface SubscriberRow {
  user_id: number;
  username: string;
  is_active: number;
  is_radius_enabled: number;
  promotion_is_active: number | null;
  own_profile_id: number | null;
  profile_id: number | null;
  bandwidth_upload: number;
  bandwidth_download: number;
  quota_type: string;
  data_volume: number;
  daily_limit: number | null;
  weekly_limit: number | null;
  monthly_limit: number | null;
  validity_duration: number;
  session_timeout: number;
  idle_timeout: number;
  simultaneous_use: number;
  over_quota_action: string;
  throttle_upload: number | null;
  throttle_download: number | null;
}

const COLUMNS: readonly SelectedColumn[] = [
  { name: 'user_id', sql: 'users.id' },
  { name: 'username', sql: 'users.username' },
  { name: 'is_active', sql: 'users.is_active' },
  { name: 'is_radius_enabled', sql: 'users.is_radius_enabled' },
  { name: 'promotion_is_active', sql: 'promotions.is_active' },
  { name: 'own_profile_id', sql: 'users.profile_id' },
  { name: 'profile_id', sql: 'profiles.id' },
  ...columnsNamed(
    'bandwidth_upload, bandwidth_download, quota_type, data_volume, daily_limit, weekly_limit, monthly_limit',
  ),
  ...columnsNamed(
    'validity_duration, session_timeout, idle_timeout, simultaneous_use, over_quota_action, throttle_upload, throttle_download',
  ),
];

/** The hierarchy of contract §2: the user's own profile, else the promotion's. */
const FROM = `FROM users
  LEFT JOIN promotions ON promotions.id = users.promotion_id
  LEFT JOIN profiles ON profiles.id = COALESCE(users.profile_id, promotions.profile_id)`;

const BY_NAME: KeyedSelect = {
  columns: COLUMNS,
  from: `${FROM} WHERE users.username`,
  kind: 'text',
  orderBy: 'users.id',
  isLocked: false,
};

const BY_ID: KeyedSelect = { ...BY_NAME, from: `${FROM} WHERE users.id`, kind: 'number' };

function subscriberFromRow(row: SubscriberRow): Subscriber {
  const isViaPromotion = row.profile_id !== null && row.own_profile_id === null;
  return {
    userId: row.user_id,
    username: row.username,
    isActive: row.is_active !== 0,
    isRadiusEnabled: row.is_radius_enabled !== 0,
    isPromotionActive: isViaPromotion ? row.promotion_is_active !== 0 : null,
    terms: row.profile_id === null ? null : termsFromRow(row),
  };
}

function termsFromRow(row: SubscriberRow): ProfileTerms {
  return {
    bandwidthUpload: row.bandwidth_upload,
    bandwidthDownload: row.bandwidth_download,
    quotaType: row.quota_type === 'unlimited' ? 'unlimited' : 'limited',
    dataVolume: row.data_volume,
    dailyLimit: row.daily_limit,
    weeklyLimit: row.weekly_limit,
    monthlyLimit: row.monthly_limit,
    validityDuration: row.validity_duration,
    sessionTimeout: row.session_timeout,
    idleTimeout: row.idle_timeout,
    simultaneousUse: row.simultaneous_use,
    overQuotaAction: overQuotaActionOf(row.over_quota_action),
    throttleUpload: row.throttle_upload,
    throttleDownload: row.throttle_download,
  };
}

/** Whoever wrote something else there meant no milder action than the default. */
function overQuotaActionOf(text: string): OverQuotaAction {
  return text === 'throttle' || text === 'notify' ? text : 'disconnect';
}
