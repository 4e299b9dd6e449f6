/** What is answered about sessions and about what was decided of them. */
import { type TSchema, Type } from 'typebox';
import { LISTED_MAX, SEARCHED_MAX } from '../sessions/session-list.ts';
import { PageOf, pageParameters } from './pages.ts';

export const SessionListQuery = Type.Object({
  ...pageParameters,
  user: Type.Optional(Type.String({ description: 'Only of this user, by their id.' })),
  username: Type.Optional(Type.String({ description: 'Only of the user with exactly this name.' })),
  nas: Type.Optional(
    Type.String({ description: 'Only of this NAS: its name, address, prefix, or NAS-Identifier.' }),
  ),
  station: Type.Optional(
    Type.String({ description: 'Only with this Calling-Station-Id; a MAC address in any notation.' }),
  ),
  session_id: Type.Optional(Type.String({ description: 'Only with this Acct-Session-Id.' })),
  is_open: Type.Optional(Type.String({ description: '`true` or `false`.', examples: ['true'] })),
  profile: Type.Optional(
    Type.String({ description: 'Only of users whose effective profile now is this, by its id.' }),
  ),
  since: Type.Optional(
    Type.String({ description: 'Only begun at or after this time.', examples: ['2026-01-31'] }),
  ),
  until: Type.Optional(
    Type.String({ description: 'Only begun before this time.', examples: ['2026-01-31T08:00:00Z'] }),
  ),
});

const text = orNull(Type.String());
const instant = orNull(Type.String({ format: 'date-time' }));
const octets = Type.Integer({ minimum: 0 });
const count = Type.Integer({ minimum: 0 });

const sessionFields = {
  id: Type.Integer({ minimum: 1 }),
  acct_session_id: text,
  user: orNull(Type.Integer(), 'Who is charged; null where nobody is.'),
  user_username: text,
  user_name: orNull(Type.String(), 'User-Name as the NAS sent it.'),
  calling_station_id: text,
  called_station_id: text,
  source_address: text,
  nas_ip_address: Type.String(),
  nas_identifier: text,
  state: Type.String({
    description: '`open`, `stopped` by its own Stop, or `presumed` over until it is heard of again.',
  }),
  terminate_cause: text,
  started_at: instant,
  updated_at: instant,
  stopped_at: instant,
  session_time_seconds: orNull(Type.Integer()),
  input_octets: octets,
  output_octets: octets,
  unmetered_octets: octets,
};

const SessionAnswer = Type.Object(sessionFields);

export const SessionPage = Type.Object({
  ...PageOf(SessionAnswer).properties,
  has_all: Type.Boolean({
    description: `False where more may fit: only the newest ${LISTED_MAX} are listed, and where no index leads to what fits, only the newest ${SEARCHED_MAX} sessions, or fewer, are looked at. A user, a NAS or a time narrows it down.`,
  }),
});

const Bound = Type.Object({
  how: Type.String({ description: 'By a record of its own, by another run, by silence, ...' }),
  at: instant,
  session: orNull(Type.Integer(), 'The run before, or after.'),
});

const OtherRun = Type.Object({ ...sessionFields, run_number: count, began: Bound, ended: Bound });

export const IntentAnswer = Type.Object({
  id: Type.Integer({ minimum: 1 }),
  session: Type.Integer({ minimum: 1 }),
  user: orNull(Type.Integer()),
  user_username: Type.Optional(Type.String({ description: 'Absent where the session is nobody’s.' })),
  kind: Type.String({ description: '`disconnect`, or `coa` for a change.' }),
  reason: Type.String({ examples: ['manual', 'quota_daily'] }),
  status: Type.String({ examples: ['pending'] }),
  is_live: Type.Boolean({ description: 'Whether it is still to be carried out.' }),
  attempts: count,
  due_at: Type.String({ format: 'date-time' }),
  detail: text,
  outcome: text,
  created_at: Type.String({ format: 'date-time' }),
  finished_at: instant,
});

export const SessionLifeAnswer = Type.Object({
  ...sessionFields,
  acct_unique_id: Type.String(),
  run_number: count,
  nas_started_at: instant,
  nas_updated_at: instant,
  arrival_started_at: instant,
  arrival_updated_at: instant,
  input_packets: count,
  output_packets: count,
  is_reversed: Type.Boolean(),
  octet_unit: count,
  has_gigawords: Type.Boolean(),
  may_have_wrapped: Type.Boolean(),
  has_interim: Type.Boolean(),
  interval_seconds: orNull(Type.Integer()),
  details: Type.Record(Type.String(), Type.String()),
  began: Bound,
  ended: Bound,
  charged_octets: octets,
  handed_over_octets: octets,
  nobodys_octets: octets,
  other_runs: Type.Array(OtherRun, {
    description: 'The runs that share its Acct-Session-Id on its NAS; users are shown their own.',
  }),
  has_all_runs: Type.Boolean(),
  live_intent: orNull(IntentAnswer, 'What is still to be done with it.'),
});

export const IntentListQuery = Type.Object({
  ...pageParameters,
  is_live: Type.Optional(Type.String({ description: '`true`: only those still to be carried out.' })),
});

export const IntentPage = PageOf(IntentAnswer);

function orNull<Schema extends TSchema>(schema: Schema, description?: string) {
  return Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
}
