/** `/metrics`: the figures of metrics.ts in Prometheus's text format, for whoever may read them. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AppError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { problemAnswers } from './answers.ts';
import type { FindBearer } from './authenticate.ts';
import { isLoopback } from './caller-address.ts';
import type { Routes } from './http-app.ts';

export interface MetricsOptions {
  readonly registry: Metrics['registry'];
  /** Brings up to date what is only looked up when somebody asks. */
  readonly refresh: () => Promise<void>;
  /** Where HTTP is served. */
  readonly listenAddress: string;
  /** Peers that ask for others; where there are any, whoever comes may be somebody else. */
  readonly trustedProxies?: readonly string[];
  readonly findBearer: FindBearer;
}

const Exposition = Type.String({ description: 'Prometheus text exposition format 0.0.4.' });

/** Returns the route for Prometheus. Programs of this machine need no token where HTTP is served to them alone; everybody else needs one of an admin or a viewer. */
export function metricsRoutes({
  registry,
  refresh,
  listenAddress,
  trustedProxies = [],
  findBearer,
}: MetricsOptions): Routes {
  const isForThisMachine = isLoopback(listenAddress) && trustedProxies.length === 0;
  const admit = async (request: FastifyRequest): Promise<void> => {
    if (isForThisMachine && !isPassedOn(request) && isForLoopback(request)) return;
    const { role } = await findBearer(request);
    if (role === 'user') throw new AppError('forbidden', 'Access denied: Administrator privileges required.');
  };
  return (app) => {
    const schema = {
      tags: ['operation'],
      summary: 'Figures for Prometheus',
      description: 'Programs of this machine need no token where HTTP is served to them alone.',
      security: [{}, { token: [] }],
      response: { 200: { content: { 'text/plain': { schema: Exposition } } }, ...problemAnswers },
    };
    app.get('/metrics', { schema, onRequest: admit }, async (_request, reply) => {
      await refresh();
      return reply.type(registry.contentType).send(await registry.metrics());
    });
  };
}

/** What proxies add, some of them. */
const PROXY_HEADERS = [
  ...['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'],
  ...['x-forwarded-server', 'x-real-ip'],
];

/** A proxy on this machine asks for others, whether it is trusted to say for whom or not. nginx adds nothing by itself, but speaks HTTP/1.0. */
function isPassedOn({ headers, raw }: FastifyRequest): boolean {
  return raw.httpVersion === '1.0' || PROXY_HEADERS.some((name) => headers[name] !== undefined);
}

/** A page of another site can have its name lead to this machine (DNS rebinding), but a browser says the name all the same. */
function isForLoopback({ raw }: FastifyRequest): boolean {
  const host = raw.headers.host ?? '';
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return hostname === 'localhost' || isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'));
}
