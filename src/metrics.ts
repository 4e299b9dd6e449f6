/** The figures radmeter keeps about itself, by name; one registry per daemon, so that tests can run several. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** Returns the registry and every metric in it, all at zero. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    packets: new PacketCounts(registry),
    packetsReceived: new Counter({
      name: 'radmeter_packets_received_total',
      help: 'Datagrams received.',
      registers,
    }),
    packetsDiscarded: new Counter({
      name: 'radmeter_packets_discarded_total',
      help: 'Datagrams discarded without an answer, by reason.',
      labelNames: ['reason'] as const,
      registers,
    }),
    packetAnomalies: new Counter({
      name: 'radmeter_packet_anomalies_total',
      help: 'Oddities that did not cost the packet (padding, malformed vendor attributes, repeated attributes), by kind.',
      labelNames: ['kind'] as const,
      registers,
    }),
    recordsRecorded: new Counter({
      name: 'radmeter_records_recorded_total',
      help: 'Accounting records committed and acknowledged, by Acct-Status-Type.',
      labelNames: ['status_type'] as const,
      registers,
    }),
    recordsSetAside: new Counter({
      name: 'radmeter_records_set_aside_total',
      help: 'Authentic requests acknowledged but not metered, by reason.',
      labelNames: ['reason'] as const,
      registers,
    }),
    sessionsPresumedClosed: new Counter({
      name: 'radmeter_sessions_closed_by_silence_total',
      help: 'Sessions presumed closed because nothing more was heard of them.',
      registers,
    }),
    alertsFired: new Counter({
      name: 'radmeter_alerts_fired_total',
      help: 'Deliveries of alerts begun, by the way they take; each firing counts once for each way.',
      labelNames: ['method'] as const,
      registers,
    }),
    messages: new Counter({
      name: 'radmeter_messages_total',
      help: 'Attempts of this process to send a mail (email) or to reach the SMS webhook (sms); those of commands count nowhere: sent, retried (it waits for another attempt) or failed (given up).',
      labelNames: ['method', 'outcome'] as const,
      registers,
    }),
    messagesQueued: new Gauge({
      name: 'radmeter_messages_queued',
      help: 'Mails (email) and messages for the SMS webhook (sms) that wait to be sent, counted at most once a minute.',
      labelNames: ['method'] as const,
      registers,
    }),
    answerSeconds: new Histogram({
      name: 'radmeter_answer_seconds',
      help: 'From an Accounting-Request, read and authentic, to its answer.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    accessSeconds: new Histogram({
      name: 'radmeter_access_seconds',
      help: 'From an Access-Request, read and authentic, to its answer.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    accessRejected: new Counter({
      name: 'radmeter_access_rejected_total',
      help: 'Access-Rejects, by the reason that radpostauth keeps of them.',
      labelNames: ['reason'] as const,
      registers,
    }),
    postAuthLost: new Counter({
      name: 'radmeter_postauth_lost_total',
      help: 'Answers to logins that could not be written into radpostauth.',
      registers,
    }),
    batchRecords: new Histogram({
      name: 'radmeter_batch_records',
      help: 'Records committed together.',
      buckets: [1, 4, 16, 64, 256, 1024],
      registers,
    }),
    batchFailures: new Counter({
      name: 'radmeter_batch_failures_total',
      help: 'Batches rolled back, by what became of them.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    kernelDrops: new Gauge({
      name: 'radmeter_kernel_drops',
      help: 'Datagrams the kernel dropped because the receive buffer was full, since the sockets were opened.',
      registers,
    }),
    recordsSpooled: new Counter({
      name: 'radmeter_records_spooled_total',
      help: 'Records acknowledged into the spool because the database did not take them.',
      registers,
    }),
    spooledRecords: new Gauge({
      name: 'radmeter_spooled_records',
      help: 'Records in the spool, waiting for the database.',
      registers,
    }),
    spoolOldestSeconds: new Gauge({
      name: 'radmeter_spool_oldest_seconds',
      help: 'Since the record that has waited longest in the spool arrived; 0 when none waits.',
      registers,
    }),
    databaseUp: new Gauge({
      name: 'radmeter_database_up',
      help: 'Whether the database answers and took the last batch.',
      registers,
    }),
    openSessions: new Gauge({
      name: 'radmeter_open_sessions',
      help: 'Sessions that are open, counted at most once a minute; left out where that was longer than five minutes ago.',
      registers,
    }),
    usersOverQuota: new Gauge({
      name: 'radmeter_users_over_quota',
      help: 'Users over a quota as of their last report, counted at most once a minute; left out where that was longer than five minutes ago.',
      registers,
    }),
    nasClocksOff: new Gauge({
      name: 'radmeter_nas_clocks_off',
      help: 'Access points heard within the hour whose clock is off by more than a minute.',
      registers,
    }),
    jobRuns: new Counter({
      name: 'radmeter_job_runs_total',
      help: 'Runs of scheduled jobs that ended here, by job and outcome: done, failed, lost (another instance took it over).',
      labelNames: ['job', 'outcome'] as const,
      registers,
    }),
    jobItems: new Counter({
      name: 'radmeter_job_items_total',
      help: 'What runs of scheduled jobs dealt with here: usages reset, users told, rows forgotten.',
      labelNames: ['job'] as const,
      registers,
    }),
    jobSeconds: new Gauge({
      name: 'radmeter_job_seconds',
      help: 'How long the last run of a job took that ended here.',
      labelNames: ['job'] as const,
      registers,
    }),
    jobSucceededAt: new Gauge({
      name: 'radmeter_job_last_success_timestamp_seconds',
      help: 'When a run of a job was last done here.',
      labelNames: ['job'] as const,
      registers,
    }),
    signInsRefused: new Counter({
      name: 'radmeter_sign_ins_refused_total',
      help: 'Attempts to sign in, or to change a password, that were not heard because too many came before them.',
      registers,
    }),
    intents: new Counter({
      name: 'radmeter_intents_total',
      help: 'Decisions to end (disconnect) or to change (coa) a session that were carried out here, by what came of it; acknowledged ones are counted again as confirmed or unconfirmed.',
      labelNames: ['kind', 'outcome'] as const,
      registers,
    }),
    intentSeconds: new Histogram({
      name: 'radmeter_intent_seconds',
      help: 'From the record, or the command, that decided about a session to the first request to its NAS.',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    liveIntents: new Gauge({
      name: 'radmeter_live_intents',
      help: 'Decisions about sessions that are still to be carried out or confirmed, counted at most every ten seconds.',
      registers,
    }),
    queuedRecords: new Gauge({
      name: 'radmeter_queued_records',
      help: 'Records waiting to be committed.',
      registers,
    }),
  };
}

/** Adds what Node and the system know of this process: CPU, memory, garbage collection, event loop, file descriptors. */
export function collectProcessMetrics({ registry }: Pick<Metrics, 'registry'>): void {
  collectDefaultMetrics({ register: registry });
}

/** Acct-Status-Types, and requests that are none of accounting; `other` where a packet was not read that far, or is a repetition. */
const PACKET_TYPES = [
  'Start',
  'Interim-Update',
  'Stop',
  'Accounting-On',
  'Accounting-Off',
  'Status-Server',
  'Access-Request',
  'other',
] as const;
export type PacketType = (typeof PACKET_TYPES)[number];

/**
 * How packets end. Answered: recorded, set-aside (kept, not metered), spooled (recorded later), accepted, rejected,
 * duplicate (the kept answer again), alive (to a Status-Server). Not answered: unanswered (authentic, and could not be
 * made durable or decided), discarded.
 */
const PACKET_OUTCOMES = [
  'recorded',
  'set-aside',
  'spooled',
  'accepted',
  'rejected',
  'duplicate',
  'alive',
  'unanswered',
  'discarded',
] as const;
export type PacketOutcome = (typeof PACKET_OUTCOMES)[number];

const NAMES_MAX = 1_000;
const UNKNOWN_NAS = '(unknown)';
const OTHER_NASES = '(others)';

/** Packets by NAS, type and outcome: an array per NAS, as a label object per packet would cost more than the count. */
class PacketCounts {
  readonly #byNas = new Map<string, Float64Array>();

  constructor(registry: Registry) {
    const counts = this.#byNas;
    new Counter({
      name: 'radmeter_packets_total',
      help: 'Packets by NAS, Acct-Status-Type or code, and what became of them; unknown sources are one NAS, (unknown).',
      labelNames: ['nas', 'type', 'outcome'] as const,
      registers: [registry],
      collect() {
        this.reset();
        for (const [nas, cells] of counts) {
          for (const type of PACKET_TYPES) {
            for (const outcome of PACKET_OUTCOMES) {
              const count = cells[cellOf(type, outcome)] ?? 0;
              if (count > 0) this.inc({ nas, type, outcome }, count);
            }
          }
        }
      },
    });
  }

  /** Counts one packet; of undefined, a source that is no NAS. Beyond a thousand NASes those that come are counted together. */
  count(nasName: string | undefined, type: PacketType, outcome: PacketOutcome): void {
    const cells = this.#byNas.get(nasName ?? UNKNOWN_NAS) ?? this.#begin(nasName ?? UNKNOWN_NAS);
    const at = cellOf(type, outcome);
    cells[at] = (cells[at] ?? 0) + 1;
  }

  #begin(nasName: string): Float64Array {
    const name = this.#byNas.size < NAMES_MAX ? nasName : OTHER_NASES;
    const cells = this.#byNas.get(name) ?? new Float64Array(PACKET_TYPES.length * PACKET_OUTCOMES.length);
    this.#byNas.set(name, cells);
    return cells;
  }
}

function cellOf(type: PacketType, outcome: PacketOutcome): number {
  return TYPE_INDEX[type] * PACKET_OUTCOMES.length + OUTCOME_INDEX[outcome];
}

const TYPE_INDEX = indexOf(PACKET_TYPES);
const OUTCOME_INDEX = indexOf(PACKET_OUTCOMES);

function indexOf<T extends string>(words: readonly T[]): Readonly<Record<T, number>> {
  // Every word is a key of what is made of all words.
  return Object.fromEntries(words.map((word, at) => [word, at])) as Record<T, number>;
}
