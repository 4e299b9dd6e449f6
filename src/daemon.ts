/** The daemon: the only place where the parts are wired, started in order and closed in reverse. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createIntake } from './accounting/intake.ts';
import { Recorder } from './accounting/recorder.ts';
import { createReopen } from './accounting/reopen.ts';
import { Spool, spoolPath } from './accounting/spool.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config, Secrets } from './config/load-config.ts';
import { createBatchRunner } from './db/batch-runner.ts';
import { type Database, openDatabase } from './db/database.ts';
import { DatabaseClock } from './db/database-clock.ts';
import { isRecordFault, isRetryable } from './db/dialect.ts';
import { migrateToLatest } from './db/migrate.ts';
import { AppError } from './errors.ts';
import type { Logger } from './logger.ts';
import { createMeter, type MeterOutcome } from './metering.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { configuredNases } from './nas/configured-nas.ts';
import { LearnedFacts } from './nas/learned-facts.ts';
import { formerNas, type Nas } from './nas/nas.ts';
import { NasRegistry } from './nas/nas-registry.ts';
import { UnknownNases } from './nas/unknown-nases.ts';
import { type Dictionary, loadDictionary, valueNames } from './radius/dictionary.ts';
import { DiscardLog } from './radius/discard-log.ts';
import { kernelDrops } from './radius/kernel-drops.ts';
import { RadiusServer } from './radius/server.ts';
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

/** What recording needs. */
interface RecorderParts {
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly registry: NasRegistry;
  readonly dictionary: Dictionary;
  readonly trace: TraceHub;
}

/** What receiving needs. */
interface ServerParts {
  readonly clock: Clock;
  readonly registry: NasRegistry;
  readonly dictionary: Dictionary;
  readonly trace: TraceHub;
  readonly recorder: Recorder<MeterOutcome>;
}

/** How long to wait before a database that is not there is tried again. */
const DATABASE_RETRY_MS = 2_000;
const KERNEL_DROPS_INTERVAL_MS = 10_000;

/** One running radmeter. */
export class Daemon {
  readonly metrics: Metrics = createMetrics();
  readonly #options: DaemonOptions;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  /** What has been started, in order; closed in reverse. */
  readonly #started: { name: string; close: () => Promise<void> | void }[] = [];
  #kernelDrops = 0;
  #starting: Promise<void> | undefined;
  #server: RadiusServer<Nas> | undefined;
  #recorder: Recorder<MeterOutcome> | undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#logger = options.logger;
  }

  /** Where Accounting-Requests are received. */
  get addresses(): readonly { readonly host: string; readonly port: number }[] {
    return this.#server?.addresses ?? [];
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
    this.#onClose('database', () => db.close());
    const timezone = await this.#untilDatabaseAnswers(async () => {
      await migrateToLatest(db);
      return fixTimezone(db, config.timezone);
    });
    this.#stopping.signal.throwIfAborted();
    const clock = new DatabaseClock({ db, own: this.#options.clock ?? systemClock, logger });
    await clock.start();
    this.#onClose('clock', () => clock.close());
    const registry = await this.#startRegistry(db);
    const dictionary = loadDictionary(config.dictionaries);
    const trace = await this.#startTrace(dictionary, clock);
    const calendar = new Calendar(timezone);
    const recorder = this.#startRecorder(db, { clock, calendar, registry, dictionary, trace });
    await this.#startServer(db, { clock, registry, dictionary, trace, recorder });
    logger.info({ timezone, addresses: this.addresses }, 'started');
  }

  /** Stops receiving, records and answers what was taken, and closes everything in reverse order. */
  async close(): Promise<void> {
    this.#logger.info('stopping');
    this.#stopping.abort();
    // What is being started is waited for, so that nothing opens behind our back.
    await this.#starting?.catch(() => {});
    for (const part of this.#started.splice(0).reverse()) {
      try {
        await part.close();
      } catch (error) {
        this.#logger.warn({ err: error, part: part.name }, 'could not be closed in good order');
      }
    }
    this.#logger.info('stopped');
  }

  /** Gives up what waits to be recorded; its NASes send it again. */
  hurry(): void {
    this.#recorder?.abandonQueue();
  }

  #onClose(name: string, close: () => Promise<void> | void): void {
    this.#started.push({ name, close });
  }

  async #untilDatabaseAnswers<T>(action: () => Promise<T>): Promise<T> {
    for (;;) {
      this.#stopping.signal.throwIfAborted();
      try {
        return await action();
      } catch (error) {
        // What was refused for a reason will be refused again; what could not be reached may come.
        if (error instanceof AppError && error.code !== 'unavailable') throw error;
        if (!(error instanceof Error)) throw error;
        const database = this.#options.config.databaseUrl;
        this.#logger.error(`the database ${database} does not answer (${error.message}); trying again`);
      }
      await sleep(DATABASE_RETRY_MS, undefined, { signal: this.#stopping.signal });
    }
  }

  async #startRegistry(db: Database): Promise<NasRegistry> {
    const { config, secrets, logger } = this.#options;
    const configured = configuredNases(config.nas, secrets.nas);
    const registry = new NasRegistry({ db, logger, configured });
    await registry.start();
    this.#onClose('NAS registry', () => registry.close());
    return registry;
  }

  async #startTrace(dictionary: Dictionary, clock: Clock): Promise<TraceHub> {
    const { config, logger } = this.#options;
    const hub = new TraceHub({ dictionary, clock });
    const server = new TraceServer({ stateDir: config.stateDir, hub, logger });
    await server.start();
    this.#onClose('trace', () => server.close());
    return hub;
  }

  #startRecorder(
    db: Database,
    { clock, calendar, registry, dictionary, trace }: RecorderParts,
  ): Recorder<MeterOutcome> {
    const { config, logger } = this.#options;
    const spool = this.#openSpool();
    const batches = createBatchRunner(db, { clock, timeoutMs: config.dbTimeoutMs });
    this.#onClose('batches', () => batches.close());
    const recorder = new Recorder<MeterOutcome>({
      batches,
      meter: createMeter({
        calendar,
        defaultTerms: {
          bandwidthUpload: config.defaultProfile.bandwidthUploadKbps,
          bandwidthDownload: config.defaultProfile.bandwidthDownloadKbps,
        },
        nameRules: { stripsRealm: config.stripRealm, lowersCase: config.lowercaseUserNames },
        unknownUsers: config.unknownUser,
      }),
      isRetryable: isRetryable[db.dialect],
      isRecordFault: isRecordFault[db.dialect],
      batchRecordsMax: config.batchMaxRecords,
      queueRecordsMax: config.queueMaxRecords,
      isCommitBlocking: db.dialect === 'sqlite',
      spool,
      reopen: createReopen({
        findNas: (address, nasIdentifier) => registry.find(address, nasIdentifier) ?? formerNas(address),
        valueName: valueNames(dictionary),
      }),
      onCommitted: (submissions, outcomes) => {
        this.#count(outcomes);
        trace.answered(submissions, outcomes);
      },
      logger,
      metrics: this.metrics,
    });
    this.#onClose('recorder', () => recorder.close());
    recorder.start();
    this.#recorder = recorder;
    return recorder;
  }

  /** Without a spool the daemon still serves: only a database that is away then leaves requests unanswered. */
  #openSpool(): Spool {
    const { config, logger } = this.#options;
    const filename = spoolPath(config.stateDir);
    const spool = new Spool({ filename, maxBytes: config.spoolMaxBytes });
    this.#onClose('spool', () => spool.close());
    try {
      spool.open();
      if (spool.size > 0) logger.warn({ records: spool.size }, 'the spool holds records of before');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error({ err: error }, `${reason}; while the database is away requests would stay unanswered`);
    }
    return spool;
  }

  async #startServer(
    db: Database,
    { clock, registry, dictionary, trace, recorder }: ServerParts,
  ): Promise<void> {
    const { config, logger } = this.#options;
    const unknownNases = new UnknownNases({ db, clock, logger });
    unknownNases.start();
    this.#onClose('unknown NASes', () => unknownNases.close());
    const learned = new LearnedFacts({ db, clock, logger, metrics: this.metrics });
    await learned.start();
    this.#onClose('learned facts', () => learned.close());
    const discards = new DiscardLog(logger);
    this.#onClose('discard log', () => discards.close());
    const server = new RadiusServer<Nas>({
      listen: config.acctListen.map(({ address, port }) => ({ host: address, port })),
      receiveBufferBytes: config.receiveBufferBytes,
      role: 'accounting',
      findNas: (address) => registry.find(address),
      onDatagram: () => this.metrics.packetsReceived.inc(),
      onRequest: createIntake({
        findNas: (address, nasIdentifier) => {
          const nas = registry.find(address, nasIdentifier);
          return nas === undefined ? undefined : learned.known(nas, address, nasIdentifier);
        },
        valueName: valueNames(dictionary),
        submit: (submission) => recorder.submit(submission),
        learn: (nas, facts) => learned.note(nas, facts),
        knownOffsetMs: (address, nasIdentifier) => learned.knownOffsetMs(address, nasIdentifier),
        metrics: this.metrics,
      }),
      onDiscard: (discard) => {
        this.metrics.packetsDiscarded.inc({ reason: discard.reason });
        discards.note(discard);
        trace.discarded(discard);
      },
      onUnknownNas: (address) => unknownNases.count(address),
      isReadyForStatus: () => recorder.isDurable,
      clock,
      logger,
    });
    await server.start();
    const watch = setInterval(() => this.#noteKernelDrops(), KERNEL_DROPS_INTERVAL_MS).unref();
    this.#onClose('kernel drops', () => clearInterval(watch));
    // The recorder is closed between these two, so that what it still holds is answered.
    const at = this.#started.findIndex(({ name }) => name === 'recorder');
    this.#started.splice(at, 0, { name: 'sockets', close: () => server.close() });
    this.#onClose('reception', () => server.stopReceiving());
    this.#server = server;
  }

  /** A drop is a NAS that must send again, and in the end a record that never comes. */
  #noteKernelDrops(): void {
    const before = this.#kernelDrops;
    this.#kernelDrops = kernelDrops(new Set(this.addresses.map(({ port }) => port)));
    this.metrics.kernelDrops.set(this.#kernelDrops);
    const drops = this.#kernelDrops - before;
    if (drops > 0) this.#logger.warn({ drops }, 'the kernel dropped datagrams: the receive buffer was full');
  }

  #count(outcomes: readonly MeterOutcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.kind === 'set-aside') this.metrics.recordsSetAside.inc({ reason: outcome.reason });
      else this.metrics.recordsRecorded.inc({ status_type: outcome.record.statusType });
    }
  }
}
