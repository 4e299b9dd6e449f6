/** One input of the fuzzing run, made of the run's seed and the input's number alone. */
import type { ClockReading } from '../../src/accounting/decode.ts';
import { DIRECTIONS, type Nas } from '../../src/nas/nas.ts';
import { testNas } from '../support/records.ts';
import { ATTRIBUTE_MUTATIONS } from './attribute-mutations.ts';
import { BYTE_MUTATIONS } from './byte-mutations.ts';
import { putTogether, takeApart } from './loose-packet.ts';
import { Random } from './random.ts';
import type { SeedPacket } from './seed-packets.ts';
import { signed } from './signature.ts';

export interface FuzzInput {
  readonly datagram: Buffer;
  /** Who it comes from: its secrets, the current one first, and its habits. */
  readonly nas: Nas;
  /** Epoch milliseconds. */
  readonly arrivedAt: number;
  /** What the NAS's clock was learned from before, or the offset itself in milliseconds. */
  readonly clock: readonly ClockReading[] | number;
}

/** The first inputs are all attributes of every Type (0 to 255) and Length (0 to 255) there can be. */
export const SWEEP_COUNT = 256 * 256;

const ARRIVAL = Date.parse('2026-11-22T13:56:40Z');
// Our own clock may be anything: just begun, past 2106, past what a 32-bit count of milliseconds holds.
const STRANGE_ARRIVALS = [0, 1, 2 ** 31, 2 ** 32 * 1000 + 1, Date.parse('2200-01-01T00:00:00Z')];
const ACCOUNTING_REQUEST = 4;
const STATUS_SERVER = 12;
/** The one being retired, of those NASes that have two. */
export const FORMER_SECRET = Buffer.from('former');
const FOREIGN_SECRET = Buffer.from('foreign');

/** Returns input number `index` of the run with that seed. */
export function fuzzInput(packets: readonly SeedPacket[], seed: number, index: number): FuzzInput {
  const random = new Random(seed, index);
  const packet = random.pick(packets);
  const secrets = random.chance(0.2) ? [packet.secret, FORMER_SECRET] : [packet.secret];
  const nas = testNas({ secrets, direction: random.pick(DIRECTIONS) });
  const unsigned = index < SWEEP_COUNT ? sweep(index, random) : mutated(packet.bytes, random);
  return {
    datagram: signedSomehow(unsigned, nas, random),
    nas,
    arrivedAt: random.chance(0.03) ? random.pick(STRANGE_ARRIVALS) : ARRIVAL + random.below(100_000),
    clock: clock(random),
  };
}

function sweep(index: number, random: Random): Buffer {
  const length = index & 255;
  const before = Buffer.from('280600000003 2c03 61'.replaceAll(' ', ''), 'hex');
  const attribute = Buffer.concat([Buffer.of(index >> 8, length), random.bytes(Math.max(0, length - 2))]);
  const header = Buffer.alloc(20);
  header[0] = ACCOUNTING_REQUEST;
  return putTogether({ header, attributes: [], rest: Buffer.concat([before, attribute]) });
}

function mutated(bytes: Buffer, random: Random): Buffer {
  const isMangled = random.chance(0.75);
  const mangled = isMangled ? mutatedAttributes(bytes, random) : Buffer.from(bytes);
  const isServed = mangled[0] === ACCOUNTING_REQUEST || mangled[0] === STATUS_SERVER;
  if (!isServed && mangled.length > 0 && random.chance(0.9)) mangled[0] = ACCOUNTING_REQUEST;
  return !isMangled || random.chance(0.4) ? mutatedBytes(mangled, random) : mangled;
}

function mutatedAttributes(bytes: Buffer, random: Random): Buffer {
  const packet = takeApart(bytes);
  let { attributes } = packet;
  for (let times = 1 + random.below(5); times > 0; times--) {
    attributes = random.pick(ATTRIBUTE_MUTATIONS)(attributes, random);
  }
  return putTogether({ ...packet, attributes });
}

function mutatedBytes(bytes: Buffer, random: Random): Buffer {
  let result = bytes;
  for (let times = 1 + random.below(3); times > 0; times--) {
    result = random.pick(BYTE_MUTATIONS)(result, random);
  }
  // What is no packet ends at the first check; most of it is given its lengths back, so that it goes further.
  return random.chance(0.6) ? putTogether({ ...takeApart(result), rest: Buffer.alloc(0) }) : result;
}

// A large share gets past verification; the rest is unsigned, signed by a stranger, or changed once it was signed.
function signedSomehow(datagram: Buffer, { secrets }: Nas, random: Random): Buffer {
  const roll = random.below(100);
  if (roll < 86) return signed(datagram, random.pick(secrets));
  if (roll < 90) return datagram;
  if (roll < 94) return signed(datagram, FOREIGN_SECRET);
  const result = signed(datagram, random.pick(secrets));
  if (result.length < 20) return result;
  const at = random.chance(0.5) ? 4 + random.below(16) : random.below(result.length);
  result[at] = (result[at] ?? 0) ^ (1 << random.below(8));
  return result;
}

function clock(random: Random): readonly ClockReading[] | number {
  if (random.chance(0.2)) return random.pick([0, 1, -1, random.uint32(), -1000 * random.uint32()]);
  return Array.from({ length: random.below(3) }, () => ({
    nasEventAt: ARRIVAL - 1000 * random.below(100),
    arrivedAt: ARRIVAL - random.below(7_200_000),
    delaySeconds: random.below(10),
  }));
}
