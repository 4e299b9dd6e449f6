/** `profile-history/`: which profile followed which for whom (contract §6, History). Nobody changes what was. */
import { Type } from 'typebox';
import { longText, orNull } from '../profiles/field-rules.ts';
import { CHANGE_TYPES, createHistory } from '../profiles/history-commands.ts';
import {
  getHistory,
  type HistoryFilter,
  historyListName,
  listUserHistory,
  pagedHistory,
} from '../profiles/history-queries.ts';
import { historyShape } from '../profiles/history-shape.ts';
import { problemAnswers } from './answers.ts';
import { type Api, commandContext } from './api.ts';
import { adminsOnly, callerOf, readersOnly } from './caller.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { PageOf, pageOf, pageParameters } from './pages.ts';
import { IdParams, idOf, idParameter } from './parameters.ts';
import { Refusal } from './refusal.ts';

/** A history in one answer; whoever has more changes of profile is paged through with `?user=`. */
const USER_HISTORY_MAX = 1_000;

const HistoryAnswer = Type.Object({
  id: Type.Integer(),
  user: Type.Integer(),
  user_username: Type.String(),
  old_profile: Type.Union([Type.Integer(), Type.Null()]),
  old_profile_name: Type.Optional(Type.String({ description: 'Stays where the profile is gone.' })),
  new_profile: Type.Union([Type.Integer(), Type.Null()]),
  new_profile_name: Type.Optional(Type.String()),
  changed_by: Type.Union([Type.Integer(), Type.Null()]),
  changed_by_username: Type.Optional(
    Type.String({ description: 'Also where nobody who is a user did it: `cli:root`, `token:portal`.' }),
  ),
  changed_at: Type.String({ examples: ['2025-12-11T12:00:00.123456Z'] }),
  reason: Type.Union([Type.String(), Type.Null()]),
  change_type: Type.String({ description: CHANGE_TYPES.join(', ') }),
});

const rowId = { minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const profile = Type.Optional(Type.Union([Type.Integer(rowId), Type.Null()]));
const ignored = Type.Optional(Type.Unknown({ description: 'Ignored.' }));

const HistoryBody = Type.Object(
  {
    user: Type.Integer(rowId),
    old_profile: profile,
    new_profile: profile,
    change_type: Type.Optional(Type.Enum([...CHANGE_TYPES])),
    reason: Type.Optional(Type.Unsafe<string | null>({ ...orNull(longText).schema, maxLength: 10_000 })),
    id: ignored,
    user_username: ignored,
    old_profile_name: ignored,
    new_profile_name: ignored,
    changed_by: ignored,
    changed_by_username: ignored,
    changed_at: ignored,
  },
  { additionalProperties: false },
);

const ListQuery = Type.Object({
  ...pageParameters,
  user: Type.Optional(Type.String({ description: 'Only of this user, by their id.' })),
  profile: Type.Optional(Type.String({ description: 'Only from or to this profile, by its id.' })),
});

/** Returns the routes of the history. */
export function profileHistoryRoutes(api: Api): Routes {
  return (app) => {
    addList(app, api);
    addUserHistory(app, api);
    addRead(app, api);
    addCreate(app, api);
  };
}

const tags = ['profile-history'];

function addList(app: HttpApp, api: Api): void {
  app.get(
    '/profile-history',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'List changes of profiles, the newest first',
        querystring: ListQuery,
        response: { 200: PageOf(HistoryAnswer), ...problemAnswers },
      },
    },
    (request) => {
      const filter: HistoryFilter = {
        userId: idParameter('user', request.query.user),
        profileId: idParameter('profile', request.query.profile),
      };
      const remember = (list: string, count: () => Promise<number>) => api.listCounts.of(list, count);
      return pageOf(request, request.query, pagedHistory(api.reader, filter, remember), historyShape);
    },
  );
}

function addUserHistory(app: HttpApp, api: Api): void {
  app.get(
    '/profile-history/user_history',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: `The newest changes of one user, ${USER_HISTORY_MAX} at most`,
        querystring: Type.Object({
          user_id: Type.Optional(Type.String({ description: 'Whose; required.' })),
        }),
        response: { 200: Type.Array(HistoryAnswer), ...problemAnswers },
      },
    },
    async (request) => {
      const userId = idParameter('user_id', request.query.user_id);
      if (userId === undefined) throw new Refusal(400, { error: 'user_id parameter is required' });
      const changes = await listUserHistory(api.reader, { userId, limit: USER_HISTORY_MAX });
      return changes.map(historyShape);
    },
  );
}

function addRead(app: HttpApp, api: Api): void {
  app.get(
    '/profile-history/:id',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'Read a change of profiles',
        params: IdParams,
        response: { 200: HistoryAnswer, ...problemAnswers },
      },
    },
    async (request) => historyShape(await getHistory(api.reader, idOf(request.params))),
  );
}

function addCreate(app: HttpApp, api: Api): void {
  app.post(
    '/profile-history',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: 'Write a change into the history; the user keeps their profile',
        body: HistoryBody,
        response: { 201: HistoryAnswer, ...problemAnswers },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const id = await createHistory(commandContext(api, callerOf(request)), {
        userId: body.user,
        oldProfileId: body.old_profile ?? null,
        newProfileId: body.new_profile ?? null,
        changeType: body.change_type ?? 'assigned',
        reason: body.reason ?? null,
      });
      api.listCounts.forget(historyListName());
      return reply.code(201).send(historyShape(await getHistory(api.db, id)));
    },
  );
}
