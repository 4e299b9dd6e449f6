/** The daemon: the only place where the parts are wired, started in order and closed in reverse. */
import type { AccessOperation } from '../access/access-operation.ts';
import { fixClassKey } from '../access/class-key.ts';
import { ClassTokens } from '../access/class-token.ts';
import type { Recorder } from '../accounting/recorder.ts';
import { openSpool, type Spool } from '../accounting/spool.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Config, Secrets } from '../config/load-config.ts';
import { type Database, openDatabase } from '../db/database.ts';
import { DatabaseClock } from '../db/database-clock.ts';
import { migrateToLatest } from '../db/migrate.ts';
import { untilDatabaseAnswers } from '../db/until-database-answers.ts';
import type { FreeradiusFront } from '../freeradius/front.ts';
import type { HttpOperation } from '../http/operation.ts';
import { instanceIdOf } from '../instance-id.ts';
import type { Logger } from '../logger.ts';
import type { MeterOutcome } from '../metering.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import type { Nas } from '../nas/nas.ts';
import { loadDictionary } from '../radius/dictionary.ts';
import type { Octets } from '../radius/octets.ts';
import type { RadiusServer } from '../radius/server.ts';
import { passwordWork } from '../sign-in/passwords.ts';
import { Calendar } from '../usage/period.ts';
import { fixTimezone } from '../usage/stored-timezone.ts';
import type { DaemonContext } from './daemon-context.ts';
import type { Enforcing } from './enforcing.ts';
import { startAccess, startFront } from './start-access.ts';
import { startEnforcing, startJobs, startSenders, startSweep } from './start-background.ts';
import { type HttpState, startHttp } from './start-http.ts';
import {
  startHooks,
  startLearning,
  startRecorder,
  startRegistry,
  startServer,
  startTrace,
} from './start-recording.ts';
import { StartedParts } from './started-parts.ts';

export interface DaemonOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** One running radmeter. */
export class Daemon {
  readonly metrics: Metrics = createMetrics();
  readonly #context: DaemonContext;
  readonly #stopping = new AbortController();
  #starting: Promise<void> | undefined;
  #server: RadiusServer<Nas> | undefined;
  #recorder: Recorder<MeterOutcome> | undefined;
  #enforcing: Enforcing | undefined;
  #spool: Spool | undefined;
  #access: AccessOperation | undefined;
  #front: FreeradiusFront | undefined;
  #http: HttpOperation | undefined;
  /** Known once the tables are there. */
  #calendar: Calendar | undefined;

  constructor(options: DaemonOptions) {
    const { clock: ownClock = systemClock, ...given } = options;
    const parts = new StartedParts();
    this.#context = { ...given, ownClock, parts, metrics: this.metrics, passwordWork: passwordWork() };
  }

  /** Where Accounting-Requests are received. */
  get addresses(): readonly { readonly host: string; readonly port: number }[] {
    return this.#server?.addresses ?? [];
  }

  /** Where Access-Requests are received; nowhere where authentication is off. */
  get authAddresses(): readonly { readonly host: string; readonly port: number }[] {
    return this.#access?.addresses ?? [];
  }

  /** Where HTTP is served; undefined where it is not. */
  get httpAddress(): { readonly address: string; readonly port: number } | undefined {
    return this.#http?.address;
  }

  /** Whether a record could be made durable now. */
  get isReady(): boolean {
    return this.#server !== undefined && this.#recorder?.isDurable === true;
  }

  /** Opens database and sockets; waits for a database that is not there. Rejects when it can never work, and when close comes first. */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const context = this.#context;
    const { config, logger, parts, ownClock } = context;
    logger.info({ database: config.databaseUrl, stateDir: config.stateDir }, 'starting');
    const db = openDatabase(context.secrets.databaseUrl);
    parts.add('database', () => db.close());
    // First and closed last: it says why nothing else is there yet, or any more.
    this.#http = await startHttp(context, db, this.#httpState());
    const timezone = await this.#prepare(db);
    this.#calendar = new Calendar(timezone);
    this.#stopping.signal.throwIfAborted();
    const clock = new DatabaseClock({ db, own: ownClock, logger });
    await clock.start();
    parts.add('clock', () => clock.close());
    const registry = await startRegistry(context, db);
    const dictionary = loadDictionary(config.dictionaries);
    const trace = await startTrace(context, dictionary, clock);
    const learned = await startLearning(context, db, clock);
    const findNas = (address: string, nasIdentifier: Octets | undefined) => {
      const nas = registry.find(address, nasIdentifier);
      return nas === undefined ? undefined : learned.known(nas, address, nasIdentifier);
    };
    const classTokens = new ClassTokens(await fixClassKey(db));
    const shared = { db, clock, dictionary, trace, learned, findNas, classTokens };
    const spool = openSpool({ stateDir: config.stateDir, maxBytes: config.spoolMaxBytes, logger });
    this.#spool = spool;
    parts.add('spool', () => spool.close());
    const calendar = new Calendar(timezone);
    const onEnforced = () => this.#enforcing?.wake();
    const recorder = startRecorder(context, shared, { spool, calendar, onEnforced });
    this.#recorder = recorder;
    const hooks = startHooks(context, shared);
    const authPorts = () => this.authAddresses.map(({ port }) => port);
    this.#server = await startServer(context, shared, { registry, recorder, hooks, authPorts });
    this.#access = await startAccess(context, shared, { hooks, calendar });
    this.#front = await startFront(context, shared, { recorder, calendar });
    const instanceId = instanceIdOf(config.stateDir, logger);
    startSweep(context, shared, { spool, recorder, instanceId });
    const senders = startSenders(context, shared, instanceId);
    await startJobs(context, shared, { timezone, instanceId, senders });
    this.#enforcing = startEnforcing(context, shared, { calendar, instanceId });
    logger.info(
      { timezone, addresses: this.addresses, authAddresses: this.authAddresses, http: this.httpAddress },
      'started',
    );
  }

  /** Brings the tables up to date and returns the database's time zone, waiting for a database that is not there. */
  #prepare(db: Database): Promise<string> {
    const { config, logger } = this.#context;
    const { databaseUrl } = config;
    const action = async () => {
      await migrateToLatest(db);
      return fixTimezone(db, config.timezone);
    };
    return untilDatabaseAnswers(action, {
      signal: this.#stopping.signal,
      onAway: ({ message }) =>
        logger.error(`the database ${databaseUrl} does not answer (${message}); trying again`),
    });
  }

  /** Stops receiving, records and answers what was taken, and closes everything in reverse order. */
  async close(): Promise<void> {
    const { logger, parts } = this.#context;
    logger.info('stopping');
    this.#stopping.abort();
    // What is being started is waited for, so that nothing opens behind our back.
    await this.#starting?.catch(() => {});
    await parts.close(logger);
    logger.info('stopped');
  }

  /** Gives up what waits to be recorded; its NASes send it again. */
  hurry(): void {
    this.#recorder?.abandonQueue();
  }

  #httpState(): HttpState {
    return {
      isStopping: () => this.#stopping.signal.aborted,
      calendar: () => this.#calendar,
      freeradiusDesk: () => this.#front?.desk,
      areSocketsBound: () => this.addresses.length > 0,
      doesDatabaseTakeRecords: () => this.#recorder?.doesDatabaseTakeRecords === true,
      canSpool: () => this.#recorder?.canSpool() === true,
      spooledRecords: () => this.#spool?.size ?? 0,
      oldestSpooledAt: () => this.#spool?.oldestArrivedAt(),
    };
  }
}
