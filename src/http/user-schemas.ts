/** What requests about users may hold and what is answered (contract §6, User). */
import { Type } from 'typebox';
import { NEW_USER, USER_RULES } from '../profiles/user.ts';
import { BodyOf } from './field-bodies.ts';
import { pageParameters } from './pages.ts';

const Id = Type.Integer({ minimum: 1 });
const Instant = Type.String({ examples: ['2025-12-11T12:00:00.123456Z'] });
const textOrNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

const EffectiveProfile = Type.Object({
  id: Id,
  name: Type.String(),
  quota_type: Type.String(),
  data_volume_gb: Type.Number(),
  bandwidth_upload_mbps: Type.Number(),
  bandwidth_download_mbps: Type.Number(),
  validity_duration: Type.Integer(),
});

export const UserAnswer = Type.Object({
  id: Id,
  username: Type.String({ description: 'The User-Name, exactly as NASes report it.' }),
  email: Type.String({ description: 'Where alerts go; empty for none.' }),
  first_name: Type.String(),
  last_name: Type.String(),
  promotion: Type.Union([Id, Type.Null()], { description: 'Their promotion, by its id.' }),
  promotion_name: Type.Optional(Type.String({ description: 'Absent where they are in none.' })),
  matricule: textOrNull('Registration number.'),
  profile: Type.Union([Id, Type.Null()], { description: 'The profile of their own, by its id.' }),
  profile_name: Type.Optional(Type.String({ description: 'Absent where they have none of their own.' })),
  effective_profile: Type.Union([EffectiveProfile, Type.Null()], {
    description: "Their own profile, else their promotion's; null where the default applies.",
  }),
  phone_number: textOrNull('Phone number.'),
  mac_address: textOrNull('Hardware address of their device.'),
  ip_address: textOrNull('IP address of their device.'),
  is_voucher_user: Type.Boolean({ description: 'Whether they came with a voucher.' }),
  voucher_code: textOrNull('The code of that voucher.'),
  is_active: Type.Boolean({ description: 'Whether they may be online and sign in.' }),
  is_staff: Type.Boolean({ description: 'Whether they administer radmeter.' }),
  is_superuser: Type.Boolean({ description: 'The same here; other programs may tell the two apart.' }),
  is_radius_activated: Type.Boolean({ description: 'Whether they were provisioned.' }),
  is_radius_enabled: Type.Boolean({ description: 'Whether RADIUS lets them in.' }),
  role: Type.String({ description: 'Follows from `is_staff` and `is_superuser`: `admin` or `user`.' }),
  role_name: Type.String(),
  date_joined: Instant,
  created_at: Instant,
  updated_at: Instant,
});

const { profileId, promotionId, ...plain } = USER_RULES;
/** The rules of a body, where references are named as the contract names them. */
export const USER_BODY_RULES = { ...plain, profile: profileId, promotion: promotionId };

const ignored = [
  'id',
  'promotion_name',
  'profile_name',
  'effective_profile',
  'is_radius_activated',
  'role',
  'role_name',
  'date_joined',
  'created_at',
  'updated_at',
];
const described = UserAnswer.properties;
/** No answer ever shows them. */
const more = {
  password: Type.String({ description: 'Their password, 8 characters or more.', writeOnly: true }),
  password2: Type.String({ description: 'The same once more, for people who type it.', writeOnly: true }),
};

export const UserCreation = BodyOf(USER_BODY_RULES, {
  required: ['username'],
  ignored,
  more,
  described,
  defaults: { ...NEW_USER, profile: null, promotion: null },
});
/** What it does not say keeps its value. */
export const UserReplacement = BodyOf(USER_BODY_RULES, { required: ['username'], ignored, more, described });
export const UserPatch = BodyOf(USER_BODY_RULES, { ignored, more, described });

export const UserListQuery = Type.Object({
  ...pageParameters,
  username: Type.Optional(Type.String({ description: 'Only the one of this name.' })),
  profile: Type.Optional(Type.String({ description: 'Only those whose own profile it is, by its id.' })),
  promotion: Type.Optional(Type.String({ description: 'Only members of this promotion, by its id.' })),
  is_active: Type.Optional(
    Type.String({ description: 'Only active ones (`true`) or inactive ones (`false`).', examples: ['true'] }),
  ),
  search: Type.Optional(
    Type.String({ description: 'Only those whose username begins like this, by username.' }),
  ),
});
