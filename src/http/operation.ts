/** The HTTP side of one daemon: puts the routes together and serves them. Loaded only where HTTP is served, so that no other command waits for it. */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { DatabaseWatch } from '../db/database-watch.ts';
import { openReader } from '../db/reader.ts';
import { AppError } from '../errors.ts';
import type { RestDesk } from '../freeradius/rest-desk.ts';
import type { Logger } from '../logger.ts';
import { collectProcessMetrics, type Metrics } from '../metrics.ts';
import type { Nas } from '../nas/nas.ts';
import type { WorkLane } from '../sign-in/bounded-work.ts';
import type { SecretBox } from '../sign-in/secret-box.ts';
import type { TokenLifetimes } from '../sign-in/sign-in-context.ts';
import type { Calendar } from '../usage/period.ts';
import type { Language } from '../usage/verdict-texts.ts';
import type { Api } from './api.ts';
import { apiRoutes } from './api-routes.ts';
import { buildApp } from './app.ts';
import { authenticateBy, type FindBearer } from './authenticate.ts';
import { isLoopback } from './caller-address.ts';
import { coreRoutes } from './core-routes.ts';
import { freeradiusRoutes } from './freeradius-routes.ts';
import { healthRoutes } from './health-routes.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { ListCounts } from './list-counts.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { Population } from './population.ts';
import { judgeReadiness } from './readiness.ts';
import { HttpServer, type HttpServerOptions } from './server.ts';
import { type SignInParts, signInParts } from './sign-in-parts.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

/** What the daemon knows of itself, now; of parts that are not started yet, that they do nothing. */
export interface DaemonState {
  readonly isStopping: () => boolean;
  /** Returns the calendar of the stored time zone; undefined until the tables are there and the zone is known. */
  readonly calendar: () => Calendar | undefined;
  /** Returns what answers a FreeRADIUS in front. */
  readonly freeradiusDesk: () => RestDesk | undefined;
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
  /** Addresses and prefixes of peers that may say for whom they ask. */
  readonly trustedProxies: readonly string[];
  readonly tokenLifetimes: TokenLifetimes;
  /** Where the hashing of sign-ins queues up. */
  readonly signInLane: WorkLane;
  /** What secrets for CHAP are stored under; undefined where nothing is stored. */
  readonly secretBox: SecretBox | undefined;
  /** The NASes of the configuration file. */
  readonly configuredNases: readonly Nas[];
  /** What holds for users without a profile. */
  readonly defaultProfile: { readonly simultaneousUse: number };
  /** What a FreeRADIUS in front knows itself by; null where none is answered. */
  readonly freeradiusSecret: string | null;
  /** The language users are addressed in. */
  readonly language: Language;
  /** Radmeter's own. */
  readonly version: string;
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
  readonly #reader: Database;
  #server: HttpServer | undefined;

  constructor(options: OperationOptions) {
    this.#options = options;
    this.#database = new DatabaseWatch(options.db);
    this.#reader = openReader(options.db);
    this.#population = new Population({ ...options, reader: this.#reader });
  }

  /** Where it listens; undefined while it does not. */
  get address(): { readonly address: string; readonly port: number } | undefined {
    return this.#server?.address;
  }

  /** Listens. Throws ConfigError where certificate or key cannot be used, AppError `unavailable` where the port is taken. */
  async start(): Promise<void> {
    const { listen, tls, metrics, logger, trustedProxies, version } = this.#options;
    const files = tls === undefined ? undefined : readTlsFiles(tls);
    collectProcessMetrics(metrics);
    this.#warnOfClearText();
    const { registry } = metrics;
    const parts = this.#signInParts();
    const { findBearer } = parts;
    const routes = [
      healthRoutes({ readiness: () => this.#readiness() }),
      metricsRoutes({
        registry,
        refresh: () => this.#refresh(),
        listenAddress: listen.address,
        trustedProxies,
        findBearer,
      }),
      coreRoutes(parts),
      ...this.#freeradius(),
    ];
    const app = await buildApp({ routes, logger, trustedProxies, version });
    this.#server = new HttpServer({ app, listen, tls: files, logger });
    await this.#server.start();
  }

  async close(): Promise<void> {
    await this.#server?.close();
    await this.#population.close();
    await this.#reader.close();
  }

  /** Until the tables are there, nobody can be asked who they are. */
  #signInParts(): SignInParts {
    const { db, clock, logger, metrics, tokenLifetimes: lifetimes } = this.#options;
    const { signInLane: lane, secretBox } = this.#options;
    const calendar = () => this.#prepared();
    const periodStartsAt = (nowMs: number) => calendar().periodStarts(nowMs);
    const api: Api = { reader: this.#reader, db, clock, periodStartsAt, listCounts: new ListCounts() };
    const parts = signInParts({ api, lifetimes, logger, metrics, lane, secretBox });
    const findBearer: FindBearer = async (request) => {
      this.#prepared();
      return parts.findBearer(request);
    };
    const refuseFirst = (app: HttpApp) => {
      app.addHook('onRequest', async () => {
        this.#prepared();
      });
    };
    const { configuredNases: configured, defaultProfile, language } = this.#options;
    const { signIn } = parts;
    const others = apiRoutes(api, { signIn, calendar, configured, defaultProfile, language });
    return {
      ...parts,
      findBearer,
      authenticate: authenticateBy(findBearer),
      open: [refuseFirst, ...parts.open],
      signedIn: [...parts.signedIn, ...others],
    };
  }

  #freeradius(): Routes[] {
    const { freeradiusSecret: secret, state } = this.#options;
    return secret === null ? [] : [freeradiusRoutes({ secret, desk: state.freeradiusDesk })];
  }

  #prepared(): Calendar {
    const calendar = this.#options.state.calendar();
    if (calendar !== undefined) return calendar;
    throw new AppError('unavailable', 'the database is not there yet');
  }

  #warnOfClearText(): void {
    const { listen, tls, trustedProxies, logger } = this.#options;
    if (tls !== undefined || trustedProxies.length > 0 || isLoopback(listen.address)) return;
    logger.warn(
      `http-listen ${listen.address} is beyond this machine and in clear: passwords and tokens can be read on the way; set http-tls-cert and http-tls-key, or put a proxy with TLS before it and name it in http-trusted-proxies`,
    );
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
