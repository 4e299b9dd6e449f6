/** The answers of the statistics routes (contract §6.1, §6.2). */
import { Type } from 'typebox';
import { QUOTA_TYPES } from '../profiles/profile.ts';

const Count = Type.Integer({ minimum: 0 });
const Gibibytes = Type.Number({ description: 'GiB, two decimals.' });

const AsOf = Type.String({
  format: 'date-time',
  description:
    'When the sums were begun: now; with very many users a minute ago at most, and as long as summing takes. Only where newer ones take more than ten seconds to make, as after a quarter of an hour in which nobody asked, are older ones shown.',
});

const QuotaType = Type.Enum([...QUOTA_TYPES]);

const ProfileStatistics = Type.Object({
  profile_id: Type.Integer(),
  profile_name: Type.String(),
  quota_type: QuotaType,
  is_active: Type.Boolean(),
  direct_users: Type.Integer({ minimum: 0, description: 'Active users whose own profile it is.' }),
  promotion_users: Type.Integer({
    minimum: 0,
    description: 'Active users without a profile of their own whose promotion has it.',
  }),
  total_users: Count,
  avg_usage_today_gb: Gibibytes,
  avg_usage_week_gb: Gibibytes,
  avg_usage_month_gb: Gibibytes,
  avg_usage_total_gb: Gibibytes,
  exceeded_count: Type.Integer({ minimum: 0, description: 'Those of them who are over a quota.' }),
  exceeded_percent: Type.Number({ description: 'Of `total_users`, two decimals.' }),
});

export const StatisticsAnswer = Type.Object({
  as_of: AsOf,
  summary: Type.Object({
    total_profiles: Count,
    active_profiles: Count,
    inactive_profiles: Count,
    unlimited_profiles: Count,
    limited_profiles: Count,
  }),
  top_profiles: Type.Array(ProfileStatistics, { description: 'The first five of `all_profiles`.' }),
  all_profiles: Type.Array(ProfileStatistics, { description: 'Those with the most users first.' }),
});

const Distribution = Type.Object(
  {
    '0-25%': Count,
    '25-50%': Count,
    '50-75%': Count,
    '75-100%': Count,
    '>100%': Count,
  },
  { description: 'Usages by the share of the data volume they have used.' },
);

export const StatisticsDetailAnswer = Type.Object({
  as_of: AsOf,
  profile: Type.Object({
    id: Type.Integer(),
    name: Type.String(),
    quota_type: QuotaType,
    data_volume_gb: Gibibytes,
    bandwidth_upload_mbps: Type.Number(),
    bandwidth_download_mbps: Type.Number(),
  }),
  users: Type.Object({
    direct: Count,
    via_promotion: Count,
    total: Count,
    exceeded: Type.Integer({ minimum: 0, description: 'Active usages over a quota.' }),
    active: Type.Integer({ minimum: 0, description: 'Active usages that are not.' }),
  }),
  consumption: Type.Object({
    avg_today_gb: Gibibytes,
    avg_week_gb: Gibibytes,
    avg_month_gb: Gibibytes,
    avg_total_gb: Gibibytes,
    max_total_gb: Gibibytes,
    min_total_gb: Gibibytes,
    total_consumed_gb: Gibibytes,
  }),
  distribution: Type.Union([Distribution, Type.Null()], { description: 'Null for an unlimited profile.' }),
});
