/** Mutated packets sent to a real server over UDP: it does with each what was found without a socket, and goes on. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import { type ServerHarness, startServer } from '../support/radius-server.ts';
import { testNas } from '../support/records.ts';
import { FORMER_SECRET, type FuzzInput, fuzzInput, SWEEP_COUNT } from './fuzz-input.ts';
import { createJourney, type Journey } from './journey.ts';
import { readSeedPackets } from './seed-packets.ts';

const SEED = 11;
const COUNT = 2_000;

const packets = readSeedPackets();
const secrets = [...new Set([...packets.map(({ secret }) => secret.toString()), FORMER_SECRET.toString()])];
const nas = testNas({ secrets: secrets.map((secret) => Buffer.from(secret)) });
const journeyOf = createJourney({
  dictionary: loadDictionary(join(import.meta.dirname, '../../dictionaries')),
});

let harness: ServerHarness;

beforeEach(async () => {
  harness = await startServer({ secrets });
});

afterEach(() => harness.close());

/** Returns inputs of which no two have the same header: the second would be taken for the first one's retransmission. */
function distinctInputs(): FuzzInput[] {
  const inputs = Array.from({ length: COUNT }, (_, index) => ({
    ...fuzzInput(packets, SEED, SWEEP_COUNT + index),
    nas,
  }));
  return [...new Map(inputs.map((input) => [input.datagram.toString('hex', 0, 20), input])).values()];
}

/** What a server must have done with a datagram. */
function expectedOf(journey: Journey): string {
  if (journey.kind === 'no-packet' || journey.kind === 'discarded') return `discarded: ${journey.reason}`;
  // A Status-Server's answer is one of many that are right; an Accounting-Response is the only one.
  return journey.kind === 'status' ? 'answered' : `answered: ${journey.reply.toString('hex')}`;
}

async function observedOf({ datagram }: FuzzInput, journey: Journey): Promise<string> {
  const discardsBefore = harness.discards.length;
  await harness.sendAndSettle(datagram);
  if (harness.discards.length > discardsBefore) return `discarded: ${harness.discards.at(-1)?.reason}`;
  const { bytes } = await harness.nas.next();
  return journey.kind === 'status' ? 'answered' : `answered: ${bytes.toString('hex')}`;
}

it('answers what is authentic, discards the rest for the same reason, and reports no fault', async () => {
  const inputs = distinctInputs();
  expect(inputs.length).toBeGreaterThan(COUNT * 0.8);
  for (const input of inputs) {
    const journey = journeyOf(input);
    const observed = await observedOf(input, journey);
    expect(observed, input.datagram.toString('hex')).toBe(expectedOf(journey));
  }
  expect(harness.nas.pending()).toBe(0);
  expect(harness.errors).toEqual([]);
}, 60_000);
