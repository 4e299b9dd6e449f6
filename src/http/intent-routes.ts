/** `intents/`: what is to be done with sessions, that of each, and having one disconnected. */
import { Type } from 'typebox';
import { disconnectSession } from '../enforcement/intent-commands.ts';
import { getIntent, intentsOf, listIntents } from '../enforcement/intent-queries.ts';
import { intentShape, ownIntentShape } from '../enforcement/intent-shape.ts';
import { problemAnswers } from './answers.ts';
import { type Api, commandContext } from './api.ts';
import { adminsOnly, callerOf, readersOnly } from './caller.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { pageOf } from './pages.ts';
import { booleanParameter, IdParams, idOf } from './parameters.ts';
import { IntentAnswer, IntentListQuery, IntentPage } from './session-schemas.ts';
import { visibleSession } from './visible-session.ts';

const tags = ['sessions'];
/** The list whose length is remembered. */
const INTENTS = 'intents';

/** Returns the routes of what is decided about sessions; users see what concerns their own. */
export function intentRoutes(api: Api): Routes {
  return (app) => {
    addOfSession(app, api);
    addDisconnect(app, api);
    addList(app, api);
  };
}

function addOfSession(app: HttpApp, api: Api): void {
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
      const intents = await intentsOf(api.reader, id);
      return intents.map(callerOf(request).role === 'user' ? ownIntentShape : intentShape);
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

function addList(app: HttpApp, api: Api): void {
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
