/** `notices/`: what whoever asks was told by alerts (contract §0.13). */
import { Type } from 'typebox';
import { markNoticeRead } from '../alerts/notice-commands.ts';
import { listNotices } from '../alerts/notice-queries.ts';
import { noticeShape } from '../alerts/notice-shape.ts';
import { AppError } from '../errors.ts';
import { problemAnswers } from './answers.ts';
import type { Api } from './api.ts';
import { callerOf } from './caller.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { PageOf, pageOf, pageParameters } from './pages.ts';
import { booleanParameter, IdParams, idOf } from './parameters.ts';

const tags = ['notices'];

const Instant = Type.String({ examples: ['2025-12-11T12:00:00Z'] });

const NoticeAnswer = Type.Object({
  id: Type.Integer(),
  alert: Type.Union([Type.Integer(), Type.Null()], { description: 'Null where the alert is gone.' }),
  message: Type.String(),
  created_at: Instant,
  is_read: Type.Boolean(),
  read_at: Type.Union([Instant, Type.Null()]),
});

const NoticeQuery = Type.Object({
  ...pageParameters,
  is_read: Type.Optional(Type.String({ description: 'Only those read (`true`), or not yet (`false`).' })),
});

/** Returns the routes of notices. Everybody has their own, whatever their role. */
export function noticeRoutes(api: Api): Routes {
  return (app) => {
    addList(app, api);
    addReading(app, api);
  };
}

function addList(app: HttpApp, { reader }: Api): void {
  app.get(
    '/notices',
    {
      schema: {
        tags,
        summary: 'List what alerts told whoever asks, the newest first',
        querystring: NoticeQuery,
        response: { 200: PageOf(NoticeAnswer), ...problemAnswers },
      },
    },
    (request) => {
      const { userId } = callerOf(request);
      const isRead = booleanParameter('is_read', request.query.is_read);
      const list = userId === null ? NOBODYS : listNotices(reader, { userId, isRead });
      return pageOf(request, request.query, list, noticeShape);
    },
  );
}

/** A token that belongs to nobody was told nothing. */
const NOBODYS = { count: async () => 0, rows: async () => [] };

function addReading(app: HttpApp, api: Api): void {
  app.post(
    '/notices/:id/read',
    {
      schema: {
        tags,
        summary: "Mark one's own notice as read",
        description: 'One that is read already keeps its time. The body is ignored.',
        params: IdParams,
        response: { 200: NoticeAnswer, ...problemAnswers },
      },
    },
    async (request) => {
      const { userId } = callerOf(request);
      if (userId === null) throw new AppError('not_found', 'Not found.');
      return noticeShape(await markNoticeRead(api, { id: idOf(request.params), userId }));
    },
  );
}
