/** Starting what takes Accounting-Requests, from the socket to the database. */
import { createIntake } from '../accounting/intake.ts';
import { Recorder } from '../accounting/recorder.ts';
import { createReopen } from '../accounting/reopen.ts';
import type { Spool } from '../accounting/spool.ts';
import type { Clock } from '../clock.ts';
import { createBatchRunner } from '../db/batch-runner.ts';
import type { Database } from '../db/database.ts';
import { isRecordFault, isRetryable } from '../db/dialect.ts';
import { createMeter, type MeterOutcome, meteringOptions } from '../metering.ts';
import { configuredNases } from '../nas/configured-nas.ts';
import { LearnedFacts } from '../nas/learned-facts.ts';
import { formerNas, type Nas } from '../nas/nas.ts';
import { NasRegistry } from '../nas/nas-registry.ts';
import { UnknownNases } from '../nas/unknown-nases.ts';
import { noteTurnedUsers } from '../profiles/freeradius-changes.ts';
import { type Dictionary, valueNames } from '../radius/dictionary.ts';
import { DiscardLog } from '../radius/discard-log.ts';
import { KernelDropWatch } from '../radius/kernel-drops.ts';
import { RadiusServer } from '../radius/server.ts';
import type { ServerRequest } from '../radius/server-request.ts';
import { TraceHub } from '../trace/trace-hub.ts';
import { TraceServer } from '../trace/trace-server.ts';
import type { Calendar } from '../usage/period.ts';
import type { DaemonContext, SharedParts } from './daemon-context.ts';
import { enforcementRules, isEnforced } from './enforcing.ts';
import { type ReceptionHooks, receptionHooks } from './reception-hooks.ts';
import { countAnswered, countCommitted } from './record-counts.ts';

/** What the recorder needs beside what all need. */
interface RecorderParts {
  readonly spool: Spool;
  readonly calendar: Calendar;
  /** Called when sessions are to be ended or changed because of what was recorded. */
  readonly onEnforced: () => void;
}

/** What receiving Accounting-Requests needs. */
interface Reception {
  readonly registry: NasRegistry;
  readonly recorder: Recorder<MeterOutcome>;
  readonly hooks: ReceptionHooks;
  /** Where Access-Requests are received, for the kernel's drops. */
  readonly authPorts: () => readonly number[];
}

/** Starts what knows the NASes. */
export async function startRegistry(context: DaemonContext, db: Database): Promise<NasRegistry> {
  const { config, secrets, logger } = context;
  const configured = configuredNases(config.nas, secrets.nas);
  const registry = new NasRegistry({ db, logger, configured });
  await registry.start();
  context.parts.add('NAS registry', () => registry.close());
  return registry;
}

/** Starts what shows decisions to those who watch. */
export async function startTrace(
  context: DaemonContext,
  dictionary: Dictionary,
  clock: Clock,
): Promise<TraceHub> {
  const { config, logger } = context;
  const hub = new TraceHub({ dictionary, clock });
  const server = new TraceServer({ stateDir: config.stateDir, hub, logger });
  await server.start();
  context.parts.add('trace', () => server.close());
  return hub;
}

/** Starts what remembers how NASes count and what their clocks say. */
export async function startLearning(
  context: DaemonContext,
  db: Database,
  clock: Clock,
): Promise<LearnedFacts> {
  const learned = new LearnedFacts({ db, clock, logger: context.logger, metrics: context.metrics });
  await learned.start();
  context.parts.add('learned facts', () => learned.close());
  return learned;
}

/** Starts what records and answers Accounting-Requests. */
export function startRecorder(
  context: DaemonContext,
  { db, clock, dictionary, trace, findNas, classTokens }: SharedParts,
  { spool, calendar, onEnforced }: RecorderParts,
): Recorder<MeterOutcome> {
  const { config, logger } = context;
  const batches = createBatchRunner(db, { clock, timeoutMs: config.dbTimeoutMs });
  context.parts.add('batches', () => batches.close());
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
    onAnswered: (requests, became) => countAnswered(context.metrics, requests, became),
    onCommitted: (submissions, outcomes) => {
      countCommitted(context.metrics, outcomes);
      trace.answered(submissions, outcomes);
      if (outcomes.some(isEnforced)) onEnforced();
    },
    logger,
    metrics: context.metrics,
  });
  context.parts.add('recorder', () => recorder.close());
  recorder.start();
  return recorder;
}

/** Opens the accounting ports. Throws unavailable when one is taken. */
export async function startServer(
  context: DaemonContext,
  { clock, dictionary, learned, findNas }: SharedParts,
  { registry, recorder, hooks, authPorts }: Reception,
): Promise<RadiusServer<Nas>> {
  const { config, logger } = context;
  const server = new RadiusServer<Nas>({
    listen: config.acctListen.map(({ address, port }) => ({ host: address, port })),
    receiveBufferBytes: config.receiveBufferBytes,
    role: 'accounting',
    findNas: (address) => registry.find(address),
    ...hooks,
    onRequest: intake(context, { dictionary, learned, findNas }, recorder),
    isReadyForStatus: () => recorder.isDurable,
    clock,
    logger,
  });
  await server.start();
  const drops = new KernelDropWatch({
    ports: () => [...server.addresses.map(({ port }) => port), ...authPorts()],
    metrics: context.metrics,
    logger,
  });
  drops.start();
  context.parts.add('kernel drops', () => drops.close());
  // The recorder is closed between these two, so that what it still holds is answered.
  context.parts.addBefore('recorder', 'sockets', () => server.close());
  context.parts.add('reception', () => server.stopReceiving());
  return server;
}

/** Starts what reports of every port go to. */
export function startHooks(context: DaemonContext, { db, clock, trace }: SharedParts): ReceptionHooks {
  const { logger } = context;
  const unknownNases = new UnknownNases({ db, clock, logger });
  unknownNases.start();
  context.parts.add('unknown NASes', () => unknownNases.close());
  const discards = new DiscardLog(logger);
  context.parts.add('discard log', () => discards.close());
  return receptionHooks({ metrics: context.metrics, discards, unknownNases, trace });
}

/** What takes Accounting-Requests, whichever way they come. */
export function intake(
  context: DaemonContext,
  { dictionary, learned, findNas }: Pick<SharedParts, 'dictionary' | 'learned' | 'findNas'>,
  recorder: Recorder<MeterOutcome>,
): (request: ServerRequest<Nas>) => void {
  return createIntake({
    findNas,
    valueName: valueNames(dictionary),
    submit: (submission) => recorder.submit(submission),
    learn: (nas, facts) => learned.note(nas, facts),
    knownOffsetMs: (address, nasIdentifier) => learned.knownOffsetMs(address, nasIdentifier),
    metrics: context.metrics,
  });
}
