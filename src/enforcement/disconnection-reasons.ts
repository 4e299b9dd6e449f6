/** Why people are cut off, by the words of `user_disconnection_logs` (contract §12). */

/** Those that a new period, or a new activation, ends. */
export const QUOTA_REASONS: readonly string[] = [
  'validity_expired',
  'quota_exceeded',
  'daily_limit',
  'weekly_limit',
  'monthly_limit',
];

/** What an administrator does, and what cut somebody off who was switched off. */
export const MANUAL = 'manual';
