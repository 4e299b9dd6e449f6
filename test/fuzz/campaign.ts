/** A fuzzing run: input after input through the code, each outcome checked and counted, up to the first that is wrong. */
import { join } from 'node:path';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import { expectSound } from './expectations.ts';
import { type FuzzInput, fuzzInput } from './fuzz-input.ts';
import { createJourney, type JourneyOptions } from './journey.ts';
import { OutcomeCounts } from './outcome-classes.ts';
import { readSeedPackets } from './seed-packets.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** The number of the first input. */
  readonly from?: number;
  readonly count: number;
  readonly decode?: JourneyOptions['decode'];
  /** Called before each input with how many are done. */
  readonly onProgress?: (doneCount: number) => void;
}

/** An input that the code threw on, or did something with that it must never do. */
export interface CampaignFailure {
  readonly index: number;
  readonly input: FuzzInput;
  readonly error: unknown;
}

export interface CampaignResult {
  readonly counts: OutcomeCounts;
  readonly doneCount: number;
  readonly failure: CampaignFailure | undefined;
}

const DICTIONARIES = join(import.meta.dirname, '../../dictionaries');

/** Runs the inputs in order; never throws for what the code does with them. */
export function runCampaign({ seed, from = 0, count, decode, onProgress }: CampaignOptions): CampaignResult {
  const packets = readSeedPackets();
  const dictionary = loadDictionary(DICTIONARIES);
  const journeyOf = createJourney({ dictionary, ...(decode === undefined ? {} : { decode }) });
  const counts = new OutcomeCounts();
  for (let done = 0; done < count; done++) {
    onProgress?.(done);
    const index = from + done;
    const input = fuzzInput(packets, seed, index);
    const asReceived = Buffer.from(input.datagram);
    try {
      const journey = journeyOf(input);
      if (!input.datagram.equals(asReceived)) throw new Error('the received bytes were changed');
      expectSound(input, journey);
      counts.add(input, journey);
    } catch (error) {
      return {
        counts,
        doneCount: done,
        failure: { index, input: { ...input, datagram: asReceived }, error },
      };
    }
  }
  return { counts, doneCount: count, failure: undefined };
}
