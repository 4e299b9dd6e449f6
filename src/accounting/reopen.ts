/** Requests that were kept, in the spool or set aside, decoded again as they were at first. */
import type { Nas } from '../nas/nas.ts';
import type { Octets } from '../radius/octets.ts';
import { parsePacket } from '../radius/packet.ts';
import { type DecodeContext, decodeAccountingRequest } from './decode.ts';
import type { ReceivedRequest, Submission } from './submission.ts';

export interface ReopenOptions {
  /** Returns the NAS at an address, and with this NAS-Identifier where several share it; a NAS that is known no more still counts (formerNas). */
  readonly findNas: (address: string, nasIdentifier: Octets | undefined) => Nas;
  readonly valueName: DecodeContext['valueName'];
}

/** Returns the function that decodes a kept request again; it was authentic when it was kept. Never throws: bytes that are no packet (a damaged file) cannot be metered. */
export function createReopen({
  findNas,
  valueName,
}: ReopenOptions): (received: ReceivedRequest) => Submission {
  return (received) => {
    const { sourceAddress, arrivedAt, clockOffsetMs, bytes } = received;
    const nasOf = (nasIdentifier: Octets | undefined) => findNas(sourceAddress, nasIdentifier);
    const parsed = parsePacket(bytes);
    if (!parsed.ok) {
      const detail = `what was kept is no packet: ${parsed.reason}`;
      const decoded = { ok: false, reason: 'malformed-packet', detail, anomalies: [] } as const;
      return { ...received, decoded, nasName: nasOf(undefined).name };
    }
    const decoded = decodeAccountingRequest(parsed.packet, {
      nasOf,
      sourceAddress,
      arrivedAt,
      // Set aside before its clock was read: by itself it says that it was not late.
      clockOffsetMs: (_, seen) =>
        clockOffsetMs ?? seen.arrivedAt - seen.delaySeconds * 1000 - seen.nasEventAt,
      valueName,
    });
    return {
      ...received,
      decoded,
      nasName: decoded.ok ? decoded.record.nas.name : nasOf(undefined).name,
    };
  };
}
