/** `/healthz` and `/readyz`: what those who start, watch and spread the load over radmeters ask it. */
import { type Static, Type } from 'typebox';
import { problemAnswers } from './answers.ts';
import type { Routes } from './http-app.ts';

export interface HealthOptions {
  /** Returns whether records are received and can be made durable now. */
  readonly readiness: () => Promise<Readiness>;
}

const Alive = Type.Object({ status: Type.Literal('alive') });

const Readiness = Type.Object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('not_ready')]),
  reasons: Type.Array(Type.String(), { description: 'Why it is not ready; empty when it is.' }),
  notes: Type.Array(Type.String(), { description: 'What somebody should look at all the same.' }),
  sockets: Type.Union([Type.Literal('bound'), Type.Literal('closed')]),
  database: Type.Union([Type.Literal('up'), Type.Literal('away')]),
  spool: Type.Union([Type.Literal('usable'), Type.Literal('unusable'), Type.Literal('not_tried')]),
  spooled_records: Type.Integer({ minimum: 0, description: 'Records that wait in the spool.' }),
});

/** Whether this instance should be sent packets, and why not. */
export type Readiness = Static<typeof Readiness>;

/** Returns the routes that ask for no credential and tell nothing that needs one. */
export function healthRoutes({ readiness }: HealthOptions): Routes {
  return (app) => {
    const alive = {
      ...shared,
      summary: 'Whether the process answers',
      response: { 200: Alive, ...problemAnswers },
    };
    app.get('/healthz', { schema: alive }, () => ALIVE);
    const ready = {
      ...shared,
      summary: 'Whether records are received and can be made durable',
      response: { 200: Readiness, 503: Readiness, ...problemAnswers },
    };
    app.get('/readyz', { schema: ready }, async (_request, reply) => {
      const state = await readiness();
      return reply.code(state.status === 'ready' ? 200 : 503).send(state);
    });
  };
}

const shared = { tags: ['operation'], security: [] };
const ALIVE = { status: 'alive' } as const;
