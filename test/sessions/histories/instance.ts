/** One of several radmeters on one MariaDB: a clock of its own machine, a spool of its own, a way to the database that can be cut; and it can crash. */
import { pino } from 'pino';
import { createIntake } from '../../../src/accounting/intake.ts';
import { Recorder } from '../../../src/accounting/recorder.ts';
import { createReopen } from '../../../src/accounting/reopen.ts';
import { Spool } from '../../../src/accounting/spool.ts';
import type { Clock } from '../../../src/clock.ts';
import type { BatchRunner } from '../../../src/db/batch.ts';
import { createBatchRunner } from '../../../src/db/batch-runner.ts';
import { type Database, openDatabase } from '../../../src/db/database.ts';
import { DatabaseClock } from '../../../src/db/database-clock.ts';
import { isRecordFault, isRetryable } from '../../../src/db/dialect.ts';
import { createMeter, type MeterOutcome } from '../../../src/metering.ts';
import { createMetrics } from '../../../src/metrics.ts';
import type { Nas } from '../../../src/nas/nas.ts';
import { parsePacket } from '../../../src/radius/packet.ts';
import { Calendar } from '../../../src/usage/period.ts';
import { testSpool } from '../../support/spools.ts';
import type { TcpProxy } from '../../support/tcp-proxy.ts';
import { TIMEZONE } from './story.ts';

/** What all instances of one history share: the time, and what the database knows of the NAS and the users' lines. */
export interface World {
  /** The database's clock. */
  readonly clock: Clock;
  readonly nas: () => Nas;
  readonly learnGigawords: () => void;
  readonly lineKbps: number | undefined;
}

const SOURCE = { address: '192.0.2.1', port: 40_000 };
const DB_TIMEOUT_MS = 2_000;
/** The most a NAS is taken to carry where the profile says nothing (design: max-rate). */
const MAX_RATE_KBPS = 1_000_000;
const logger = pino({ level: 'silent' });

export class Instance {
  readonly proxy: TcpProxy;
  readonly #aheadMs: number;
  readonly #place = testSpool();
  readonly #db: Database;
  #world: World | undefined;
  #parts: Parts | undefined;

  /** `aheadMs`: how far this machine's clock is ahead of the database's. */
  constructor({ proxy, databaseUrl, aheadMs }: { proxy: TcpProxy; databaseUrl: string; aheadMs: number }) {
    this.proxy = proxy;
    this.#aheadMs = aheadMs;
    this.#place.spool.close();
    this.#db = openDatabase(databaseUrl);
  }

  /** How many records wait in its spool. */
  get spooled(): number {
    return this.#parts?.spool.size ?? 0;
  }

  /** Starts, or starts again, in the world of a history. */
  async begin(world: World): Promise<void> {
    await this.#stop();
    this.#world = world;
    const { filename } = this.#place;
    const machine = { now: () => world.clock.now() + this.#aheadMs };
    this.#parts = await startParts(world, { db: this.#db, machine, filename });
  }

  /** Receives a packet; resolves to whether it was answered. */
  receive(bytes: Buffer): Promise<boolean> {
    const [parts, world, parsed] = [this.#parts, this.#world, parsePacket(bytes)];
    if (parts === undefined || world === undefined || !parsed.ok)
      throw new Error('no instance, or no packet');
    return new Promise((resolve) => {
      parts.intake({
        packet: parsed.packet,
        nas: world.nas(),
        source: SOURCE,
        arrivedAt: parts.clock.now(),
        acknowledge: () => resolve(true),
        abandon: () => resolve(false),
      });
    });
  }

  /** Ends without a word; another process takes its place, which knows the spool and nothing else. */
  async crash(): Promise<void> {
    if (this.#world !== undefined) await this.begin(this.#world);
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.#db.close();
    this.#place.remove();
  }

  async #stop(): Promise<void> {
    const parts = this.#parts;
    this.#parts = undefined;
    await parts?.recorder.close();
    await parts?.batches.close();
    parts?.clock.close();
    parts?.spool.close();
  }
}

interface Parts {
  readonly clock: DatabaseClock;
  readonly batches: BatchRunner;
  readonly spool: Spool;
  readonly recorder: Recorder<MeterOutcome>;
  readonly intake: ReturnType<typeof createIntake>;
}

async function startParts(
  world: World,
  { db, machine, filename }: { db: Database; machine: Clock; filename: string },
): Promise<Parts> {
  const metrics = createMetrics();
  // The time of a history is not the time of the server: what it would answer is the history's.
  const serverTime = {
    ...db,
    knex: Object.assign(async () => [], { raw: async () => [[{ now_ms: world.clock.now() }]] }),
  };
  const clock = new DatabaseClock({ db: serverTime as unknown as Database, own: machine, logger });
  await clock.start();
  const batches = createBatchRunner(db, { clock, timeoutMs: DB_TIMEOUT_MS });
  const spool = new Spool({ filename, maxBytes: 64 * 1024 ** 2 });
  spool.open();
  const findNas = () => world.nas();
  const recorder = new Recorder<MeterOutcome>({
    batches,
    meter: createMeter({
      calendar: new Calendar(TIMEZONE),
      defaultTerms: {
        bandwidthUpload: world.lineKbps ?? MAX_RATE_KBPS,
        bandwidthDownload: world.lineKbps ?? MAX_RATE_KBPS,
      },
      nameRules: { stripsRealm: false, lowersCase: false },
      unknownUsers: 'unmetered',
    }),
    isRetryable: isRetryable.mysql,
    isRecordFault: isRecordFault.mysql,
    batchRecordsMax: 16,
    retryMs: DB_TIMEOUT_MS,
    queueRecordsMax: 1_000,
    isCommitBlocking: false,
    spool,
    reopen: createReopen({ findNas, valueName: () => undefined }),
    onCommitted: () => undefined,
    logger,
    metrics,
  });
  recorder.start();
  const intake = createIntake({
    findNas,
    valueName: () => undefined,
    submit: (request) => recorder.submit(request),
    learn: (_, facts) => {
      if (facts.sendsGigawords === true) world.learnGigawords();
    },
    metrics,
  });
  return { clock, batches, spool, recorder, intake };
}
