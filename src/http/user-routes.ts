/** `users/`: who may be online (contract §6). What people see of themselves has routes of its own. */
import { type Static, Type } from 'typebox';
import { AppError } from '../errors.ts';
import { parseFields } from '../profiles/field-rules.ts';
import type { UserFields } from '../profiles/user.ts';
import { createUser, deleteUser, updateUser } from '../profiles/user-commands.ts';
import { getUser, pagedUsers, type UserFilter, usersListName } from '../profiles/user-queries.ts';
import { userShape } from '../profiles/user-shape.ts';
import { createUserAndPassword, updateUserAndPassword } from '../sign-in/password-commands.ts';
import { checkNewPassword } from '../sign-in/password-rules.ts';
import type { SignInContext } from '../sign-in/sign-in-context.ts';
import { problemAnswers } from './answers.ts';
import { type Api, commandContext, rememberCounts } from './api.ts';
import { adminsOnly, callerOf, readersOnly } from './caller.ts';
import { type Body, fieldsIn } from './field-bodies.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { PageOf, pageOf } from './pages.ts';
import { booleanParameter, IdParams, idOf, idParameter, textParameter } from './parameters.ts';
import {
  USER_BODY_RULES,
  UserAnswer,
  UserCreation,
  UserListQuery,
  UserPatch,
  UserReplacement,
} from './user-schemas.ts';

const tags = ['users'];
const oneUser = { 200: UserAnswer, ...problemAnswers };

/** Returns the routes of users, for admins and those who may read everything. */
export function userRoutes(api: Api, signIn: SignInContext): Routes {
  return (app) => {
    addReading(app, api);
    addCreation(app, api, signIn);
    addChanges(app, api, signIn);
    addDeletion(app, api);
  };
}

function addReading(app: HttpApp, api: Api): void {
  app.get(
    '/users',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'List users, newest first; by username where `search` is given',
        querystring: UserListQuery,
        response: { 200: PageOf(UserAnswer), ...problemAnswers },
      },
    },
    (request) => {
      const users = pagedUsers(api.reader, filterOf(request.query), rememberCounts(api));
      return pageOf(request, request.query, users, userShape);
    },
  );
  app.get(
    '/users/:id',
    {
      onRequest: readersOnly,
      schema: { tags, summary: 'Read a user', params: IdParams, response: oneUser },
    },
    async (request) => userShape(await getUser(api.reader, idOf(request.params))),
  );
}

function addCreation(app: HttpApp, api: Api, signIn: SignInContext): void {
  app.post(
    '/users',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: 'Create a user; without a password they cannot sign in',
        body: UserCreation,
        response: { 201: UserAnswer, ...problemAnswers },
      },
    },
    async (request, reply) => {
      const { username = '', ...changes } = changesOf(request.body);
      const password = passwordOf(request.body);
      const context = commandContext(api, callerOf(request));
      const user = { ...changes, username };
      const id =
        password === undefined
          ? await createUser(context, user)
          : await createUserAndPassword(signIn, context, { user, password });
      api.listCounts.forget(usersListName());
      return reply.code(201).send(userShape(await getUser(api.reader, id)));
    },
  );
}

function addChanges(app: HttpApp, api: Api, signIn: SignInContext): void {
  for (const [method, body, summary] of [
    ['PUT', UserReplacement, 'Change a user; what is not given keeps its value'],
    ['PATCH', UserPatch, 'Change some of a user'],
  ] as const) {
    app.route({
      method,
      url: '/users/:id',
      onRequest: adminsOnly,
      schema: {
        tags,
        summary,
        description: 'Another password ends all their sign-ins.',
        params: IdParams,
        body,
        response: oneUser,
      },
      handler: async (request) => {
        const id = idOf(request.params);
        const password = passwordOf(request.body);
        const context = commandContext(api, callerOf(request));
        const changes = changesOf(request.body);
        if (password === undefined) await updateUser(context, id, changes);
        else await updateUserAndPassword(signIn, context, { userId: id, changes, password });
        return userShape(await getUser(api.reader, id));
      },
    });
  }
}

function addDeletion(app: HttpApp, api: Api): void {
  app.delete(
    '/users/:id',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: 'Delete a user with usage and history; their sessions stay',
        params: IdParams,
        response: { 204: Type.Null(), ...problemAnswers },
      },
    },
    async (request, reply) => {
      await deleteUser(commandContext(api, callerOf(request)), idOf(request.params));
      api.listCounts.forget(usersListName());
      return reply.code(204).send(null);
    },
  );
}

function filterOf(query: Static<typeof UserListQuery>): UserFilter {
  return {
    username: textParameter(query.username),
    profileId: idParameter('profile', query.profile),
    promotionId: idParameter('promotion', query.promotion),
    isActive: booleanParameter('is_active', query.is_active),
    search: textParameter(query.search),
  };
}

type Changes = Omit<UserFields, 'profileId' | 'promotionId'> & {
  readonly profile: number | null;
  readonly promotion: number | null;
};

function changesOf(body: Body): Partial<Changes> {
  return parseFields<Changes>(USER_BODY_RULES, fieldsIn(USER_BODY_RULES, body));
}

/** Returns the password a body gives; throws AppError `invalid`, naming the field, for one that cannot be or is not repeated as it is. */
function passwordOf({ password, password2 }: Body): string | undefined {
  if (password2 !== undefined && password2 !== password) {
    throw new AppError('invalid', 'password2: expected the same as password', { field: 'password2' });
  }
  if (typeof password !== 'string') return undefined;
  checkNewPassword(password, 'password');
  return password;
}
