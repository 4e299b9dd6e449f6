/** What one datagram sets in motion, from the socket to the recorder's door and, kept, back again. */
import { ClockOffsets } from '../../src/accounting/clock-offset.ts';
import {
  type DecodeContext,
  type DecodeResult,
  decodeAccountingRequest,
} from '../../src/accounting/decode.ts';
import { createReopen } from '../../src/accounting/reopen.ts';
import { Code } from '../../src/radius/code.ts';
import { type DescribedPacket, describePacket } from '../../src/radius/describe.ts';
import type { Dictionary } from '../../src/radius/dictionary.ts';
import type { DiscardReason } from '../../src/radius/discard.ts';
import { type Packet, parsePacket } from '../../src/radius/packet.ts';
import { encodeAccountingResponse, encodeResponse } from '../../src/radius/response.ts';
import { verifyRequest } from '../../src/radius/verify-request.ts';
import type { FuzzInput } from './fuzz-input.ts';

const SOURCE_ADDRESS = '192.0.2.1';

export type Journey =
  | { readonly kind: 'no-packet'; readonly reason: DiscardReason; readonly reopened: DecodeResult }
  | (Framed & { readonly kind: 'discarded'; readonly reason: DiscardReason })
  | (Framed & { readonly kind: 'status'; readonly secret: Buffer; readonly reply: Buffer })
  | (Framed & {
      readonly kind: 'accounting';
      readonly secret: Buffer;
      readonly reply: Buffer;
      readonly decoded: DecodeResult;
      /** Undefined where the request carries no Event-Timestamp. */
      readonly clockOffsetMs: number | undefined;
      /** Decoded a second time, from what the spool would keep. */
      readonly reopened: DecodeResult;
    });

interface Framed {
  readonly packet: Packet;
  readonly described: DescribedPacket;
}

export interface JourneyOptions {
  readonly dictionary: Dictionary;
  /** What takes the first decoder's place, to show that its faults are found. */
  readonly decode?: typeof decodeAccountingRequest;
}

/** Returns the function that takes a datagram the whole way. */
export function createJourney({
  dictionary,
  decode = decodeAccountingRequest,
}: JourneyOptions): (input: FuzzInput) => Journey {
  const valueName: DecodeContext['valueName'] = (type, value) =>
    dictionary.attribute(undefined, type)?.valueNames.get(value);

  return (input) => {
    const { datagram, nas, arrivedAt } = input;
    const reopen = createReopen({ findNas: () => nas, valueName });
    const received = { sourceAddress: SOURCE_ADDRESS, sourcePort: 1024, arrivedAt };
    const parsed = parsePacket(datagram);
    if (!parsed.ok) {
      const { decoded } = reopen({ ...received, clockOffsetMs: undefined, bytes: datagram });
      return { kind: 'no-packet', reason: parsed.reason, reopened: decoded };
    }
    const { packet } = parsed;
    const framed = { packet, described: describePacket(packet, dictionary) };
    const proof = verified(packet, nas);
    if (!proof.ok) return { ...framed, kind: 'discarded', reason: proof.reason };
    const { secret } = proof;
    if (packet.code === Code.StatusServer) {
      return { ...framed, kind: 'status', secret, reply: statusReply(packet, secret) };
    }
    let clockOffsetMs: number | undefined;
    const decoded = decode(packet, {
      nasOf: () => nas,
      sourceAddress: SOURCE_ADDRESS,
      arrivedAt,
      clockOffsetMs: (_, seen) => {
        clockOffsetMs = learned(input.clock, seen);
        return clockOffsetMs;
      },
      valueName,
    });
    const reply = encodeAccountingResponse(packet, secret);
    const reopened = reopen({ ...received, clockOffsetMs, bytes: packet.bytes }).decoded;
    return { ...framed, kind: 'accounting', secret, reply, decoded, clockOffsetMs, reopened };
  };
}

// The accounting port's order: the code first, so that what it does not serve costs no digest.
function verified(packet: Packet, nas: FuzzInput['nas']) {
  if (packet.code !== Code.AccountingRequest && packet.code !== Code.StatusServer) {
    return { ok: false, reason: 'unknown-code' } as const;
  }
  return verifyRequest(packet, nas);
}

function statusReply(request: Packet, secret: Buffer): Buffer {
  return encodeResponse({
    request,
    code: Code.AccountingResponse,
    attributes: Buffer.alloc(0),
    secret,
    messageAuthenticator: true,
  });
}

function learned(clock: FuzzInput['clock'], seen: Parameters<DecodeContext['clockOffsetMs']>[1]): number {
  if (typeof clock === 'number') return clock;
  const offsets = new ClockOffsets();
  for (const earlier of clock) offsets.observe('nas', earlier);
  return offsets.observe('nas', seen);
}
