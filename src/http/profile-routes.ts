/** `profiles/`: the subscription plans (contract §6). */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AppError } from '../errors.ts';
import { parseFields } from '../profiles/field-rules.ts';
import { PROFILE_RULES, type ProfileFields } from '../profiles/profile.ts';
import { createProfile, deleteProfile, updateProfile } from '../profiles/profile-commands.ts';
import { getProfile, listProfiles, pagedProfiles } from '../profiles/profile-queries.ts';
import { profileShape } from '../profiles/profile-shape.ts';
import { problemAnswers } from './answers.ts';
import { type Api, commandContext, rememberCounts } from './api.ts';
import { callerOf } from './caller.ts';
import { type Body, fieldsIn } from './field-bodies.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { PageOf, pageOf, pageParameters } from './pages.ts';
import { booleanParameter, IdParams, idOf } from './parameters.ts';
import { ProfileAnswer, ProfileCreation, ProfilePatch, ProfileReplacement } from './profile-schemas.ts';

const tags = ['profiles'];
const oneProfile = { 200: ProfileAnswer, ...problemAnswers };

/** Returns the routes of profiles themselves; whoever is signed in may read them, the active ones at least. */
export function profileRoutes(api: Api): Routes {
  return (app) => {
    addLists(app, api);
    addReading(app, api);
    addCreation(app, api);
    addChanges(app, api);
    addDeletion(app, api);
  };
}

/** An `onRequest` for what changes profiles, with the words of contract §4. */
export async function profileAdminsOnly(request: FastifyRequest): Promise<void> {
  if (callerOf(request).role === 'admin') return;
  throw new AppError('forbidden', 'Access denied: Administrator privileges required for this action.');
}

function addLists(app: HttpApp, api: Api): void {
  const remember = rememberCounts(api);
  app.get(
    '/profiles',
    {
      schema: {
        tags,
        summary: 'List profiles by name; users see the active ones',
        querystring: Type.Object(pageParameters),
        response: { 200: PageOf(ProfileAnswer), ...problemAnswers },
      },
    },
    (request) => {
      const only = seesInactive(request) ? {} : { isActive: true };
      return pageOf(request, request.query, pagedProfiles(api.reader, only, remember), profileShape);
    },
  );
  app.get(
    '/profiles/active',
    {
      schema: {
        tags,
        summary: 'List all active profiles by name',
        response: { 200: Type.Array(ProfileAnswer), ...problemAnswers },
      },
    },
    async () => (await listProfiles(api.reader, { isActive: true }, remember)).map(profileShape),
  );
}

function addReading(app: HttpApp, api: Api): void {
  app.get(
    '/profiles/:id',
    { schema: { tags, summary: 'Read a profile', params: IdParams, response: oneProfile } },
    async (request) => {
      const profile = await getProfile(api.reader, idOf(request.params), rememberCounts(api));
      if (!profile.isActive && !seesInactive(request)) {
        throw new AppError('not_found', 'Not found.');
      }
      return profileShape(profile);
    },
  );
}

function addCreation(app: HttpApp, api: Api): void {
  app.post(
    '/profiles',
    {
      onRequest: profileAdminsOnly,
      schema: {
        tags,
        summary: 'Create a profile',
        body: ProfileCreation,
        response: { 201: ProfileAnswer, ...problemAnswers },
      },
    },
    async (request, reply) => {
      const { name = '', ...fields } = fieldsOf(request.body);
      const id = await createProfile(commandContext(api, callerOf(request)), { ...fields, name });
      return reply.code(201).send(await shapeOf(api, id));
    },
  );
}

function addChanges(app: HttpApp, api: Api): void {
  for (const [method, body, summary] of [
    ['PUT', ProfileReplacement, 'Change a profile; what is not given keeps its value'],
    ['PATCH', ProfilePatch, 'Change some of a profile'],
  ] as const) {
    app.route({
      method,
      url: '/profiles/:id',
      onRequest: profileAdminsOnly,
      schema: { tags, summary, params: IdParams, body, response: oneProfile },
      handler: async (request) => {
        const id = idOf(request.params);
        await updateProfile(commandContext(api, callerOf(request)), id, fieldsOf(request.body));
        return shapeOf(api, id);
      },
    });
  }
}

function addDeletion(app: HttpApp, api: Api): void {
  app.delete(
    '/profiles/:id',
    {
      onRequest: profileAdminsOnly,
      schema: {
        tags,
        summary: 'Delete a profile',
        description: 'One that users or promotions have is refused as `profile_in_use`, unless forced.',
        params: IdParams,
        querystring: Type.Object({
          force: Type.Optional(
            Type.String({ description: '`true` takes it from whoever has it.', examples: ['true'] }),
          ),
        }),
        response: { 204: Type.Null(), ...problemAnswers },
      },
    },
    async (request, reply) => {
      const force = booleanParameter('force', request.query.force) ?? false;
      await deleteProfile(commandContext(api, callerOf(request)), idOf(request.params), {
        force,
        forcedBy: '?force=true',
      });
      return reply.code(204).send(null);
    },
  );
}

function seesInactive(request: FastifyRequest): boolean {
  return callerOf(request).role !== 'user';
}

function fieldsOf(body: Body): Partial<ProfileFields> {
  return parseFields<ProfileFields>(PROFILE_RULES, fieldsIn(PROFILE_RULES, body));
}

async function shapeOf(api: Api, id: number) {
  return profileShape(await getProfile(api.reader, id, rememberCounts(api)));
}
