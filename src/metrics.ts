/** The figures radmeter keeps about itself, by name; one registry per daemon, so that tests can run several. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** Returns the registry and every metric in it, all at zero. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    packetsReceived: new Counter({
      name: 'radmeter_packets_received_total',
      help: 'Datagrams received on the accounting port.',
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
    nasClocksOff: new Gauge({
      name: 'radmeter_nas_clocks_off',
      help: 'Access points heard within the hour whose clock is off by more than a minute.',
      registers,
    }),
    queuedRecords: new Gauge({
      name: 'radmeter_queued_records',
      help: 'Records waiting to be committed.',
      registers,
    }),
  };
}
