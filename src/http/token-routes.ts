/** `tokens/`: API tokens, for programs and for people at a terminal (contract §0.20). */
import { Type } from 'typebox';
import { AppError } from '../errors.ts';
import { ROLES } from '../sign-in/role.ts';
import { createToken, revokeToken } from '../sign-in/token-commands.ts';
import { findApiToken, listApiTokens } from '../sign-in/token-queries.ts';
import { tokenShape } from '../sign-in/token-shape.ts';
import { problemAnswers } from './answers.ts';
import { type Api, commandContext } from './api.ts';
import { adminsOnly, callerOf, readersOnly } from './caller.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { PageOf, pageOf, pageParameters } from './pages.ts';
import { IdParams, idOf, instantField } from './parameters.ts';

const Instant = Type.String({ examples: ['2025-12-11T12:00:00.123Z'] });
const InstantOrNull = Type.Union([Instant, Type.Null()]);

const Token = {
  id: Type.Integer(),
  name: Type.String(),
  role: Type.String({ description: 'admin, viewer or user: the most it is good for.' }),
  user: Type.Union([Type.Integer(), Type.Null()], { description: "Whose it is; null for a program's." }),
  user_username: Type.Optional(Type.String({ description: "Absent where it is nobody's." })),
  created_at: Instant,
  expires_at: InstantOrNull,
  last_used_at: Type.Union([Instant, Type.Null()], { description: 'To the minute.' }),
  revoked_at: InstantOrNull,
};
const TokenAnswer = Type.Object(Token);
const CreatedAnswer = Type.Object({
  ...Token,
  token: Type.String({ description: 'What its bearer shows. Told this once.' }),
});

const TokenBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    role: Type.Union(ROLES.map((role) => Type.Literal(role))),
    user: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()], {
        description: "Whose it is to be, by id; nobody's without it. Role `user` needs one.",
      }),
    ),
    expires_at: Type.Optional(
      Type.Union([Type.String(), Type.Null()], {
        description: 'When it ends, such as 2026-12-31T00:00:00Z; never without it.',
      }),
    ),
  },
  { additionalProperties: false },
);

const tags = ['tokens'];

/** Returns the routes of API tokens. */
export function tokenRoutes(api: Api): Routes {
  return (app) => {
    readRoutes(app, api);
    writeRoutes(app, api);
  };
}

function readRoutes(app: HttpApp, api: Api): void {
  const list = {
    tags,
    summary: 'List API tokens, the newest first',
    querystring: Type.Object(pageParameters),
    response: { 200: PageOf(TokenAnswer), ...problemAnswers },
  };
  app.get('/tokens', { schema: list, onRequest: readersOnly }, (request) =>
    pageOf(request, request.query, listApiTokens(api.reader), tokenShape),
  );
  const one = {
    tags,
    summary: 'Read an API token',
    params: IdParams,
    response: { 200: TokenAnswer, ...problemAnswers },
  };
  app.get('/tokens/:id', { schema: one, onRequest: readersOnly }, async (request) => {
    const token = await findApiToken(api.reader.knex, idOf(request.params));
    if (token === undefined) throw new AppError('not_found', 'Not found.');
    return tokenShape(token);
  });
}

function writeRoutes(app: HttpApp, api: Api): void {
  const create = {
    tags,
    summary: 'Make an API token',
    body: TokenBody,
    response: { 201: CreatedAnswer, ...problemAnswers },
  };
  app.post('/tokens', { schema: create, onRequest: adminsOnly }, async (request, reply) => {
    const { name, role, user = null, expires_at: expiresAt } = request.body;
    const { token, text } = await createToken(commandContext(api, callerOf(request)), {
      name,
      role,
      user,
      expiresAt: expiryFrom(expiresAt),
    });
    return reply.code(201).send({ ...tokenShape(token), token: text });
  });
  const revoke = {
    tags,
    summary: 'Revoke an API token',
    description: 'It is listed as revoked from then on.',
    params: IdParams,
    response: { 204: Type.Null(), ...problemAnswers },
  };
  app.delete('/tokens/:id', { schema: revoke, onRequest: adminsOnly }, async (request, reply) => {
    await revokeToken(commandContext(api, callerOf(request)), idOf(request.params));
    return reply.code(204).send(null);
  });
}

/** What is no instant must not become a token that never ends. */
function expiryFrom(text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null;
  return instantField('expires_at', text) ?? null;
}
