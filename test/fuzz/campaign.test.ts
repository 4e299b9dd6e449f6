/** A bounded share of `npm run fuzz`, and whether it would notice. */
import { describe, expect, it } from 'vitest';
import {
  type DecodeContext,
  type DecodeResult,
  decodeAccountingRequest,
} from '../../src/accounting/decode.ts';
import { isSessionRecord, type SessionRecord } from '../../src/accounting/record.ts';
import type { Packet } from '../../src/radius/packet.ts';
import { type CampaignFailure, runCampaign } from './campaign.ts';
import { SWEEP_COUNT } from './fuzz-input.ts';

const SEED = 3;
const MUTATED_COUNT = 20_000;

/** Shows a failure as `npm run fuzz` would. */
function failureText(failure: CampaignFailure | undefined): string | undefined {
  return failure && `input ${failure.index}, ${failure.input.datagram.toString('hex')}: ${failure.error}`;
}

describe('the way of a datagram', () => {
  it('gives a value for every Type and Length of attribute and for mutated packets, and reaches every outcome', () => {
    const { counts, failure } = runCampaign({ seed: SEED, count: SWEEP_COUNT + MUTATED_COUNT });
    expect(failureText(failure)).toBeUndefined();
    expect(counts.missing()).toEqual([]);
  }, 120_000);

  it('is walked again by the same seed and number', () => {
    const lines = () => runCampaign({ seed: SEED, from: SWEEP_COUNT, count: 500 }).counts.lines();
    expect(lines()).toEqual(lines());
  });
});

describe('a decoder that is wrong is found out', () => {
  type Decode = typeof decodeAccountingRequest;

  /** The decoder with its session records changed. */
  const changing =
    (change: (record: SessionRecord, packet: Packet) => Partial<SessionRecord>): Decode =>
    (packet: Packet, context: DecodeContext): DecodeResult => {
      const decoded = decodeAccountingRequest(packet, context);
      if (!decoded.ok || !isSessionRecord(decoded.record)) return decoded;
      return { ...decoded, record: { ...decoded.record, ...change(decoded.record, packet) } };
    };

  it.each<[string, Decode]>([
    [
      'that throws for an attribute of 253 octets',
      (packet, context) => {
        if (packet.bytes.includes(Buffer.of(31, 255))) throw new RangeError('too long');
        return decodeAccountingRequest(packet, context);
      },
    ],
    ['that puts events a second late', changing(({ eventAt }) => ({ eventAt: eventAt + 1000 }))],
    ['that reads text as UTF-8', changing(({ userName }) => ({ userName: userName && utf8(userName) }))],
    [
      'that forgets the Gigawords',
      changing(({ input }) => ({ input: input && { ...input, gigawords: undefined } })),
    ],
    [
      'that takes missing octets for zero',
      changing(({ output }) => ({ output: output ?? { low: 0, gigawords: undefined } })),
    ],
    ['that takes the last of several', changing((_, { bytes }) => ({ acctSessionId: lastSessionId(bytes) }))],
    ['that makes short run keys', changing(({ runKey }) => ({ runKey: runKey.slice(1) }))],
    ['that reverses everybody', changing(() => ({ isReversed: true }))],
    [
      'that gives prefixes of 129 bits',
      changing(({ details }) => ({
        details: { ...details, address: { ...details.address, framedIpv6Prefix: '::/129' } },
      })),
    ],
    [
      'that writes into what was received',
      changing((_, { bytes }) => {
        bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
        return {};
      }),
    ],
  ])('%s', (_, decode) => {
    const { failure } = runCampaign({ seed: SEED, from: SWEEP_COUNT, count: MUTATED_COUNT, decode });
    expect(failure).toBeDefined();
  });
});

function utf8(octets: string): string {
  return Buffer.from(octets, 'latin1').toString();
}

function lastSessionId(bytes: Buffer): string {
  let last = '';
  for (let at = 20; at < bytes.length; at += bytes[at + 1] ?? 256) {
    if (bytes[at] === 44) last = bytes.toString('latin1', at + 2, at + (bytes[at + 1] ?? 0));
  }
  return last;
}
