/** `profiles/{id}/…`: who has a profile, giving and taking it (contract §6, §12). */
import { Type } from 'typebox';
import { pagedPromotionsOfProfile, pagedUsersOfProfile } from '../profiles/holder-queries.ts';
import { carrierPromotionShape, profileUserShape } from '../profiles/holder-shape.ts';
import { getProfile } from '../profiles/profile-queries.ts';
import { assignProfileToPromotion } from '../profiles/promotion-commands.ts';
import { getPromotion } from '../profiles/promotion-queries.ts';
import { promotionShape } from '../profiles/promotion-shape.ts';
import { assignProfileToUser, removeProfileFromUser } from '../profiles/user-commands.ts';
import { getUser } from '../profiles/user-queries.ts';
import { userShape } from '../profiles/user-shape.ts';
import { problemAnswers } from './answers.ts';
import { type Api, commandContext, rememberCounts } from './api.ts';
import { callerOf, readersOnly } from './caller.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { IdParams, idOf } from './parameters.ts';
import { profileAdminsOnly } from './profile-routes.ts';
import {
  ProfilePromotionsAnswer,
  ProfileUsersAnswer,
  PromotionTarget,
  UserTarget,
} from './profile-schemas.ts';
import { PromotionAnswer } from './promotion-schemas.ts';
import { UserAnswer } from './user-schemas.ts';
import { wholeListParameters, wholeOrPageOf } from './whole-lists.ts';

const tags = ['profiles'];

const success = {
  status: Type.String({ examples: ['success'] }),
  message: Type.String({ examples: ["Profil 'Étudiant' assigné à john"] }),
};
const UserChanged = Type.Object({ ...success, user: UserAnswer });
const PromotionChanged = Type.Object({
  ...success,
  promotion: PromotionAnswer,
  users_changed: Type.Integer({ description: 'Members whose effective profile changed.' }),
});

/** Returns the routes about who has a profile. */
export function profileHolderRoutes(api: Api): Routes {
  return (app) => {
    addUserList(app, api);
    addPromotionList(app, api);
    addPromotionAssignment(app, api);
    addUserAssignment(app, api);
    addUserRemoval(app, api);
  };
}

function addUserList(app: HttpApp, api: Api): void {
  app.get(
    '/profiles/:id/users',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'List the active users who have a profile, their own or from their promotion, newest first',
        params: IdParams,
        querystring: Type.Object(wholeListParameters),
        response: { 200: ProfileUsersAnswer, ...problemAnswers },
      },
    },
    async (request) => {
      const { id, name } = await getProfile(api.reader, idOf(request.params), rememberCounts(api));
      const list = await pagedUsersOfProfile(api.reader, id, rememberCounts(api));
      const { rows: users, ...page } = await wholeOrPageOf(request, request.query, list, profileUserShape);
      return { profile: { id, name }, users, ...page };
    },
  );
}

function addPromotionList(app: HttpApp, api: Api): void {
  app.get(
    '/profiles/:id/promotions',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'List the active promotions that carry a profile, by name',
        params: IdParams,
        querystring: Type.Object(wholeListParameters),
        response: { 200: ProfilePromotionsAnswer, ...problemAnswers },
      },
    },
    async (request) => {
      const { id, name } = await getProfile(api.reader, idOf(request.params), rememberCounts(api));
      const list = pagedPromotionsOfProfile(api.reader, id, rememberCounts(api));
      const { rows, ...page } = await wholeOrPageOf(request, request.query, list, carrierPromotionShape);
      return { profile: { id, name }, promotions: rows, ...page };
    },
  );
}

function addUserAssignment(app: HttpApp, api: Api): void {
  app.post(
    '/profiles/:id/assign_to_user',
    {
      onRequest: profileAdminsOnly,
      schema: {
        tags,
        summary: 'Give a user this profile as their own',
        params: IdParams,
        body: UserTarget,
        response: { 200: UserChanged, ...problemAnswers },
      },
    },
    async (request) => {
      const { user_id: userId, reason } = request.body;
      const { id, name } = await getProfile(api.reader, idOf(request.params), rememberCounts(api));
      const { username } = await getUser(api.reader, userId, 'user_id');
      await assignProfileToUser(commandContext(api, callerOf(request)), userId, id, reason);
      const user = userShape(await getUser(api.reader, userId));
      return { status: 'success', message: `Profil '${name}' assigné à ${username}`, user };
    },
  );
}

function addUserRemoval(app: HttpApp, api: Api): void {
  app.post(
    '/profiles/:id/remove_from_user',
    {
      onRequest: profileAdminsOnly,
      schema: {
        tags,
        summary: "Take this profile from a user; their promotion's, if there is one, applies from then on",
        description: 'Refused as `profile_mismatch` where it is not their own profile.',
        params: IdParams,
        body: UserTarget,
        response: { 200: UserChanged, ...problemAnswers },
      },
    },
    async (request) => {
      const { user_id: userId, reason } = request.body;
      const { id, name } = await getProfile(api.reader, idOf(request.params), rememberCounts(api));
      const { username } = await getUser(api.reader, userId, 'user_id');
      const context = commandContext(api, callerOf(request));
      await removeProfileFromUser(context, userId, { reason, ownProfileId: id });
      const user = userShape(await getUser(api.reader, userId));
      return { status: 'success', message: `Profil '${name}' retiré de ${username}`, user };
    },
  );
}

function addPromotionAssignment(app: HttpApp, api: Api): void {
  app.post(
    '/profiles/:id/assign_to_promotion',
    {
      onRequest: profileAdminsOnly,
      schema: {
        tags,
        summary: 'Give a promotion this profile; members without one of their own get it at once',
        params: IdParams,
        body: PromotionTarget,
        response: { 200: PromotionChanged, ...problemAnswers },
      },
    },
    async (request) => {
      const { promotion_id: promotionId, reason } = request.body;
      const remember = rememberCounts(api);
      const { id, name } = await getProfile(api.reader, idOf(request.params), remember);
      await getPromotion(api.reader, promotionId, { remember, field: 'promotion_id' });
      const context = commandContext(api, callerOf(request));
      const userCount = await assignProfileToPromotion(context, promotionId, id, reason);
      const promotion = promotionShape(await getPromotion(api.reader, promotionId, { remember }));
      const message = `Profil '${name}' assigné à la promotion ${promotion.name}`;
      return { status: 'success', message, promotion, users_changed: userCount };
    },
  );
}
