/** The schemas of series by day. */
import { Type } from 'typebox';

/** A leap year. */
export const DAYS_MAX = 366;
/** Without `from`. */
export const DAYS_DEFAULT = 30;
/** Nobody was metered before. */
export const FIRST_DAY = '2000-01-01';
/** The day after the last is a day that has a name, too. */
export const LAST_DAY = '2999-12-31';

const day = (description: string) => Type.Optional(Type.String({ description, examples: ['2026-01-31'] }));

export const UsageDaysQuery = Type.Object({
  user: Type.Optional(Type.String({ description: 'Only of this user, by their id.' })),
  profile: Type.Optional(
    Type.String({ description: 'Only of the users whose effective profile now is this, by its id.' }),
  ),
  nas: Type.Optional(
    Type.String({
      description:
        'Only of this NAS: its name, address, prefix, or NAS-Identifier. Octets stand on the day their session began.',
    }),
  ),
  from: day(`The first day; ${DAYS_DEFAULT} days up to the last without it, ${DAYS_MAX} at most.`),
  to: day('The last day; today without it.'),
});

const octets = {
  input_octets: Type.Number({ minimum: 0, description: 'From the users.' }),
  output_octets: Type.Number({ minimum: 0, description: 'To the users.' }),
  total_octets: Type.Number({ minimum: 0 }),
};

const IdOrNull = Type.Union([Type.Integer(), Type.Null()]);

export const DaySeriesAnswer = Type.Object({
  user: IdOrNull,
  profile: IdOrNull,
  nas: Type.Union([Type.String(), Type.Null()]),
  from: Type.String({ format: 'date' }),
  to: Type.String({ format: 'date' }),
  timezone: Type.String({ description: 'Where the days begin, an IANA name.' }),
  basis: Type.Enum(['day', 'session_start'], {
    description: '`day`: on the day they were carried. `session_start`: on the day their session began.',
  }),
  as_of: Type.String({
    format: 'date-time',
    description:
      'When the oldest of the sums was begun: of one user and of a NAS just now. Of very many users, those of today and yesterday a minute ago at most, and as long as summing takes, except where newer ones take more than ten seconds to make, as after a quarter of an hour in which nobody asked. Those of days before, which late reports alone still change, are made anew behind the answer once they are six hours old, and may be as old as the last question.',
  }),
  days: Type.Array(Type.Object({ day: Type.String({ format: 'date' }), ...octets }), {
    description: 'Every day of the range, the oldest first.',
  }),
  ...octets,
});
