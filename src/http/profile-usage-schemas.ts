/** What requests about usage may hold and what is answered (contract §6, Usage). */
import { Type } from 'typebox';

const octets = Type.Integer({ minimum: 0, description: 'Octets.' });
const gib = Type.Number({ description: 'GiB, two decimals.' });
const gibOrNull = Type.Union([gib, Type.Null()]);
const percent = Type.Number({ minimum: 0, maximum: 100, description: 'Unrounded, at most 100.' });
const instant = Type.String({ examples: ['2025-12-11T12:00:00.123456Z'] });

const EffectiveProfile = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    quota_type: Type.String({ examples: ['limited', 'unlimited'] }),
    data_volume_gb: gib,
    daily_limit_gb: gibOrNull,
    weekly_limit_gb: gibOrNull,
    monthly_limit_gb: gibOrNull,
  },
  { description: "The user's own profile, else their promotion's." },
);

export const UsageAnswer = Type.Object({
  id: Type.Integer(),
  user: Type.Integer(),
  user_username: Type.String(),
  effective_profile: Type.Union([EffectiveProfile, Type.Null()]),
  used_today: octets,
  used_week: octets,
  used_month: octets,
  used_total: octets,
  used_today_gb: gib,
  used_week_gb: gib,
  used_month_gb: gib,
  used_total_gb: gib,
  daily_usage_percent: percent,
  weekly_usage_percent: percent,
  monthly_usage_percent: percent,
  total_usage_percent: percent,
  last_daily_reset: instant,
  last_weekly_reset: instant,
  last_monthly_reset: instant,
  activation_date: instant,
  is_exceeded: Type.Boolean(),
  is_active: Type.Boolean(),
  is_expired: Type.Boolean(),
  days_remaining: Type.Union([Type.Integer(), Type.Null()]),
  created_at: instant,
  updated_at: instant,
});

export const UsageActionAnswer = Type.Object({
  status: Type.Literal('success'),
  message: Type.String(),
  usage: UsageAnswer,
});

const user = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Whose usage, by their id.',
});

const writable = {
  is_active: Type.Optional(
    Type.Boolean({ description: 'Whether it takes part in resets, alerts and statistics.' }),
  ),
  activation_date: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 40,
      description: 'When validity began, with its time zone.',
      examples: ['2025-12-11T12:00:00Z'],
    }),
  ),
};

/** What an answer holds besides may be sent back, and is ignored (contract §6). */
const {
  user: _user,
  is_active: _isActive,
  activation_date: _activationDate,
  ...rest
} = UsageAnswer.properties;
const ignored = Object.fromEntries(
  Object.keys(rest).map((name) => [name, Type.Optional(Type.Unknown({ description: 'Ignored.' }))]),
);

export const UsageBody = Type.Object({ user, ...writable, ...ignored }, { additionalProperties: false });
export const UsagePatch = Type.Object(
  { user: Type.Optional(user), ...writable, ...ignored },
  { additionalProperties: false },
);

export const AddUsageBody = Type.Object(
  {
    bytes_used: Type.Optional(
      Type.Integer({
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Octets to add to all four counters; more than 0.',
      }),
    ),
  },
  { additionalProperties: false },
);
