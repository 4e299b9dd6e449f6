/** `sessions/`: what connections there are and were, the life of each, and ending one; `intents/`: what is to be done with them. */
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { canonicalStation } from '../accounting/station.ts';
import { disconnectSession } from '../enforcement/intent-commands.ts';
import { getIntent, intentsOf, listIntents, liveIntentOf } from '../enforcement/intent-queries.ts';
import { intentShape } from '../enforcement/intent-shape.ts';
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
import { getSessionLife, listSources, type SessionListing, sessionsOf } from '../sessions/session-queries.ts';
import { sessionLifeShape, sessionShape } from '../sessions/session-shape.ts';
import { problemAnswers } from './answers.ts';
import { type Api, commandContext } from './api.ts';
import { adminsOnly, type Caller, callerOf, readersOnly } from './caller.ts';
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
import {
  IntentAnswer,
  IntentListQuery,
  IntentPage,
  SessionLifeAnswer,
  SessionListQuery,
  SessionPage,
} from './session-schemas.ts';

const tags = ['sessions'];

/** Returns the routes of sessions; users see their own. `configured` are the NASes of the configuration file, by whose names sessions can be asked for, too. */
export function sessionRoutes(api: Api, configured: readonly Nas[] = []): Routes {
  return (app) => {
    addList(app, api, configured);
    addLife(app, api);
    addDisconnect(app, api);
    addIntents(app, api);
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
        live_intent: live === null ? null : intentShape(live),
      };
    },
  );
  app.get(
    '/sessions/:id/intents',
    {
      schema: {
        tags,
        summary: 'List what was decided about a session, the newest first',
        params: IdParams,
        response: { 200: Type.Array(IntentAnswer), ...problemAnswers },
      },
    },
    async (request) => {
      const { id } = await visibleSession(api, request, idOf(request.params));
      return (await intentsOf(api.reader, id)).map(intentShape);
    },
  );
}

function addDisconnect(app: HttpApp, api: Api): void {
  app.post(
    '/sessions/:id/disconnect',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: 'Have a session disconnected: decided at once, carried out after',
        description: '202 with a new intent; 200 with the one there is where it was decided already.',
        params: IdParams,
        response: { 200: IntentAnswer, 202: IntentAnswer, ...problemAnswers },
      },
    },
    async (request, reply) => {
      const context = commandContext(api, callerOf(request));
      const { intent, isNew } = await disconnectSession(context, idOf(request.params));
      if (isNew) api.listCounts.forget(INTENTS);
      return reply.code(isNew ? 202 : 200).send(intentShape(await getIntent(api.db, intent.id)));
    },
  );
}

const INTENTS = 'intents';

function addIntents(app: HttpApp, api: Api): void {
  app.get(
    '/intents',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'List what was decided about sessions, the newest first',
        querystring: IntentListQuery,
        response: { 200: IntentPage, ...problemAnswers },
      },
    },
    (request) => {
      const isLive = booleanParameter('is_live', request.query.is_live);
      const list = listIntents(api.reader, { isLive });
      const count = () => (isLive === undefined ? api.listCounts.of(INTENTS, list.count) : list.count());
      return pageOf(request, request.query, { ...list, count }, intentShape);
    },
  );
}

function seesAll({ role }: Caller): boolean {
  return role !== 'user';
}

/** Returns a session; another's is not there for a user. */
async function visibleSession(api: Api, request: FastifyRequest, id: number): Promise<SessionListing> {
  const caller = callerOf(request);
  const [session] = await sessionsOf(api.reader, [id]);
  const isVisible = session !== undefined && (seesAll(caller) || isOwn(caller, session.userId));
  if (!isVisible) throw new AppError('not_found', 'Not found.');
  return session;
}

function isOwn({ userId }: Caller, ofUserId: number | null): boolean {
  return userId !== null && userId === ofUserId;
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
