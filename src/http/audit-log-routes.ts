/** `audit-log`: who changed what, from where, and when. */
import { Type } from 'typebox';
import { type AuditFilter, listAudit } from '../audit/audit-queries.ts';
import { auditShape } from '../audit/audit-shape.ts';
import { problemAnswers } from './answers.ts';
import type { Api } from './api.ts';
import { readersOnly } from './caller.ts';
import type { Routes } from './http-app.ts';
import { PageOf, pageOf, pageParameters } from './pages.ts';
import { instantParameter, textParameter } from './parameters.ts';

const Fields = Type.Unknown({
  description: 'The fields concerned; null where there was, or is, nothing. Of a secret only that it is set.',
});

const AuditEntry = Type.Object({
  id: Type.Integer(),
  at: Type.String({ format: 'date-time' }),
  actor: Type.String({
    description:
      'A username (behind `user:` where it begins like what follows), `token:` and the name of a token, or `cli:` and a login name.',
  }),
  actor_address: Type.Union([Type.String(), Type.Null()], {
    description: 'Where the request came from; null for a command typed at the server.',
  }),
  action: Type.String({ examples: ['create', 'update', 'delete', 'add_usage'] }),
  object_type: Type.String({ examples: ['profile', 'user', 'usage', 'nas'] }),
  object_id: Type.Union([Type.String(), Type.Null()], {
    description: 'Null where it concerns no single row.',
  }),
  before: Fields,
  after: Fields,
});

const AuditQuery = Type.Object({
  ...pageParameters,
  object_type: Type.Optional(Type.String({ description: 'Only changes of such things.' })),
  object_id: Type.Optional(
    Type.String({ description: 'Only changes of this one; give `object_type`, too.' }),
  ),
  actor: Type.Optional(Type.String({ description: 'Only what they did.' })),
  action: Type.Optional(Type.String({ description: 'Only this.' })),
  since: Type.Optional(Type.String({ description: 'Only at or after this time.', examples: ['2026-01-31'] })),
  until: Type.Optional(
    Type.String({ description: 'Only before this time.', examples: ['2026-01-31T08:00:00Z'] }),
  ),
});

/** Returns the routes of the audit log, which is not for users: it names everybody. */
export function auditLogRoutes({ reader, listCounts }: Api): Routes {
  return (app) => {
    app.get(
      '/audit-log',
      {
        onRequest: readersOnly,
        schema: {
          summary: 'List changes by people and tokens, newest first',
          tags: ['audit-log'],
          querystring: AuditQuery,
          response: { 200: PageOf(AuditEntry), ...problemAnswers },
        },
      },
      (request) => {
        const list = listAudit(reader, filterOf(request.query));
        const count = () => (list.isWhole ? listCounts.of('audit-log', list.count) : list.count());
        return pageOf(request, request.query, { count, rows: list.rows }, auditShape);
      },
    );
  };
}

function filterOf(query: Readonly<Record<string, string | undefined>>): AuditFilter {
  return {
    objectType: textParameter(query['object_type']),
    objectId: textParameter(query['object_id']),
    actor: textParameter(query['actor']),
    action: textParameter(query['action']),
    since: instantParameter('since', query['since']),
    until: instantParameter('until', query['until']),
  };
}
