/** The schemas of a verdict and the numbers behind it. */
import { Type } from 'typebox';
import { ALLOWANCE_PERIODS, REASON_CODES, REASON_EFFECTS } from '../usage/verdict.ts';
import { LANGUAGES } from '../usage/verdict-texts.ts';
import { IntentAnswer } from './session-schemas.ts';

const Instant = Type.String({ format: 'date-time' });
const InstantOrNull = Type.Union([Instant, Type.Null()]);
const IntegerOrNull = Type.Union([Type.Integer(), Type.Null()]);

const ReasonShape = Type.Object({
  code: Type.Enum([...REASON_CODES]),
  effect: Type.Enum([...REASON_EFFECTS], {
    description:
      '`cut`: no new session, and open ones end. `refuse`: no new session. `throttle`: slower. `notify`: nothing happens.',
  }),
  used: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Octets of a quota, sessions of `simultaneous_use`.',
  }),
  limit: IntegerOrNull,
  since: InstantOrNull,
  ends_at: Type.Union([Instant, Type.Null()], {
    description: 'When it ends by itself; null = not before something is changed.',
  }),
});

const AllowanceShape = Type.Object({
  period: Type.Enum([...ALLOWANCE_PERIODS]),
  used: Type.Integer({ description: 'Octets.' }),
  limit: Type.Integer(),
  remaining: Type.Integer(),
  resets_at: InstantOrNull,
});

const PromotionShape = Type.Object({ id: Type.Integer(), name: Type.String(), is_active: Type.Boolean() });

export const ExplanationShape = Type.Object({
  user: Type.Integer(),
  user_username: Type.String(),
  allowed: Type.Boolean({ description: 'Whether one more session may begin now.' }),
  may_stay_online: Type.Boolean({ description: 'Whether the sessions that are open may go on.' }),
  throttled: Type.Boolean(),
  sentence: Type.String({ description: 'The same in one plain sentence.' }),
  reasons: Type.Array(ReasonShape, { description: 'What lasts longest comes first.' }),
  allowed_at: Type.Union([Instant, Type.Null()], {
    description: 'When a session may begin again, if nobody changes anything; null = never, or now already.',
  }),
  allowances: Type.Array(AllowanceShape, { description: 'Every limit in force.' }),
  valid_until: InstantOrNull,
  effective_profile: Type.Union([Type.Object({ id: Type.Integer(), name: Type.String() }), Type.Null()]),
  profile_source: Type.Enum(['own', 'promotion', 'default']),
  promotion: Type.Union([PromotionShape, Type.Null()]),
  open_sessions: Type.Integer(),
  simultaneous_use: Type.Integer(),
  as_of: Instant,
  enforcement: Type.Array(IntentAnswer, {
    description:
      'What was decided last about the newest sessions; what came of it is for admins and viewers.',
  }),
});

export const ExplainQuery = Type.Object({
  language: Type.Optional(
    Type.Enum([...LANGUAGES], { description: 'Of the sentence; the configured one without it.' }),
  ),
});
