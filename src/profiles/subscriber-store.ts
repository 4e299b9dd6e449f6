/** Who the users of a batch are and which profile applies to them, read in one statement beside their sessions. */
import { type BatchTransaction, columnsNamed, type KeyedSelect, type SelectedColumn } from '../db/batch.ts';
import type { ProfileTerms } from './profile.ts';

/** The part of a profile that metering decides by: bandwidths in kbit/s, quotas in octets. */
export type MeteringTerms = Pick<
  ProfileTerms,
  | 'bandwidthUpload'
  | 'bandwidthDownload'
  | 'quotaType'
  | 'dataVolume'
  | 'dailyLimit'
  | 'weeklyLimit'
  | 'monthlyLimit'
>;

/** A user as accounting needs one; `terms` null = no profile of their own nor of their promotion. */
export interface Subscriber {
  readonly userId: number;
  readonly username: string;
  readonly terms: MeteringTerms | null;
}

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
  profile_id: number | null;
  bandwidth_upload: number;
  bandwidth_download: number;
  quota_type: string;
  data_volume: number;
  daily_limit: number | null;
  weekly_limit: number | null;
  monthly_limit: number | null;
}

const COLUMNS: readonly SelectedColumn[] = [
  { name: 'user_id', sql: 'users.id' },
  { name: 'username', sql: 'users.username' },
  { name: 'profile_id', sql: 'profiles.id' },
  ...columnsNamed(
    'bandwidth_upload, bandwidth_download, quota_type, data_volume, daily_limit, weekly_limit, monthly_limit',
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
  const terms: MeteringTerms | null =
    row.profile_id === null
      ? null
      : {
          bandwidthUpload: row.bandwidth_upload,
          bandwidthDownload: row.bandwidth_download,
          quotaType: row.quota_type === 'unlimited' ? 'unlimited' : 'limited',
          dataVolume: row.data_volume,
          dailyLimit: row.daily_limit,
          weeklyLimit: row.weekly_limit,
          monthlyLimit: row.monthly_limit,
        };
  return { userId: row.user_id, username: row.username, terms };
}
