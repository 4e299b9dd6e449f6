/** What every port of ours reports: counted, logged at a bounded rate, and shown to those who watch. */
import type { Metrics } from '../metrics.ts';
import type { Nas } from '../nas/nas.ts';
import type { UnknownNases } from '../nas/unknown-nases.ts';
import type { DiscardLog } from '../radius/discard-log.ts';
import type { RadiusServerOptions } from '../radius/server.ts';
import type { TraceHub } from '../trace/trace-hub.ts';

export type ReceptionHooks = Required<
  Pick<RadiusServerOptions<Nas>, 'onDatagram' | 'onDiscard' | 'onReplied' | 'onUnknownNas'>
>;

/** Returns the callbacks of a server for what does not become a request. */
export function receptionHooks({
  metrics,
  discards,
  unknownNases,
  trace,
}: {
  readonly metrics: Metrics;
  readonly discards: DiscardLog;
  readonly unknownNases: UnknownNases;
  readonly trace: TraceHub;
}): ReceptionHooks {
  return {
    onDatagram: () => metrics.packetsReceived.inc(),
    onDiscard: (discard) => {
      metrics.packetsDiscarded.inc({ reason: discard.reason });
      metrics.packets.count(discard.nas?.name, 'other', 'discarded');
      discards.note(discard);
      trace.discarded(discard);
    },
    onReplied: (nas, reply) =>
      reply === 'status'
        ? metrics.packets.count(nas.name, 'Status-Server', 'alive')
        : metrics.packets.count(nas.name, 'other', 'duplicate'),
    onUnknownNas: (address) => unknownNases.count(address),
  };
}
