/** The HTTP side of one daemon: puts the routes together and serves them. Loaded only where HTTP is served, so that no other command waits for it. */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { DatabaseWatch } from '../db/database-watch.ts';
import type { Logger } from '../logger.ts';
import { collectProcessMetrics, type Metrics } from '../metrics.ts';
import { buildApp } from './app.ts';
import { healthRoutes } from './health-routes.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { Population } from './population.ts';
import { judgeReadiness } from './readiness.ts';
import { HttpServer, type HttpServerOptions } from './server.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

/** What the daemon knows of itself, now; of parts that are not started yet, that they do nothing. */
export interface DaemonState {
  readonly isStopping: () => boolean;
  readonly areSocketsBound: () => boolean;
  /** Whether the last batch went into the database. */
  readonly doesDatabaseTakeRecords: () => boolean;
  /** Tries whether a record would fit into the spool. */
  readonly canSpool: () => boolean;
  readonly spooledRecords: () => number;
  /** When the record that has waited longest in the spool arrived, epoch milliseconds; undefined when none waits. */
  readonly oldestSpooledAt: () => number | undefined;
}

export interface OperationOptions {
  readonly listen: HttpServerOptions['listen'];
  /** The paths of certificate and key; undefined for plain HTTP. */
  readonly tls: TlsFiles | undefined;
  readonly db: Database;
  readonly clock: Clock;
  readonly state: DaemonState;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Serves the routes of one daemon, from its first moment to its last. */
export class HttpOperation {
  readonly #options: OperationOptions;
  readonly #database: DatabaseWatch;
  readonly #population: Population;
  #server: HttpServer | undefined;

  constructor(options: OperationOptions) {
    this.#options = options;
    this.#database = new DatabaseWatch(options.db);
    this.#population = new Population(options);
  }

  /** Where it listens; undefined while it does not. */
  get address(): { readonly address: string; readonly port: number } | undefined {
    return this.#server?.address;
  }

  /** Listens. Throws ConfigError where certificate or key cannot be used, AppError `unavailable` where the port is taken. */
  async start(): Promise<void> {
    const { listen, tls, metrics, logger } = this.#options;
    const files = tls === undefined ? undefined : readTlsFiles(tls);
    collectProcessMetrics(metrics);
    const { registry } = metrics;
    const routes = [
      healthRoutes({ readiness: () => this.#readiness() }),
      metricsRoutes({ registry, refresh: () => this.#refresh() }),
    ];
    const app = await buildApp({ routes, logger });
    this.#server = new HttpServer({ app, listen, tls: files, logger });
    await this.#server.start();
  }

  async close(): Promise<void> {
    await this.#server?.close();
    await this.#population.close();
  }

  #readiness() {
    const { state } = this.#options;
    return judgeReadiness({
      isStopping: state.isStopping(),
      areSocketsBound: state.areSocketsBound(),
      isDatabaseUp: () => this.#isDatabaseUp(),
      canSpool: state.canSpool,
      spooledRecords: state.spooledRecords(),
    });
  }

  async #isDatabaseUp(): Promise<boolean> {
    return (await this.#database.isUp()) && this.#options.state.doesDatabaseTakeRecords();
  }

  async #refresh(): Promise<void> {
    const { metrics, clock, state } = this.#options;
    metrics.databaseUp.set(Number(await this.#isDatabaseUp()));
    const oldestAt = state.oldestSpooledAt();
    const oldestMs = oldestAt === undefined ? 0 : clock.now() - oldestAt;
    metrics.spoolOldestSeconds.set(Math.max(0, oldestMs / 1000));
    await this.#population.refresh();
  }
}
