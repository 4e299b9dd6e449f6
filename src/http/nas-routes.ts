/** `nas/`: which NASes may send packets, how each counts, and who else tries. */
import { type Static, Type } from 'typebox';
import { AppError } from '../errors.ts';
import { listHeardNases, listKnocking } from '../nas/heard-nases.ts';
import type { Nas } from '../nas/nas.ts';
import { addNas, removeNas, updateNas } from '../nas/nas-commands.ts';
import type { NasInput } from '../nas/nas-options.ts';
import { nasDetailShape, nasShape, unknownShape } from '../nas/nas-shape.ts';
import type { HeardNas } from '../nas/sender.ts';
import { problemAnswers } from './answers.ts';
import { type Api, commandContext } from './api.ts';
import { adminsOnly, callerOf, readersOnly } from './caller.ts';
import type { HttpApp, Routes } from './http-app.ts';
import {
  NAS_READ_ONLY,
  NasAnswer,
  NasCreation,
  NasDetailAnswer,
  NasPatch,
  NasReplacement,
  UnknownNasAnswer,
} from './nas-schemas.ts';
import { type PagedList, PageOf, pageOf, pageParameters } from './pages.ts';
import { IdParams, idOf } from './parameters.ts';

const tags = ['nas'];
const oneNas = { 200: NasDetailAnswer, ...problemAnswers };
const SENDERS_SHOWN_MAX = 100;

/** Returns the routes of NASes; `configured` are those of the configuration file, which are listed and cannot be changed. */
export function nasRoutes(api: Api, configured: readonly Nas[] = []): Routes {
  const heardNases = async () => (await listHeardNases(api.reader, configured)).heard;
  const heardNas = async (id: number): Promise<HeardNas> => {
    const found = (await heardNases()).find(({ nas }) => nas.id === id);
    if (found === undefined) throw new AppError('not_found', 'Not found.');
    return found;
  };
  return (app) => {
    addLists(app, api, heardNases);
    addReading(app, heardNas);
    addCreation(app, api, heardNas);
    addChanges(app, api, heardNas);
    addRemoval(app, api);
  };
}

type FindNas = (id: number) => Promise<HeardNas>;

function addLists(app: HttpApp, { reader }: Api, heardNases: () => Promise<readonly HeardNas[]>): void {
  app.get(
    '/nas',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'List the NASes in force: those of the table, then those of the configuration file',
        querystring: Type.Object(pageParameters),
        response: { 200: PageOf(NasAnswer), ...problemAnswers },
      },
    },
    async (request) => pageOf(request, request.query, inMemory(await heardNases()), nasShape),
  );
  app.get(
    '/nas/unknown',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary:
          'List the addresses whose packets are discarded because no NAS is known there, the last first',
        querystring: Type.Object(pageParameters),
        response: { 200: PageOf(UnknownNasAnswer), ...problemAnswers },
      },
    },
    async (request) => {
      const unknown = await listKnocking(reader, await heardNases());
      return pageOf(request, request.query, inMemory(unknown), unknownShape);
    },
  );
}

function addReading(app: HttpApp, heardNas: FindNas): void {
  app.get(
    '/nas/:id',
    {
      onRequest: readersOnly,
      schema: {
        tags,
        summary: 'Read a NAS: its options, what its packets have taught, and the devices behind it',
        params: IdParams,
        response: oneNas,
      },
    },
    async (request) => detailShape(await heardNas(idOf(request.params))),
  );
}

function addCreation(app: HttpApp, api: Api, heardNas: FindNas): void {
  app.post(
    '/nas',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: 'Let a NAS send packets; in force within 10 seconds',
        body: NasCreation,
        response: { 201: NasDetailAnswer, ...problemAnswers },
      },
    },
    async (request, reply) => {
      const { address, secret } = request.body;
      const input = { ...inputOf(request.body), address, secret };
      const { id } = await addNas(commandContext(api, callerOf(request)), input);
      return reply.code(201).send(detailShape(await heardNas(id ?? 0)));
    },
  );
}

function addChanges(app: HttpApp, api: Api, heardNas: FindNas): void {
  for (const [method, body, summary] of [
    ['PUT', NasReplacement, 'Change a NAS; what is not given keeps its value, its secret too'],
    ['PATCH', NasPatch, 'Change some of a NAS; in force within 10 seconds'],
  ] as const) {
    app.route({
      method,
      url: '/nas/:id',
      onRequest: adminsOnly,
      schema: { tags, summary, params: IdParams, body, response: oneNas },
      handler: async (request) => {
        const id = idOf(request.params);
        const { keep_secret: keepsSecret = false, ...given } = request.body;
        const changes = changedOf(given, nasShape(await heardNas(id)));
        if (keepsSecret || Object.keys(changes).length > 0) {
          const context = commandContext(api, callerOf(request));
          await updateNas(context, id, inputOf(changes), { keepsSecret });
        }
        return detailShape(await heardNas(id));
      },
    });
  }
}

function addRemoval(app: HttpApp, api: Api): void {
  app.delete(
    '/nas/:id',
    {
      onRequest: adminsOnly,
      schema: {
        tags,
        summary: 'Let a NAS send no more packets; in force within 10 seconds',
        params: IdParams,
        response: { 204: Type.Null(), ...problemAnswers },
      },
    },
    async (request, reply) => {
      await removeNas(commandContext(api, callerOf(request)), idOf(request.params));
      return reply.code(204).send(null);
    },
  );
}

function detailShape(heard: HeardNas) {
  return nasDetailShape(heard, SENDERS_SHOWN_MAX);
}

/** A list that is read whole, since it is short. */
function inMemory<Row>(all: readonly Row[]): PagedList<Row> {
  return {
    count: async () => all.length,
    rows: async ({ offset, limit, isFromEnd }) => {
      const first = isFromEnd ? Math.max(0, all.length - offset - limit) : offset;
      return all.slice(first, isFromEnd ? all.length - offset : offset + limit);
    },
  };
}

type NasFields = Static<typeof NasPatch>;

/** Without what is sent back as it was answered: a NAS-Identifier that is no text is shown in hexadecimal, and a name of another program's may be longer than ours. */
function changedOf(given: NasFields, shown: ReturnType<typeof nasShape>): NasFields {
  const current: Readonly<Record<string, unknown>> = shown;
  const isChange = ([field, value]: [string, unknown]) =>
    value !== current[field] && !NAS_READ_ONLY.includes(field);
  return Object.fromEntries(Object.entries(given).filter(isChange));
}

function inputOf(body: NasFields): NasInput {
  return {
    name: body.name,
    address: body.address,
    secret: body.secret,
    previousSecret: body.previous_secret,
    kind: body.kind,
    coaPort: body.coa_port,
    requireMessageAuthenticator: body.require_message_authenticator,
    direction: body.direction,
    octetUnit: body.octet_unit,
    maxRateKbps: body.max_rate_kbps,
    identifier: body.identifier,
    intervalFloorSeconds: body.interval_floor_seconds,
    sendsGigawords: body.sends_gigawords,
  };
}
