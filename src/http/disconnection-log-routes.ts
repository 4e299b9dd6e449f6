/** `disconnection-logs/`: who was cut off and why, and letting them in again (contract §12). */
import { Type } from 'typebox';
import {
  currentDisconnectionOf,
  type DisconnectionFilter,
  getDisconnection,
  listDisconnections,
} from '../enforcement/disconnection-log-queries.ts';
import { disconnectionShape } from '../enforcement/disconnection-log-shape.ts';
import { reactivateUser } from '../enforcement/reactivate-user.ts';
import { jsonInstant } from '../profiles/json-values.ts';
import { problemAnswers } from './answers.ts';
import { type Api, commandContext } from './api.ts';
import { adminsOnly, callerOf, readersOnly } from './caller.ts';
import {
  DisconnectionAnswer,
  DisconnectionQuery,
  NotDisconnectedAnswer,
  ReactivationAnswer,
} from './disconnection-log-schemas.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { PageOf, pageOf } from './pages.ts';
import { booleanParameter, IdParams, idOf, idParameter, textParameter } from './parameters.ts';

const tags = ['disconnection-logs'];

/** Returns the routes of the disconnection log. */
export function disconnectionLogRoutes(api: Api): Routes {
  return (app) => {
    addList(app, api);
    addReading(app, api);
    addReactivation(app, api);
  };
}

function addList(app: HttpApp, { reader, listCounts }: Api): void {
  app.get(
    '/disconnection-logs',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'List disconnections, newest first',
        querystring: DisconnectionQuery,
        response: { 200: PageOf(DisconnectionAnswer), ...problemAnswers },
      },
    },
    (request) => {
      const list = listDisconnections(reader, filterOf(request.query));
      const count = () => (list.isWhole ? listCounts.of('disconnection-logs', list.count) : list.count());
      return pageOf(request, request.query, { count, rows: list.rows }, disconnectionShape);
    },
  );
}

function addReading(app: HttpApp, { reader }: Api): void {
  app.get(
    '/disconnection-logs/current',
    {
      schema: {
        tags,
        summary: 'Say whether whoever asks is cut off, and why',
        response: { 200: Type.Union([DisconnectionAnswer, NotDisconnectedAnswer]), ...problemAnswers },
      },
    },
    async (request) => {
      const { userId } = callerOf(request);
      const current = userId === null ? undefined : await currentDisconnectionOf(reader, userId);
      return current === undefined ? NOT_DISCONNECTED : disconnectionShape(current);
    },
  );
  app.get(
    '/disconnection-logs/:id',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'Read a disconnection',
        params: IdParams,
        response: { 200: DisconnectionAnswer, ...problemAnswers },
      },
    },
    async (request) => disconnectionShape(await getDisconnection(reader, idOf(request.params))),
  );
}

function addReactivation(app: HttpApp, api: Api): void {
  app.post(
    '/disconnection-logs/:id/reactivate',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: 'Let a user in again',
        description: 'What refuses them otherwise, such as a spent quota, still does. The body is ignored.',
        params: IdParams,
        response: { 200: ReactivationAnswer, ...problemAnswers },
      },
    },
    async (request) => {
      const context = commandContext(api, callerOf(request));
      const { username, ...done } = await reactivateUser(context, idOf(request.params));
      return {
        message: `Utilisateur ${username} réactivé avec succès`,
        radcheck_updated: done.radcheckRows,
        reconnected_at: jsonInstant(done.reconnectedAt),
        reconnected_by: done.reconnectedBy,
      };
    },
  );
}

/** Contract §12. */
const NOT_DISCONNECTED = { is_disconnected: false, message: 'Aucune déconnexion active' };

function filterOf(query: Readonly<Record<string, string | undefined>>): DisconnectionFilter {
  return {
    userId: idParameter('user', query['user']),
    isActive: booleanParameter('is_active', query['is_active']),
    reason: textParameter(query['reason']),
  };
}
