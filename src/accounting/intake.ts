/** From authentic requests to records in the recorder's queue. */
import type { Metrics, PacketType } from '../metrics.ts';
import type { Nas } from '../nas/nas.ts';
import type { Octets } from '../radius/octets.ts';
import type { ServerRequest } from '../radius/server.ts';
import { ClockOffsets } from './clock-offset.ts';
import { type DecodeContext, type DecodeResult, decodeAccountingRequest } from './decode.ts';
import { type AccountingRecord, isSessionRecord } from './record.ts';
import type { PendingRequest } from './submission.ts';

export interface IntakeOptions {
  /** Returns the NAS with this NAS-Identifier at an address that several share; undefined when there is none. */
  readonly findNas: (address: string, nasIdentifier: Octets | undefined) => Nas | undefined;
  readonly valueName: DecodeContext['valueName'];
  /** Takes a submission, or returns false because there is no room. */
  readonly submit: (submission: PendingRequest) => boolean;
  /** Takes note of what a packet says about its NAS. */
  readonly learn: (nas: Nas, facts: IntakeFacts) => void;
  /** Returns the clock offset that was learned of a sender before this process, or by another instance; undefined when nothing was. */
  readonly knownOffsetMs?: (sourceAddress: string, nasIdentifier: Octets | undefined) => number | undefined;
  readonly metrics: Metrics;
}

/** What one packet says about its NAS. */
export interface IntakeFacts {
  readonly sourceAddress: string;
  readonly nasIdentifier: Octets | undefined;
  /** Epoch milliseconds. */
  readonly lastSeenAt: number;
  /** Milliseconds to add to its clock to get ours. */
  readonly clockOffsetMs?: number;
  /** Present, and true, when the packet carries a Gigawords attribute. */
  readonly sendsGigawords?: true;
}

/** Returns the function that takes an authentic Accounting-Request; it ends in an answer, or in silence when there is no room (RFC 5080: the NAS retries). */
export function createIntake(options: IntakeOptions): (request: ServerRequest<Nas>) => void {
  const clockOffsets = new ClockOffsets();
  const { findNas, valueName, submit, learn, knownOffsetMs = () => undefined, metrics } = options;
  return (request) => {
    const { packet, source, arrivedAt } = request;
    const readAt = performance.now();
    if (packet.hasPadding) metrics.packetAnomalies.inc({ kind: 'padding' });
    let clockOffsetMs: number | undefined;
    const decoded = decodeAccountingRequest(packet, {
      nasOf: (nasIdentifier) => findNas(source.address, nasIdentifier) ?? request.nas,
      sourceAddress: source.address,
      arrivedAt,
      clockOffsetMs: (nasIdentifier, seen) => {
        clockOffsetMs = clockOffsets.observe(`${source.address} ${nasIdentifier ?? ''}`, seen, () =>
          knownOffsetMs(source.address, nasIdentifier),
        );
        return clockOffsetMs;
      },
      valueName,
    });
    for (const kind of decoded.anomalies) metrics.packetAnomalies.inc({ kind });
    learn(decoded.ok ? decoded.record.nas : request.nas, {
      sourceAddress: source.address,
      nasIdentifier: decoded.ok ? decoded.record.nasIdentifier : undefined,
      lastSeenAt: arrivedAt,
      ...(clockOffsetMs === undefined ? undefined : { clockOffsetMs }),
      ...(decoded.ok && carriesGigawords(decoded.record) ? { sendsGigawords: true } : undefined),
    });
    const nasName = decoded.ok ? decoded.record.nas.name : request.nas.name;
    const type = packetTypeOf(decoded);
    const isTaken = submit({
      decoded,
      nasName,
      sourceAddress: source.address,
      sourcePort: source.port,
      arrivedAt,
      clockOffsetMs,
      bytes: packet.bytes,
      acknowledge: () => {
        request.acknowledge();
        metrics.answerSeconds.observe((performance.now() - readAt) / 1000);
      },
      abandon: () => {
        request.abandon();
        metrics.packets.count(nasName, type, 'unanswered');
      },
    });
    if (isTaken) return;
    request.abandon();
    metrics.packets.count(nasName, type, 'discarded');
    metrics.packetsDiscarded.inc({ reason: 'queue-full' });
  };
}

/** Returns what a request is called where packets are counted. */
export function packetTypeOf(decoded: DecodeResult): PacketType {
  return decoded.ok ? decoded.record.statusType : 'other';
}

function carriesGigawords(record: AccountingRecord): boolean {
  if (!isSessionRecord(record)) return false;
  return record.input?.gigawords !== undefined || record.output?.gigawords !== undefined;
}
