/** A usage as contract §6 has it. */

/** Returns the JSON of the usage of john, whose profile is the seed's "Étudiant", begun at 2025-12-11T12:00:00Z and read then, with some fields changed. */
export function usageAnswer(
  { id, user, profile }: { readonly id: number; readonly user: number; readonly profile: number },
  changed: object = {},
) {
  return {
    id,
    user,
    user_username: 'john',
    effective_profile: {
      id: profile,
      name: 'Étudiant',
      quota_type: 'limited',
      data_volume_gb: 50,
      daily_limit_gb: 5,
      weekly_limit_gb: 30,
      monthly_limit_gb: 100,
    },
    used_today: 0,
    used_week: 0,
    used_month: 0,
    used_total: 0,
    used_today_gb: 0,
    used_week_gb: 0,
    used_month_gb: 0,
    used_total_gb: 0,
    daily_usage_percent: 0,
    weekly_usage_percent: 0,
    monthly_usage_percent: 0,
    total_usage_percent: 0,
    last_daily_reset: '2025-12-11T12:00:00Z',
    last_weekly_reset: '2025-12-11T12:00:00Z',
    last_monthly_reset: '2025-12-11T12:00:00Z',
    activation_date: '2025-12-11T12:00:00Z',
    is_exceeded: false,
    is_active: true,
    is_expired: false,
    days_remaining: 30,
    created_at: '2025-12-11T12:00:00Z',
    updated_at: '2025-12-11T12:00:00Z',
    ...changed,
  };
}
