/** Decodes attributes as an Accounting-Request that came from a NAS. */
import { join } from 'node:path';
import {
  type DecodeContext,
  type DecodeResult,
  decodeAccountingRequest,
} from '../../src/accounting/decode.ts';
import type { Nas } from '../../src/nas/nas.ts';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import { packetOf, signedRequest, type TestAttribute } from './packet-builder.ts';
import { EPOCH, testNas } from './records.ts';

const dictionary = loadDictionary(join(import.meta.dirname, '../../dictionaries'));

export interface DecodeOptions {
  readonly nas?: Nas;
  readonly sourceAddress?: string;
  readonly clockOffsetMs?: DecodeContext['clockOffsetMs'];
}

/** Returns what a packet with these attributes means that arrived at EPOCH; the NAS's clock is right unless said otherwise. */
export function decode(attributes: readonly TestAttribute[], options: DecodeOptions = {}): DecodeResult {
  return decodeAccountingRequest(packetOf(signedRequest({ attributes })), decodeContext(options));
}

/** Returns what decoding needs besides the bytes. */
export function decodeContext({ nas = testNas(), ...options }: DecodeOptions = {}): DecodeContext {
  return {
    nasOf: () => nas,
    sourceAddress: options.sourceAddress ?? '192.0.2.1',
    arrivedAt: EPOCH,
    clockOffsetMs: options.clockOffsetMs ?? (() => 0),
    valueName: (type, value) => dictionary.attribute(undefined, type)?.valueNames.get(value),
  };
}
