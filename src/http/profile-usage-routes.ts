/** `profile-usage/`: what users have used (contract §6). */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { addUsage } from '../usage/usage-commands.ts';
import { findUsageOf, getUsageRow, pagedUsage, type ReadingTime } from '../usage/usage-queries.ts';
import { RESETS, type Reset, resetUsage } from '../usage/usage-reset-commands.ts';
import { createUsage, deleteUsage, updateUsage } from '../usage/usage-row-commands.ts';
import { usageShape } from '../usage/usage-shape.ts';
import { problemAnswers } from './answers.ts';
import { type Api, commandContext } from './api.ts';
import { adminsOnly, callerOf, readersOnly } from './caller.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { PageOf, pageOf, pageParameters } from './pages.ts';
import { IdParams, idOf, instantField } from './parameters.ts';
import {
  AddUsageBody,
  UsageActionAnswer,
  UsageAnswer,
  UsageBody,
  UsagePatch,
} from './profile-usage-schemas.ts';
import { Refusal } from './refusal.ts';

/** Returns the routes of usage. */
export function profileUsageRoutes(api: Api): Routes {
  return (app) => {
    addReads(app, api);
    addOwn(app, api);
    addWrites(app, api);
    for (const reset of RESETS) addReset(app, api, reset);
    addAddUsage(app, api);
  };
}

const tags = ['profile-usage'];
const LIST = 'profile-usage';

function addReads(app: HttpApp, api: Api): void {
  app.get(
    '/profile-usage',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'List usage, the newest row first',
        querystring: Type.Object(pageParameters),
        response: { 200: PageOf(UsageAnswer), ...problemAnswers },
      },
    },
    (request) => {
      const list = pagedUsage(api.reader, readingTime(api));
      const count = () => api.listCounts.of(LIST, list.count);
      return pageOf(request, request.query, { ...list, count }, usageShape);
    },
  );
  app.get(
    '/profile-usage/:id',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'Read a usage row',
        params: IdParams,
        response: { 200: UsageAnswer, ...problemAnswers },
      },
    },
    (request) => readUsage(api, idOf(request.params)),
  );
}

/** For whoever is signed in (contract §0.1). */
function addOwn(app: HttpApp, api: Api): void {
  app.get(
    '/profile-usage/my_usage',
    { schema: { tags, summary: 'Read your own usage', response: { 200: UsageAnswer, ...problemAnswers } } },
    async (request) => {
      const { userId } = callerOf(request);
      const usage = userId === null ? undefined : await findUsageOf(api.reader, userId, readingTime(api));
      if (usage === undefined) {
        throw new Refusal(404, { error: 'Aucune utilisation trouvée pour cet utilisateur' });
      }
      return usageShape(usage);
    },
  );
}

function addWrites(app: HttpApp, api: Api): void {
  app.post(
    '/profile-usage',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: "Begin a user's usage",
        body: UsageBody,
        response: { 201: UsageAnswer, ...problemAnswers },
      },
    },
    async (request, reply) => {
      const fields = { ...fieldsOf(request.body), userId: request.body.user };
      const id = await createUsage(contextOf(api, request), fields);
      api.listCounts.forget(LIST);
      return reply.code(201).send(await writtenUsage(api, id));
    },
  );
  for (const [method, body, summary] of [
    ['PUT', UsageBody, 'Change a usage row'],
    ['PATCH', UsagePatch, 'Change some fields of a usage row'],
  ] as const) {
    app.route({
      method,
      url: '/profile-usage/:id',
      onRequest: adminsOnly,
      schema: { tags, summary, params: IdParams, body, response: { 200: UsageAnswer, ...problemAnswers } },
      handler: async (request) => {
        const id = idOf(request.params);
        const fields = { ...fieldsOf(request.body), userId: request.body.user };
        await updateUsage(contextOf(api, request), id, fields);
        return writtenUsage(api, id);
      },
    });
  }
  app.delete(
    '/profile-usage/:id',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: "Remove a usage row; the user's next octets begin a new one",
        params: IdParams,
        response: { 204: Type.Null(), ...problemAnswers },
      },
    },
    async (request, reply) => {
      await deleteUsage(contextOf(api, request), idOf(request.params));
      api.listCounts.forget(LIST);
      return reply.code(204).send(null);
    },
  );
}

const RESET_MESSAGES: Readonly<Record<Reset, string>> = {
  daily: 'Compteur journalier réinitialisé',
  weekly: 'Compteur hebdomadaire réinitialisé',
  monthly: 'Compteur mensuel réinitialisé',
  all: 'Tous les compteurs réinitialisés',
};

/** A body, if there is one, does not matter (contract §6). */
function addReset(app: HttpApp, api: Api, reset: Reset): void {
  const summary =
    reset === 'all' ? 'Reset all four counters and begin a new activation' : `Reset the ${reset} counter`;
  app.post(
    `/profile-usage/:id/reset_${reset}`,
    {
      onRequest: adminsOnly,
      schema: { tags, summary, params: IdParams, response: { 200: UsageActionAnswer, ...problemAnswers } },
    },
    async (request) => {
      const id = idOf(request.params);
      await resetUsage(contextOf(api, request), id, reset);
      return {
        status: 'success' as const,
        message: RESET_MESSAGES[reset],
        usage: await writtenUsage(api, id),
      };
    },
  );
}

function addAddUsage(app: HttpApp, api: Api): void {
  app.post(
    '/profile-usage/:id/add_usage',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: 'Add octets to all four counters',
        params: IdParams,
        body: AddUsageBody,
        response: { 200: UsageActionAnswer, ...problemAnswers },
      },
    },
    async (request) => {
      const { bytes_used: octets = 0 } = request.body;
      const id = idOf(request.params);
      const { userId } = await getUsageRow(api.db, id, readingTime(api));
      if (octets <= 0) throw new Refusal(400, { error: 'bytes_used must be positive' });
      await addUsage(contextOf(api, request), userId, octets);
      return {
        status: 'success' as const,
        message: `${octets} octets ajoutés`,
        usage: await writtenUsage(api, id),
      };
    },
  );
}

async function readUsage(api: Api, id: number) {
  return usageShape(await getUsageRow(api.reader, id, readingTime(api)));
}

/** From where it was written: what reads beside the writers may be a moment behind. */
async function writtenUsage(api: Api, id: number) {
  return usageShape(await getUsageRow(api.db, id, readingTime(api)));
}

function readingTime({ clock, periodStartsAt }: Api): ReadingTime {
  const now = clock.now();
  return { now, starts: periodStartsAt(now) };
}

function contextOf(api: Api, request: FastifyRequest) {
  return commandContext(api, callerOf(request));
}

function fieldsOf(body: { readonly is_active?: boolean; readonly activation_date?: string }) {
  return {
    isActive: body.is_active,
    activationDate: instantField('activation_date', body.activation_date),
  };
}
