/** Everything that is served over HTTP, put together as the daemon does it, on a real listening server. */
import type { Database } from '../../src/db/database.ts';
import { openReader } from '../../src/db/reader.ts';
import { apiRoutes } from '../../src/http/api-routes.ts';
import { healthRoutes, type Readiness } from '../../src/http/health-routes.ts';
import type { Routes } from '../../src/http/http-app.ts';
import { metricsRoutes } from '../../src/http/metrics-routes.ts';
import type { Logger } from '../../src/logger.ts';
import { createMetrics } from '../../src/metrics.ts';
import { Calendar } from '../../src/usage/period.ts';
import { type SignedInApi, signedInApi } from './signed-in-api.ts';

export interface WholeApiOptions {
  readonly logger?: Logger;
  /** Whom /metrics trusts follows from it; another machine's if not given, so that it asks for a token. */
  readonly metricsListenAddress?: string;
  /** Beside those there are. */
  readonly routes?: readonly Routes[];
}

const READY: Readiness = {
  status: 'ready',
  reasons: [],
  notes: [],
  sockets: 'bound',
  database: 'up',
  spool: 'usable',
  spooled_records: 0,
};

/** Returns all routes with their document, at 2025-12-11T12:00:00Z, reading beside the writers as the daemon does; close it after use. */
export async function wholeApi(db: Database, options: WholeApiOptions = {}): Promise<SignedInApi> {
  const { metricsListenAddress: listenAddress = '192.0.2.1', routes = [], ...others } = options;
  const { registry } = createMetrics();
  const reader = openReader(db);
  const calendar = new Calendar('UTC');
  const api = await signedInApi(
    db,
    (each, signIn) =>
      apiRoutes(each, {
        signIn,
        calendar: () => calendar,
        configured: [],
        defaultProfile: { simultaneousUse: 1 },
        language: 'fr',
      }),
    {
      ...others,
      reader,
      version: '1.2.3',
      beside: ({ findBearer }) => [
        healthRoutes({ readiness: async () => READY }),
        metricsRoutes({ registry, refresh: async () => {}, listenAddress, findBearer }),
        ...routes,
      ],
    },
  );
  const close = async () => {
    await api.close();
    await reader.close();
  };
  return { ...api, close };
}
