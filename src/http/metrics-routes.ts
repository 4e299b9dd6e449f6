/** `/metrics`: the figures of metrics.ts in Prometheus's text format. */
import { Type } from 'typebox';
import type { Metrics } from '../metrics.ts';
import { problemAnswers } from './answers.ts';
import type { Routes } from './http-app.ts';

export interface MetricsOptions {
  readonly registry: Metrics['registry'];
  /** Brings up to date what is only looked up when somebody asks. */
  readonly refresh: () => Promise<void>;
}

const Exposition = Type.String({ description: 'Prometheus text exposition format 0.0.4.' });

/** Returns the route for Prometheus. */
export function metricsRoutes({ registry, refresh }: MetricsOptions): Routes {
  return (app) => {
    const schema = {
      response: { 200: { content: { 'text/plain': { schema: Exposition } } }, ...problemAnswers },
    };
    app.get('/metrics', { schema }, async (_request, reply) => {
      await refresh();
      return reply.type(registry.contentType).send(await registry.metrics());
    });
  };
}
