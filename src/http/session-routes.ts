/** `sessions/`: what connections there are and were, and the life of each. */
import type { Static } from 'typebox';
import { canonicalStation } from '../accounting/station.ts';
import { liveIntentOf } from '../enforcement/intent-queries.ts';
import { intentShape, ownIntentShape } from '../enforcement/intent-shape.ts';
import { AppError } from '../errors.ts';
import { mergeNases, type Nas } from '../nas/nas.ts';
import { placesOfNas } from '../nas/nas-places.ts';
import { listNas } from '../nas/nas-queries.ts';
import { findUserId } from '../profiles/user-id-query.ts';
import {
  countOpen,
  countSessions,
  listSessionPages,
  type SessionListFilter,
} from '../sessions/session-list.ts';
import { getSessionLife, listSources } from '../sessions/session-queries.ts';
import { sessionLifeShape, sessionShape } from '../sessions/session-shape.ts';
import { problemAnswers } from './answers.ts';
import type { Api } from './api.ts';
import { type Caller, callerOf } from './caller.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { pageOf } from './pages.ts';
import {
  booleanParameter,
  IdParams,
  idOf,
  idParameter,
  instantParameter,
  textParameter,
} from './parameters.ts';
import { SessionLifeAnswer, SessionListQuery, SessionPage } from './session-schemas.ts';
import { seesAll, visibleSession } from './visible-session.ts';

const tags = ['sessions'];

/** Returns the routes of sessions; users see their own. `configured` are the NASes of the configuration file, by whose names sessions can be asked for, too. */
export function sessionRoutes(api: Api, configured: readonly Nas[] = []): Routes {
  return (app) => {
    addList(app, api, configured);
    addLife(app, api);
  };
}

function addList(app: HttpApp, api: Api, configured: readonly Nas[]): void {
  app.get(
    '/sessions',
    {
      schema: {
        tags,
        summary: 'List sessions, the newest first',
        querystring: SessionListQuery,
        response: { 200: SessionPage, ...problemAnswers },
      },
    },
    async (request) => {
      const { reader, listCounts } = api;
      const filter = await filterOf(api, configured, request.query, callerOf(request));
      const list = listSessionPages(reader, filter, {
        countAll: () => listCounts.of('sessions', () => countSessions(reader)),
        countOpen: () => listCounts.of('open-sessions', () => countOpen(reader)),
      });
      const page = await pageOf(request, request.query, list, sessionShape);
      return { ...page, has_all: await list.hasAll() };
    },
  );
}

function addLife(app: HttpApp, api: Api): void {
  app.get(
    '/sessions/:id',
    {
      schema: {
        tags,
        summary: 'Read the whole life of a session',
        params: IdParams,
        response: { 200: SessionLifeAnswer, ...problemAnswers },
      },
    },
    async (request) => {
      const { id } = await visibleSession(api, request, idOf(request.params));
      const life = sessionLifeShape(await getSessionLife(api.reader, id));
      const live = await liveIntentOf(api.reader, id);
      const caller = callerOf(request);
      return {
        ...life,
        // One id on one NAS may have been several people's.
        other_runs: life.other_runs.filter(({ user }) => seesAll(caller) || user === caller.userId),
        live_intent: live === null ? null : seesAll(caller) ? intentShape(live) : ownIntentShape(live),
      };
    },
  );
}

async function filterOf(
  api: Api,
  configured: readonly Nas[],
  query: Static<typeof SessionListQuery>,
  caller: Caller,
): Promise<SessionListFilter> {
  const station = textParameter(query.station);
  const filter = {
    userId: ownIfUser(caller, await userIdOf(api, query)),
    station: station === undefined ? undefined : canonicalStation(station),
    acctSessionId: textParameter(query.session_id),
    isOpen: booleanParameter('is_open', query.is_open),
    profileId: idParameter('profile', query.profile),
    since: instantParameter('since', query.since),
    until: instantParameter('until', query.until),
  };
  const which = textParameter(query.nas);
  if (which === undefined) return filter;
  const { nases } = await listNas(api.reader);
  const known = mergeNases(nases, configured);
  const places = await placesOfNas({ which, known, listSources: () => listSources(api.reader) });
  return { ...filter, places };
}

/** No user has this id. */
const NO_USER = 0;

async function userIdOf(
  { reader }: Api,
  query: Static<typeof SessionListQuery>,
): Promise<number | undefined> {
  const id = idParameter('user', query.user);
  const username = textParameter(query.username);
  if (username === undefined) return id;
  const named = (await findUserId(reader, username)) ?? NO_USER;
  return id === undefined || id === named ? named : NO_USER;
}

function ownIfUser(caller: Caller, asked: number | undefined): number | undefined {
  if (seesAll(caller)) return asked;
  const own = caller.userId ?? NO_USER;
  if (asked === undefined || asked === own) return own;
  throw new AppError('forbidden', 'Access denied: Administrator privileges required.');
}
