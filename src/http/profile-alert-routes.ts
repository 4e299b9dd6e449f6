/** `profile-alerts/`: alerts, and which of them are due (contract §6, §7). */
import { type Static, Type } from 'typebox';
import { AlertChecks, type AlertChecksOptions } from '../alerts/alert-checks.ts';
import { createAlert, deleteAlert, updateAlert } from '../alerts/alert-commands.ts';
import { type AlertFilter, getAlert, listAlerts } from '../alerts/alert-queries.ts';
import { alertCheckShape, alertShape } from '../alerts/alert-shape.ts';
import type { Language } from '../usage/verdict-texts.ts';
import { problemAnswers } from './answers.ts';
import { type Api, commandContext } from './api.ts';
import { adminsOnly, callerOf, readersOnly } from './caller.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { PageOf, pageOf } from './pages.ts';
import { booleanParameter, IdParams, idOf, idParameter } from './parameters.ts';
import {
  AlertAnswer,
  AlertBody,
  AlertCheckAnswer,
  AlertListQuery,
  AlertPatch,
} from './profile-alert-schemas.ts';

export interface ProfileAlertOptions extends Pick<AlertChecksOptions, 'maxAgeMs'> {
  /** What messages are in where an alert has no template of its own; French if not given (contract §0.19). */
  readonly language?: Language;
}

const LIST = 'profile-alerts';
/** Whoever checks wants to see whether alerts are set sensibly, not to read a hundred thousand of them. */
const CHECKED_MAX = 1_000;

/** Returns the routes of alerts. What is due is kept as long as the application lives. */
export function profileAlertRoutes(
  api: Api,
  { language = 'fr', ...options }: ProfileAlertOptions = {},
): Routes {
  const { reader, clock, periodStartsAt } = api;
  const checks = new AlertChecks({ reader, clock, periodStartsAt, language, limit: CHECKED_MAX, ...options });
  return (app) => {
    app.addHook('onClose', async () => checks.close());
    addReads(app, api);
    addCheck(app, checks);
    addCreate(app, api);
    addChanges(app, api);
    addDelete(app, api);
  };
}

const tags = ['profile-alerts'];

function addReads(app: HttpApp, api: Api): void {
  app.get(
    '/profile-alerts',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'List alerts, the newest first',
        querystring: AlertListQuery,
        response: { 200: PageOf(AlertAnswer), ...problemAnswers },
      },
    },
    (request) => {
      const filter = filterOf(request.query);
      const list = listAlerts(api.reader, filter);
      const isWhole = filter.profileId === undefined && filter.isActive === undefined;
      const count = isWhole ? () => api.listCounts.of(LIST, list.count) : list.count;
      return pageOf(request, request.query, { ...list, count }, alertShape);
    },
  );
  app.get(
    '/profile-alerts/:id',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'Read an alert',
        params: IdParams,
        response: { 200: AlertAnswer, ...problemAnswers },
      },
    },
    async (request) => alertShape(await getAlert(api.reader, idOf(request.params))),
  );
}

/** It changes nothing: whoever may read may ask. */
function addCheck(app: HttpApp, checks: AlertChecks): void {
  app.post(
    '/profile-alerts/check_alerts',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'Show which alerts are due now; delivers nothing',
        response: { 200: AlertCheckAnswer, ...problemAnswers },
      },
    },
    async () => alertCheckShape(await checks.current()),
  );
}

function addCreate(app: HttpApp, api: Api): void {
  app.post(
    '/profile-alerts',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: 'Create an alert',
        body: AlertBody,
        response: { 201: AlertAnswer, ...problemAnswers },
      },
    },
    async (request, reply) => {
      const { profile: profileId, alert_type: alertType } = request.body;
      const context = commandContext(api, callerOf(request));
      const id = await createAlert(context, { ...changesOf(request.body), profileId, alertType });
      api.listCounts.forget(LIST);
      return reply.code(201).send(alertShape(await getAlert(api.db, id)));
    },
  );
}

function addChanges(app: HttpApp, api: Api): void {
  for (const [method, body, summary] of [
    ['PUT', AlertBody, 'Change an alert; what is not given keeps its value'],
    ['PATCH', AlertPatch, 'Change some of an alert'],
  ] as const) {
    app.route({
      method,
      url: '/profile-alerts/:id',
      onRequest: adminsOnly,
      schema: {
        tags,
        summary,
        params: IdParams,
        body,
        response: { 200: AlertAnswer, ...problemAnswers },
      },
      handler: async (request) => {
        const id = idOf(request.params);
        await updateAlert(commandContext(api, callerOf(request)), id, changesOf(request.body));
        return alertShape(await getAlert(api.db, id));
      },
    });
  }
}

function addDelete(app: HttpApp, api: Api): void {
  app.delete(
    '/profile-alerts/:id',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: 'Delete an alert',
        params: IdParams,
        response: { 204: Type.Null(), ...problemAnswers },
      },
    },
    async (request, reply) => {
      await deleteAlert(commandContext(api, callerOf(request)), idOf(request.params));
      api.listCounts.forget(LIST);
      return reply.code(204).send(null);
    },
  );
}

function filterOf({ profile, is_active: isActive }: Static<typeof AlertListQuery>): AlertFilter {
  return {
    profileId: idParameter('profile', profile),
    isActive: booleanParameter('is_active', isActive),
  };
}

function changesOf(body: Static<typeof AlertPatch>) {
  return {
    profileId: body.profile,
    alertType: body.alert_type,
    thresholdPercent: body.threshold_percent,
    thresholdDays: body.threshold_days,
    period: body.period,
    notificationMethod: body.notification_method,
    isActive: body.is_active,
    messageTemplate: body.message_template,
  };
}
