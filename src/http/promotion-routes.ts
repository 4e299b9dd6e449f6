/** `promotions/`: cohorts of users that can carry a profile (contract §6). */
import { Type } from 'typebox';
import { parseFields } from '../profiles/field-rules.ts';
import { pagedMembers } from '../profiles/holder-queries.ts';
import { memberShape } from '../profiles/holder-shape.ts';
import { createPromotion, deletePromotion, updatePromotion } from '../profiles/promotion-commands.ts';
import { getPromotion, pagedPromotions } from '../profiles/promotion-queries.ts';
import { promotionShape } from '../profiles/promotion-shape.ts';
import { problemAnswers } from './answers.ts';
import { type Api, commandContext, rememberCounts } from './api.ts';
import { adminsOnly, callerOf, readersOnly } from './caller.ts';
import { type Body, fieldsIn } from './field-bodies.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { PageOf, pageOf, pageParameters } from './pages.ts';
import { IdParams, idOf } from './parameters.ts';
import { PromotionUsersAnswer } from './profile-schemas.ts';
import {
  PROMOTION_BODY_RULES,
  PromotionAnswer,
  PromotionCreation,
  PromotionPatch,
  PromotionReplacement,
} from './promotion-schemas.ts';
import { wholeListParameters, wholeOrPageOf } from './whole-lists.ts';

const tags = ['promotions'];
const onePromotion = { 200: PromotionAnswer, ...problemAnswers };

/** Returns the routes of promotions. */
export function promotionRoutes(api: Api): Routes {
  return (app) => {
    addReading(app, api);
    addMembers(app, api);
    addCreation(app, api);
    addChanges(app, api);
    addDeletion(app, api);
  };
}

function addReading(app: HttpApp, api: Api): void {
  app.get(
    '/promotions',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'List promotions by name',
        querystring: Type.Object(pageParameters),
        response: { 200: PageOf(PromotionAnswer), ...problemAnswers },
      },
    },
    (request) =>
      pageOf(request, request.query, pagedPromotions(api.reader, rememberCounts(api)), promotionShape),
  );
  app.get(
    '/promotions/:id',
    {
      onRequest: readersOnly,
      schema: { tags, summary: 'Read a promotion', params: IdParams, response: onePromotion },
    },
    (request) => shapeOf(api, idOf(request.params)),
  );
}

function addMembers(app: HttpApp, api: Api): void {
  app.get(
    '/promotions/:id/users',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'List the members of a promotion, inactive ones too, newest first',
        params: IdParams,
        querystring: Type.Object(wholeListParameters),
        response: { 200: PromotionUsersAnswer, ...problemAnswers },
      },
    },
    async (request) => {
      const { id, name } = await shapeOf(api, idOf(request.params));
      const list = pagedMembers(api.reader, id, rememberCounts(api));
      const { rows: users, ...page } = await wholeOrPageOf(request, request.query, list, memberShape);
      return { promotion: { id, name }, users, ...page };
    },
  );
}

function addCreation(app: HttpApp, api: Api): void {
  app.post(
    '/promotions',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: 'Create a promotion',
        body: PromotionCreation,
        response: { 201: PromotionAnswer, ...problemAnswers },
      },
    },
    async (request, reply) => {
      const { name = '', ...changes } = changesOf(request.body);
      const id = await createPromotion(commandContext(api, callerOf(request)), { ...changes, name });
      return reply.code(201).send(await shapeOf(api, id));
    },
  );
}

function addChanges(app: HttpApp, api: Api): void {
  for (const [method, body, summary] of [
    ['PUT', PromotionReplacement, 'Change a promotion; what is not given keeps its value'],
    ['PATCH', PromotionPatch, 'Change some of a promotion'],
  ] as const) {
    app.route({
      method,
      url: '/promotions/:id',
      onRequest: adminsOnly,
      schema: { tags, summary, params: IdParams, body, response: onePromotion },
      handler: async (request) => {
        const id = idOf(request.params);
        await updatePromotion(commandContext(api, callerOf(request)), id, changesOf(request.body));
        return shapeOf(api, id);
      },
    });
  }
}

function addDeletion(app: HttpApp, api: Api): void {
  app.delete(
    '/promotions/:id',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: 'Delete a promotion; its members stay, without one',
        params: IdParams,
        response: { 204: Type.Null(), ...problemAnswers },
      },
    },
    async (request, reply) => {
      await deletePromotion(commandContext(api, callerOf(request)), idOf(request.params));
      return reply.code(204).send(null);
    },
  );
}

interface Changes {
  readonly name: string;
  readonly isActive: boolean;
  readonly profile: number | null;
}

function changesOf(body: Body): Partial<Changes> {
  return parseFields<Changes>(PROMOTION_BODY_RULES, fieldsIn(PROMOTION_BODY_RULES, body));
}

async function shapeOf(api: Api, id: number) {
  return promotionShape(await getPromotion(api.reader, id, { remember: rememberCounts(api) }));
}
