/** What requests about alerts may hold and what is answered (contract §6, Alert, and §7). */
import { Type } from 'typebox';
import { ALERT_PERIODS, ALERT_TYPES, NOTIFICATION_METHODS } from '../alerts/alert.ts';
import { NEW_ALERT, THRESHOLD_DAYS_MAX, THRESHOLD_PERCENT_MAX } from '../alerts/alert-commands.ts';
import { PLACEHOLDERS } from '../alerts/template.ts';
import { pageParameters } from './pages.ts';

export const AlertListQuery = Type.Object({
  ...pageParameters,
  profile: Type.Optional(Type.String({ description: 'Only of this profile, by its id.' })),
  is_active: Type.Optional(
    Type.String({ description: 'Only active ones (`true`) or inactive ones (`false`).', examples: ['true'] }),
  ),
});

const id = Type.Integer({ minimum: 1 });
const instant = Type.String({ examples: ['2025-12-11T12:00:00.123456Z'] });

export const AlertAnswer = Type.Object({
  id,
  profile: Type.Integer(),
  profile_name: Type.String(),
  alert_type: Type.String({ description: listed(ALERT_TYPES) }),
  threshold_percent: Type.Integer(),
  threshold_days: Type.Union([Type.Integer(), Type.Null()]),
  period: Type.String({ description: listed(ALERT_PERIODS) }),
  notification_method: Type.String({ description: listed(NOTIFICATION_METHODS) }),
  is_active: Type.Boolean(),
  message_template: Type.Union([Type.String(), Type.Null()]),
  created_by: Type.Union([Type.Integer(), Type.Null()]),
  created_by_username: Type.Optional(Type.String({ description: 'Absent where nobody made it.' })),
  created_at: instant,
  updated_at: instant,
});

const fields = {
  profile: Type.Integer({
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'The profile it is about, by its id.',
  }),
  // A word that is none is refused in the words clients know (contract §6), which a schema has not.
  alert_type: Type.String({ description: listed(ALERT_TYPES), examples: [...ALERT_TYPES] }),
  threshold_percent: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: THRESHOLD_PERCENT_MAX,
      description: `A quota alert fires from this percentage on; ${NEW_ALERT.thresholdPercent} if not given.`,
    }),
  ),
  threshold_days: Type.Optional(
    Type.Union([Type.Integer({ minimum: 1, maximum: THRESHOLD_DAYS_MAX }), Type.Null()], {
      description: 'An expiry alert fires with so many whole days left; it cannot do without.',
    }),
  ),
  period: Type.Optional(
    Type.String({
      description: `The allowance a quota alert looks at: ${listed(ALERT_PERIODS)}; ${NEW_ALERT.period} if not given.`,
      examples: [...ALERT_PERIODS],
    }),
  ),
  notification_method: Type.Optional(
    Type.String({
      description: `${listed(NOTIFICATION_METHODS)}; ${NEW_ALERT.notificationMethod} if not given.`,
      examples: [...NOTIFICATION_METHODS],
    }),
  ),
  is_active: Type.Optional(Type.Boolean()),
  message_template: Type.Optional(
    Type.Union([Type.String(), Type.Null()], {
      description: `Text with ${PLACEHOLDERS.map((name) => `{${name}}`).join(' ')}; {{ and }} for braces. Without it, or empty, a text of radmeter's own.`,
    }),
  ),
};

/** What clients send back of what they were shown (contract §6: silently ignored). */
const readOnlyFields = {
  id: Type.Optional(Type.Unknown()),
  profile_name: Type.Optional(Type.Unknown()),
  created_by: Type.Optional(Type.Unknown()),
  created_by_username: Type.Optional(Type.Unknown()),
  created_at: Type.Optional(Type.Unknown()),
  updated_at: Type.Optional(Type.Unknown()),
};

/** For POST and PUT; what PUT does not say keeps its value. */
export const AlertBody = Type.Object({ ...fields, ...readOnlyFields }, { additionalProperties: false });

export const AlertPatch = Type.Object(
  {
    ...fields,
    profile: Type.Optional(fields.profile),
    alert_type: Type.Optional(fields.alert_type),
    ...readOnlyFields,
  },
  { additionalProperties: false },
);

export const AlertCheckAnswer = Type.Object({
  triggered_count: Type.Integer({ minimum: 0, description: 'All that are due, delivered or not.' }),
  alerts: Type.Array(
    Type.Object({
      alert_id: id,
      alert_type: Type.String(),
      user_id: id,
      username: Type.String(),
      profile_name: Type.String(),
      threshold: Type.Integer({ description: 'The percentage, of expiry alerts too.' }),
      current_usage_percent: Type.Number({
        description: 'Unrounded; above 100 where the quota is exceeded.',
      }),
      days_remaining: Type.Union([Type.Integer(), Type.Null()]),
      message: Type.String(),
      already_delivered: Type.Boolean({
        description:
          'Whether the user was told since the alert was armed: by the last reset, activation or change of the expiry date.',
      }),
    }),
  ),
  has_all_alerts: Type.Boolean({
    description: 'False where more are due than are shown: then those of the newest users are.',
  }),
  as_of: Type.String({
    format: 'date-time',
    description:
      'When the check was begun: now; with very many users a minute ago at most. Alerts and profiles are those of now in any case.',
  }),
});

function listed(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(', ');
}
