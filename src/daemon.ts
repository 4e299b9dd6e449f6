/** The daemon: the only place where the parts are wired, started in order and closed in reverse. */

import { hostname } from 'node:os';
import { AccessOperation } from './access/access-operation.ts';
import { fixClassKey } from './access/class-key.ts';
import { ClassTokens } from './access/class-token.ts';
import { createIntake } from './accounting/intake.ts';
import { Recorder } from './accounting/recorder.ts';
import { createReopen } from './accounting/reopen.ts';
import { openSpool, type Spool } from './accounting/spool.ts';
import { alertCheck } from './alerts/alert-check.ts';
import { channelsOf, Senders, waysOf } from './alerts/senders.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config, Secrets } from './config/load-config.ts';
import { createBatchRunner } from './db/batch-runner.ts';
import { type Database, openDatabase } from './db/database.ts';
import { DatabaseClock } from './db/database-clock.ts';
import { isRecordFault, isRetryable } from './db/dialect.ts';
import { migrateToLatest } from './db/migrate.ts';
import { openReader } from './db/reader.ts';
import { untilDatabaseAnswers } from './db/until-database-answers.ts';
import { Enforcing, enforcementRules, isEnforced } from './enforcing.ts';
import { FreeradiusFront } from './freeradius/front.ts';
import type { HttpOperation } from './http/operation.ts';
import { instanceIdOf } from './instance-id.ts';
import type { Logger } from './logger.ts';
import { createMeter, type MeterOutcome, meteringOptions } from './metering.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { configuredNases } from './nas/configured-nas.ts';
import { LearnedFacts } from './nas/learned-facts.ts';
import { formerNas, type Nas } from './nas/nas.ts';
import { NasRegistry } from './nas/nas-registry.ts';
import { UnknownNases } from './nas/unknown-nases.ts';
import { packageVersion } from './package-version.ts';
import { noteTurnedUsers } from './profiles/freeradius-changes.ts';
import { sessionTimeoutsOf } from './profiles/session-timeout-queries.ts';
import { type Dictionary, loadDictionary, valueNames } from './radius/dictionary.ts';
import { DiscardLog } from './radius/discard-log.ts';
import { KernelDropWatch } from './radius/kernel-drops.ts';
import type { Octets } from './radius/octets.ts';
import { RadiusServer } from './radius/server.ts';
import type { ServerRequest } from './radius/server-request.ts';
import { type ReceptionHooks, receptionHooks } from './reception-hooks.ts';
import { countAnswered, countCommitted } from './record-counts.ts';
import { jobTable } from './schedule/job-table.ts';
import { Scheduler } from './schedule/scheduler.ts';
import { StaleSessions } from './sessions/stale-sessions.ts';
import { ACCESS_LANE, passwordWork, SIGN_IN_LANE } from './sign-in/passwords.ts';
import { secretBoxOf } from './sign-in/secret-box.ts';
import { StartedParts } from './started-parts.ts';
import { TraceHub } from './trace/trace-hub.ts';
import { TraceServer } from './trace/trace-server.ts';
import { Calendar } from './usage/period.ts';
import { fixTimezone } from './usage/stored-timezone.ts';

export interface DaemonOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** What recording and receiving both need. */
interface SharedParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly dictionary: Dictionary;
  readonly trace: TraceHub;
  readonly learned: LearnedFacts;
  /** Returns the NAS a packet is from, with what was learned about it; undefined for an unknown source. */
  readonly findNas: (address: string, nasIdentifier: Octets | undefined) => Nas | undefined;
  readonly classTokens: ClassTokens;
}

/** What receiving Accounting-Requests needs. */
interface Reception {
  readonly registry: NasRegistry;
  readonly recorder: Recorder<MeterOutcome>;
  readonly hooks: ReceptionHooks;
}

/** One running radmeter. */
export class Daemon {
  readonly metrics: Metrics = createMetrics();
  readonly #options: DaemonOptions;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  /** Shared, so that a flood of logins to the network stops no sign-in, nor the other way round. */
  readonly #passwordWork = passwordWork();
  readonly #parts = new StartedParts();
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
    this.#options = options;
    this.#logger = options.logger;
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
    const { config, logger } = this.#options;
    logger.info({ database: config.databaseUrl, stateDir: config.stateDir }, 'starting');
    const db = openDatabase(this.#options.secrets.databaseUrl);
    this.#parts.add('database', () => db.close());
    // First and closed last: it says why nothing else is there yet, or any more.
    await this.#startHttp(db);
    const timezone = await this.#prepare(db);
    this.#calendar = new Calendar(timezone);
    this.#stopping.signal.throwIfAborted();
    const clock = new DatabaseClock({ db, own: this.#options.clock ?? systemClock, logger });
    await clock.start();
    this.#parts.add('clock', () => clock.close());
    const registry = await this.#startRegistry(db);
    const dictionary = loadDictionary(config.dictionaries);
    const trace = await this.#startTrace(dictionary, clock);
    const learned = await this.#startLearning(db, clock);
    const findNas = (address: string, nasIdentifier: Octets | undefined) => {
      const nas = registry.find(address, nasIdentifier);
      return nas === undefined ? undefined : learned.known(nas, address, nasIdentifier);
    };
    const classTokens = new ClassTokens(await fixClassKey(db));
    const parts = { db, clock, dictionary, trace, learned, findNas, classTokens };
    const spool = openSpool({ stateDir: config.stateDir, maxBytes: config.spoolMaxBytes, logger });
    this.#spool = spool;
    this.#parts.add('spool', () => spool.close());
    const recorder = this.#startRecorder(parts, { spool, calendar: new Calendar(timezone) });
    const hooks = this.#startHooks(parts);
    await this.#startServer(parts, { registry, recorder, hooks });
    await this.#startAccess(parts, { hooks, calendar: new Calendar(timezone) });
    await this.#startFront(parts, { recorder, calendar: new Calendar(timezone) });
    const instanceId = instanceIdOf(config.stateDir, logger);
    this.#startSweep(parts, { spool, recorder, instanceId });
    const senders = this.#startSenders(parts, instanceId);
    await this.#startJobs(parts, { timezone, instanceId, senders });
    this.#startEnforcing(parts, { calendar: new Calendar(timezone), instanceId });
    logger.info(
      { timezone, addresses: this.addresses, authAddresses: this.authAddresses, http: this.httpAddress },
      'started',
    );
  }

  /** Brings the tables up to date and returns the database's time zone, waiting for a database that is not there. */
  #prepare(db: Database): Promise<string> {
    const { config, logger } = this.#options;
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
    this.#logger.info('stopping');
    this.#stopping.abort();
    // What is being started is waited for, so that nothing opens behind our back.
    await this.#starting?.catch(() => {});
    await this.#parts.close(this.#logger);
    this.#logger.info('stopped');
  }

  /** Gives up what waits to be recorded; its NASes send it again. */
  hurry(): void {
    this.#recorder?.abandonQueue();
  }

  async #startHttp(db: Database): Promise<void> {
    const { config, secrets, logger } = this.#options;
    const { httpListen: listen, httpTlsCert: cert, httpTlsKey: key } = config;
    const { accessTokenLifetimeMs: accessMs, refreshTokenLifetimeMs: refreshMs } = config;
    if (listen === null) return;
    const { HttpOperation } = await import('./http/operation.ts');
    const http = new HttpOperation({
      listen,
      tls: cert === null || key === null ? undefined : { cert, key },
      trustedProxies: config.httpTrustedProxies,
      tokenLifetimes: { accessMs, refreshMs },
      signInLane: this.#passwordWork.lane(SIGN_IN_LANE),
      secretBox: secretBoxOf(secrets.radiusSecretsKey),
      configuredNases: configuredNases(config.nas, secrets.nas),
      defaultProfile: config.defaultProfile,
      freeradiusSecret: secrets.freeradiusSecret,
      language: config.language,
      version: packageVersion(),
      db,
      clock: this.#options.clock ?? systemClock,
      state: {
        isStopping: () => this.#stopping.signal.aborted,
        calendar: () => this.#calendar,
        freeradiusDesk: () => this.#front?.desk,
        areSocketsBound: () => this.addresses.length > 0,
        doesDatabaseTakeRecords: () => this.#recorder?.doesDatabaseTakeRecords === true,
        canSpool: () => this.#recorder?.canSpool() === true,
        spooledRecords: () => this.#spool?.size ?? 0,
        oldestSpooledAt: () => this.#spool?.oldestArrivedAt(),
      },
      logger,
      metrics: this.metrics,
    });
    this.#parts.add('HTTP', () => http.close());
    await http.start();
    this.#http = http;
  }

  async #startRegistry(db: Database): Promise<NasRegistry> {
    const { config, secrets, logger } = this.#options;
    const configured = configuredNases(config.nas, secrets.nas);
    const registry = new NasRegistry({ db, logger, configured });
    await registry.start();
    this.#parts.add('NAS registry', () => registry.close());
    return registry;
  }

  async #startTrace(dictionary: Dictionary, clock: Clock): Promise<TraceHub> {
    const { config, logger } = this.#options;
    const hub = new TraceHub({ dictionary, clock });
    const server = new TraceServer({ stateDir: config.stateDir, hub, logger });
    await server.start();
    this.#parts.add('trace', () => server.close());
    return hub;
  }

  async #startLearning(db: Database, clock: Clock): Promise<LearnedFacts> {
    const learned = new LearnedFacts({ db, clock, logger: this.#logger, metrics: this.metrics });
    await learned.start();
    this.#parts.add('learned facts', () => learned.close());
    return learned;
  }

  #startRecorder(
    { db, clock, dictionary, trace, findNas, classTokens }: SharedParts,
    { spool, calendar }: { spool: Spool; calendar: Calendar },
  ): Recorder<MeterOutcome> {
    const { config, logger } = this.#options;
    const batches = createBatchRunner(db, { clock, timeoutMs: config.dbTimeoutMs });
    this.#parts.add('batches', () => batches.close());
    const recorder = new Recorder<MeterOutcome>({
      batches,
      meter: createMeter({
        ...{ ...meteringOptions(config, calendar), classTokens },
        enforcement: enforcementRules(config),
        onTurned: config.freeradiusSync ? noteTurnedUsers : undefined,
      }),
      isRetryable: isRetryable[db.dialect],
      isRecordFault: isRecordFault[db.dialect],
      batchRecordsMax: config.batchMaxRecords,
      retryMs: config.dbTimeoutMs,
      queueRecordsMax: config.queueMaxRecords,
      isCommitBlocking: db.dialect === 'sqlite',
      spool,
      reopen: createReopen({
        findNas: (address, nasIdentifier) => findNas(address, nasIdentifier) ?? formerNas(address),
        valueName: valueNames(dictionary),
      }),
      onAnswered: (requests, became) => countAnswered(this.metrics, requests, became),
      onCommitted: (submissions, outcomes) => {
        countCommitted(this.metrics, outcomes);
        trace.answered(submissions, outcomes);
        if (outcomes.some(isEnforced)) this.#enforcing?.wake();
      },
      logger,
      metrics: this.metrics,
    });
    this.#parts.add('recorder', () => recorder.close());
    recorder.start();
    this.#recorder = recorder;
    return recorder;
  }

  async #startServer(
    { clock, dictionary, learned, findNas }: SharedParts,
    { registry, recorder, hooks }: Reception,
  ): Promise<void> {
    const { config, logger } = this.#options;
    const server = new RadiusServer<Nas>({
      listen: config.acctListen.map(({ address, port }) => ({ host: address, port })),
      receiveBufferBytes: config.receiveBufferBytes,
      role: 'accounting',
      findNas: (address) => registry.find(address),
      ...hooks,
      onRequest: this.#intake({ dictionary, learned, findNas }, recorder),
      isReadyForStatus: () => recorder.isDurable,
      clock,
      logger,
    });
    await server.start();
    const drops = new KernelDropWatch({
      ports: () => [...this.addresses, ...this.authAddresses].map(({ port }) => port),
      metrics: this.metrics,
      logger,
    });
    drops.start();
    this.#parts.add('kernel drops', () => drops.close());
    // The recorder is closed between these two, so that what it still holds is answered.
    this.#parts.addBefore('recorder', 'sockets', () => server.close());
    this.#parts.add('reception', () => server.stopReceiving());
    this.#server = server;
  }

  /** What takes Accounting-Requests, whichever way they come. */
  #intake(
    { dictionary, learned, findNas }: Pick<SharedParts, 'dictionary' | 'learned' | 'findNas'>,
    recorder: Recorder<MeterOutcome>,
  ): (request: ServerRequest<Nas>) => void {
    return createIntake({
      findNas,
      valueName: valueNames(dictionary),
      submit: (submission) => recorder.submit(submission),
      learn: (nas, facts) => learned.note(nas, facts),
      knownOffsetMs: (address, nasIdentifier) => learned.knownOffsetMs(address, nasIdentifier),
      metrics: this.metrics,
    });
  }

  async #startFront(
    parts: SharedParts,
    { recorder, calendar }: { recorder: Recorder<MeterOutcome>; calendar: Calendar },
  ): Promise<void> {
    const { config, secrets, logger } = this.#options;
    const front = new FreeradiusFront({
      ...config,
      ...parts,
      isAsking: secrets.freeradiusSecret !== null,
      isSyncing: config.freeradiusSync,
      passwords: config.freeradiusPasswords,
      nameRules: { stripsRealm: config.stripRealm, lowersCase: config.lowercaseUserNames },
      interimIntervalSeconds: config.acctInterimIntervalSeconds,
      passwordLane: this.#passwordWork.lane(ACCESS_LANE),
      secretBox: secretBoxOf(secrets.radiusSecretsKey),
      configuredKinds: configuredNases(config.nas, secrets.nas).map(({ kind }) => kind),
      intake: this.#intake(parts, recorder),
      ...{ calendar, logger, metrics: this.metrics },
    });
    this.#parts.add('FreeRADIUS', () => front.close());
    await front.start();
    this.#front = front;
  }

  #startHooks({ db, clock, trace }: SharedParts): ReceptionHooks {
    const { logger } = this.#options;
    const unknownNases = new UnknownNases({ db, clock, logger });
    unknownNases.start();
    this.#parts.add('unknown NASes', () => unknownNases.close());
    const discards = new DiscardLog(logger);
    this.#parts.add('discard log', () => discards.close());
    return receptionHooks({ metrics: this.metrics, discards, unknownNases, trace });
  }

  async #startAccess(
    { db, clock, dictionary, trace, findNas, classTokens }: SharedParts,
    { hooks, calendar }: { hooks: ReceptionHooks; calendar: Calendar },
  ): Promise<void> {
    const { config, secrets, logger } = this.#options;
    if (config.authListen.length === 0) return;
    const access = new AccessOperation({
      ...config,
      listen: config.authListen.map(({ address, port }) => ({ host: address, port })),
      nameRules: { stripsRealm: config.stripRealm, lowersCase: config.lowercaseUserNames },
      interimIntervalSeconds: config.acctInterimIntervalSeconds,
      passwordLane: this.#passwordWork.lane(ACCESS_LANE),
      secretBox: secretBoxOf(secrets.radiusSecretsKey),
      onAnswered: (answered) => trace.answeredLogin(answered),
      ...{ hooks, findNas, classTokens, db, clock, calendar, dictionary, logger, metrics: this.metrics },
    });
    this.#parts.add('authentication', () => access.close());
    await access.start();
    this.#access = access;
  }

  #startSweep(
    { db, clock, findNas }: SharedParts,
    { spool, recorder, instanceId }: { spool: Spool; recorder: Recorder<MeterOutcome>; instanceId: string },
  ): void {
    const { config, logger } = this.#options;
    const sweep = new StaleSessions({
      db,
      clock,
      instanceId,
      host: hostname(),
      isReceiving: () => recorder.isDurable,
      spooledRecords: () => spool.size,
      floorSecondsOf: (address, nasIdentifier) =>
        (findNas(address, nasIdentifier) ?? formerNas(address)).intervalFloorSeconds,
      sessionTimeoutsOf: (userIds) =>
        sessionTimeoutsOf(db, userIds, config.defaultProfile.sessionTimeoutSeconds),
      logger,
      metrics: this.metrics,
    });
    sweep.start();
    this.#parts.add('stale sessions', () => sweep.close());
  }

  async #startJobs(
    { db, clock }: SharedParts,
    { timezone, instanceId, senders }: { timezone: string; instanceId: string; senders: Senders },
  ): Promise<void> {
    const { config, secrets, logger } = this.#options;
    const reader = openReader(db);
    this.#parts.add('alert reader', () => reader.close());
    const telling = { channels: channelsOf(waysOf(config, secrets)), language: config.language };
    const checkAlerts = alertCheck({
      ...{ reader, db, clock, metrics: this.metrics, ...telling },
      onQueued: () => senders.wake(),
    });
    const scheduler = new Scheduler({
      ...{ db, clock, timezone, logger, metrics: this.metrics },
      jobs: jobTable({
        ...{ db, clock, defaultProfile: config.defaultProfile, ages: config },
        ...{ checkAlerts, telling },
      }),
      holder: instanceId,
    });
    this.#parts.add('jobs', () => scheduler.close());
    await scheduler.start();
  }

  /** The last to start and the first to close: nothing is sent any more while the rest stops. */
  #startEnforcing(
    { db, clock, dictionary, learned, findNas }: SharedParts,
    { calendar, instanceId }: { calendar: Calendar; instanceId: string },
  ): void {
    const { config, logger } = this.#options;
    const { dbTimeoutMs, acctInterimIntervalSeconds: interimIntervalSeconds } = config;
    const enforcing = new Enforcing({
      ...{ settings: config, db, clock, calendar, dictionary, findNas, dbTimeoutMs, interimIntervalSeconds },
      clockOffsetMs: (address, nasIdentifier) => learned.knownOffsetMs(address, nasIdentifier),
      ...{ owner: instanceId, logger, metrics: this.metrics },
    });
    this.#parts.add('enforcement', () => enforcing.close());
    enforcing.start();
    this.#enforcing = enforcing;
  }

  /** What waits to leave, whoever put it there. */
  #startSenders({ db, clock }: SharedParts, instanceId: string): Senders {
    const { config, secrets, logger } = this.#options;
    const { metrics } = this;
    const senders = new Senders({
      ...waysOf(config, secrets),
      ...{ db, clock, logger, metrics },
      owner: instanceId,
    });
    senders.start();
    this.#parts.add('senders', () => senders.close());
    return senders;
  }
}
