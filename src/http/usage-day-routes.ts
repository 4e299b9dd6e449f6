/** `usage-days/`: octets by day for charts, of one user, of a profile's users, of a NAS, or of everybody. */
import type { Static } from 'typebox';
import { instantJson } from '../clock.ts';
import { AppError } from '../errors.ts';
import { mergeNases, type Nas } from '../nas/nas.ts';
import { placesOfNas } from '../nas/nas-places.ts';
import { isIdentifierHeard, listNas } from '../nas/nas-queries.ts';
import { PROFILES } from '../profiles/profile-row.ts';
import { findByReference } from '../profiles/reference.ts';
import { USERS } from '../profiles/user-row.ts';
import { listSources } from '../sessions/session-queries.ts';
import { sumByStart } from '../sessions/session-start-sums.ts';
import { DaySums } from '../usage/day-sums.ts';
import type { Calendar } from '../usage/period.ts';
import { type DayOctets, listUsageDays } from '../usage/usage-day-queries.ts';
import { datesBetween, dayCount, daySeriesShape, daysLater, isDate } from '../usage/usage-day-series.ts';
import { problemAnswers } from './answers.ts';
import type { Api } from './api.ts';
import { type Caller, callerOf } from './caller.ts';
import type { Routes } from './http-app.ts';
import { idParameter, textParameter } from './parameters.ts';
import {
  DAYS_DEFAULT,
  DAYS_MAX,
  DaySeriesAnswer,
  FIRST_DAY,
  LAST_DAY,
  UsageDaysQuery,
} from './usage-day-schemas.ts';

export interface UsageDayRoutesOptions {
  /** In the stored time zone. */
  readonly calendar: () => Calendar;
  /** The NASes of the configuration file, by whose names can be asked, too. */
  readonly configured?: readonly Nas[];
  /** As DaySums takes it. */
  readonly cheapMs?: number;
}

/** Returns `GET usage-days`; users see their own. What all users carry is summed from its start on, as long as the application lives. */
export function usageDayRoutes(
  api: Api,
  { calendar, configured = [], ...options }: UsageDayRoutesOptions,
): Routes {
  const dateOf = (instant: number) => calendar().dayOf(instant).date;
  const sums = new DaySums({ reader: api.reader, clock: api.clock, dateOf, ...options });
  const source: Source = { api, calendar, configured, sums };
  const schema = {
    tags: ['usage'],
    summary: 'Octets by day, every day of the range present',
    querystring: UsageDaysQuery,
    response: { 200: DaySeriesAnswer, ...problemAnswers },
  };
  return (app) => {
    app.addHook('onReady', async () => sums.begin(DAYS_DEFAULT));
    app.addHook('onClose', () => sums.close());
    app.get('/usage-days', { schema }, async (request) => {
      const { query } = request;
      const now = api.clock.now();
      const asked = askedFor(callerOf(request), query);
      const range = rangeOf(query, dateOf(now));
      const { octetsOf, asOf = now } = await octetsFor(source, asked, range);
      return {
        user: asked.userId ?? null,
        profile: asked.profileId ?? null,
        nas: asked.nas ?? null,
        ...range,
        timezone: calendar().timezone,
        basis: asked.nas === undefined ? ('day' as const) : ('session_start' as const),
        as_of: instantJson(asOf),
        ...daySeriesShape(datesBetween(range.from, range.to), octetsOf),
      };
    });
  };
}

interface Source {
  readonly api: Api;
  readonly calendar: () => Calendar;
  readonly configured: readonly Nas[];
  readonly sums: DaySums;
}

/** One of these, or none for everybody. */
interface Asked {
  readonly userId: number | undefined;
  readonly profileId: number | undefined;
  readonly nas: string | undefined;
}

/** Local dates, both included. */
interface Range {
  readonly from: string;
  readonly to: string;
}

interface Octets {
  readonly octetsOf: (day: string) => DayOctets;
  /** Absent where it is of this moment. */
  readonly asOf?: number;
}

function askedFor(caller: Caller, query: Static<typeof UsageDaysQuery>): Asked {
  const asked = {
    userId: idParameter('user', query.user),
    profileId: idParameter('profile', query.profile),
    nas: textParameter(query.nas),
  };
  if (Object.values(asked).filter((one) => one !== undefined).length > 1) {
    throw invalid('non_field_errors', 'Ask for a user, a profile or a NAS, one at a time.');
  }
  if (caller.role !== 'user') return asked;
  const isOwn = asked.userId === undefined || asked.userId === caller.userId;
  if (caller.userId === null || !isOwn || asked.profileId !== undefined || asked.nas !== undefined) {
    throw new AppError('forbidden', 'Access denied: Administrator privileges required.');
  }
  return { ...asked, userId: caller.userId };
}

function rangeOf(query: Static<typeof UsageDaysQuery>, today: string): Range {
  const given = dateParameter('from', query.from);
  const to = dateParameter('to', query.to) ?? (given !== undefined && given > today ? given : today);
  const from = given ?? daysLater(to, 1 - DAYS_DEFAULT);
  if (from > to) throw invalid('from', `from: expected a day not after ${to}, got ${from}`);
  if (dayCount(from, to) > DAYS_MAX) {
    throw invalid('from', `from: expected at most ${DAYS_MAX} days up to ${to}, got ${from}`);
  }
  return { from, to };
}

function dateParameter(name: string, value: string | undefined): string | undefined {
  const text = textParameter(value);
  if (text === undefined || (isDate(text) && text >= FIRST_DAY && text <= LAST_DAY)) return text;
  const shown = JSON.stringify(text.slice(0, 40));
  const range = `from ${FIRST_DAY} to ${LAST_DAY}`;
  throw invalid(name, `${name}: expected a day such as 2026-01-31, ${range}, got ${shown}`);
}

function invalid(field: string, message: string): AppError {
  return new AppError('invalid', message, { field });
}

async function octetsFor(source: Source, { userId, profileId, nas }: Asked, range: Range): Promise<Octets> {
  const { reader } = source.api;
  if (nas !== undefined) return octetsOfNas(source, nas, range);
  if (userId !== undefined) {
    await findByReference(reader.knex, { ...USERS, field: 'user' }, userId);
    const days = await listUsageDays(reader, { userId, ...range, limit: DAYS_MAX });
    return fromDays(days.map(({ day, ...octets }) => [day, octets]));
  }
  if (profileId !== undefined) {
    await findByReference(reader.knex, { ...PROFILES, field: 'profile' }, profileId);
  }
  const dated = await source.sums.of(datesBetween(range.from, range.to));
  return { octetsOf: (day) => dated.of(day, profileId), asOf: dated.asOf };
}

/** Which of its days a session carried its octets on is known for users and not for NASes: they stand on the day it began. */
async function octetsOfNas(
  { api: { reader }, calendar, configured }: Source,
  which: string,
  { from, to }: Range,
): Promise<Octets> {
  const { nases } = await listNas(reader);
  const known = mergeNases(nases, configured);
  const places = await placesOfNas({
    which,
    known,
    listSources: () => listSources(reader),
    // Nothing but a walk over all sessions finds those of an identifier.
    isHeard: (nasIdentifier) => isIdentifierHeard(reader, nasIdentifier),
  });
  const { start, end } = calendar().periodBetween(from, daysLater(to, 1));
  const sums = await sumByStart(reader, { places, from: start, to: end });
  return fromDays(sums.map(({ startedAt, ...octets }) => [calendar().dayOf(startedAt).date, octets]));
}

function fromDays(entries: readonly (readonly [day: string, octets: DayOctets])[]): Octets {
  const days = new Map<string, DayOctets>();
  for (const [day, { inputOctets, outputOctets }] of entries) {
    const known = days.get(day) ?? NO_OCTETS;
    days.set(day, {
      inputOctets: known.inputOctets + inputOctets,
      outputOctets: known.outputOctets + outputOctets,
    });
  }
  return { octetsOf: (day) => days.get(day) ?? NO_OCTETS };
}

const NO_OCTETS: DayOctets = { inputOctets: 0, outputOctets: 0 };
