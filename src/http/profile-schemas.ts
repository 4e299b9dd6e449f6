/** What requests about profiles may hold and what is answered (contract §6, Profile). */
import { Type } from 'typebox';
import { longText, rowId } from '../profiles/field-rules.ts';
import { EXACT_COUNT_MAX } from '../profiles/head-counts.ts';
import {
  NEW_PROFILE,
  OVER_QUOTA_ACTIONS,
  PROFILE_RULES,
  QUOTA_TYPES,
  VALIDITY_DURATIONS,
} from '../profiles/profile.ts';
import { BodyOf } from './field-bodies.ts';
import { wholeListFields } from './whole-lists.ts';

const Id = Type.Integer({ minimum: 1 });
const Instant = Type.String({ examples: ['2025-12-11T12:00:00.123456Z'] });
const Kbps = Type.Integer({ description: 'kbit/s.' });
const Mbps = Type.Number({ description: 'Mbit/s: kbit/s by 1024, with two decimals.' });
const Limit = Type.Union([Type.Integer(), Type.Null()], {
  description: 'Octets; null = no such limit, 0 = nothing allowed.',
});
const LimitGib = Type.Union([Type.Number(), Type.Null()], {
  description: 'The limit in GiB, with two decimals.',
});

export const ProfileAnswer = Type.Object({
  id: Id,
  name: Type.String({ description: 'What it is called; no two are called the same.' }),
  description: Type.Union([Type.String(), Type.Null()]),
  is_active: Type.Boolean({ description: 'Whether it may be assigned.' }),
  bandwidth_upload: Kbps,
  bandwidth_download: Kbps,
  bandwidth_upload_mbps: Mbps,
  bandwidth_download_mbps: Mbps,
  quota_type: Type.String({ description: `Whether data_volume binds: ${QUOTA_TYPES.join(' or ')}.` }),
  data_volume: Type.Integer({ description: 'Octets from activation on.' }),
  data_volume_gb: Type.Number({ description: 'The same in GiB, with two decimals.' }),
  daily_limit: Limit,
  weekly_limit: Limit,
  monthly_limit: Limit,
  daily_limit_gb: LimitGib,
  weekly_limit_gb: LimitGib,
  monthly_limit_gb: LimitGib,
  validity_duration: Type.Integer({
    description: `Days from activation: ${VALIDITY_DURATIONS.join(', ')}.`,
  }),
  session_timeout: Type.Integer({ description: 'Seconds; 0 = none.' }),
  idle_timeout: Type.Integer({ description: 'Seconds; 0 = none.' }),
  simultaneous_use: Type.Integer({ description: 'Sessions at the same time.' }),
  over_quota_action: Type.Optional(
    Type.String({
      description: `What a spent quota does: ${OVER_QUOTA_ACTIONS.join(', ')}; absent where it disconnects.`,
    }),
  ),
  throttle_upload: Type.Optional(
    Type.Integer({ description: 'kbit/s of a throttled user; absent where there is none.' }),
  ),
  throttle_download: Type.Optional(
    Type.Integer({ description: 'kbit/s of a throttled user; absent where there is none.' }),
  ),
  created_by: Type.Union([Id, Type.Null()]),
  created_by_username: Type.Optional(Type.String({ description: 'Absent where no user made it.' })),
  created_at: Instant,
  updated_at: Instant,
  users_count: Type.Integer({
    description: `Users whose own profile it is, inactive ones too; beyond ${EXACT_COUNT_MAX} the figure may be a minute old.`,
  }),
  promotions_count: Type.Integer({ description: 'Promotions that carry it, inactive ones too.' }),
});

/** Derived, or nobody's to set. */
const ignored = [
  'id',
  'bandwidth_upload_mbps',
  'bandwidth_download_mbps',
  'data_volume_gb',
  'daily_limit_gb',
  'weekly_limit_gb',
  'monthly_limit_gb',
  'created_by',
  'created_by_username',
  'created_at',
  'updated_at',
  'users_count',
  'promotions_count',
];
const described = ProfileAnswer.properties;

export const ProfileCreation = BodyOf(PROFILE_RULES, {
  required: ['name'],
  ignored,
  described,
  defaults: NEW_PROFILE,
});
/** What it does not say keeps its value. */
export const ProfileReplacement = BodyOf(PROFILE_RULES, { required: ['name'], ignored, described });
export const ProfilePatch = BodyOf(PROFILE_RULES, { ignored, described });

const Named = Type.Object({ id: Id, name: Type.String() });

const person = {
  id: Id,
  username: Type.String(),
  email: Type.String(),
  first_name: Type.String(),
  last_name: Type.String(),
};

export const ProfileUsersAnswer = Type.Object({
  profile: Named,
  users: Type.Array(
    Type.Object({
      ...person,
      promotion: Type.Union([Named, Type.Null()]),
      is_active: Type.Boolean(),
      is_radius_activated: Type.Boolean(),
      assignment_type: Type.String({
        description:
          '`direct` where it is their own profile, `via_promotion` where their promotion carries it.',
      }),
    }),
  ),
  ...wholeListFields,
});

export const ProfilePromotionsAnswer = Type.Object({
  profile: Named,
  promotions: Type.Array(
    Type.Object({
      id: Id,
      name: Type.String(),
      is_active: Type.Boolean(),
      user_count: Type.Integer({ description: 'Its members, inactive ones too.' }),
    }),
  ),
  ...wholeListFields,
});

export const PromotionUsersAnswer = Type.Object({
  promotion: Named,
  users: Type.Array(
    Type.Object({
      ...person,
      profile: Type.Union([Named, Type.Null()], {
        description: "The profile of their own, which they have instead of the promotion's.",
      }),
      is_active: Type.Boolean(),
      is_radius_activated: Type.Boolean(),
    }),
  ),
  ...wholeListFields,
});

const Target = Type.Unsafe<number>(rowId.schema);
const Reason = Type.Optional(
  Type.Unsafe<string>({ ...longText.schema, description: 'Why, for the history.' }),
);

export const UserTarget = Type.Object(
  { user_id: Target, reason: Reason },
  { additionalProperties: false, description: 'Whom it concerns.' },
);
export const PromotionTarget = Type.Object(
  { promotion_id: Target, reason: Reason },
  { additionalProperties: false, description: 'Which promotion it concerns.' },
);
