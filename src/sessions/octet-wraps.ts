/** Of a 32-bit counter that fell: whether it wrapped, or restarted with the other one. Pure. */
import type { SessionRecord } from '../accounting/record.ts';
import { elapsedSeconds, growth, packetGrowth, type SaidTotals, WORD } from './octet-words.ts';
import { type OctetPair, type Run, SLACK_SECONDS } from './run.ts';

/**
 * Whether a total lies below what the run has counted. `restart`: the counters began again. `unclear`: they did, or one
 * of them wrapped, and nothing tells which.
 */
export type Fall = 'none' | 'restart' | 'unclear';

/** A record's totals in octets of the run, wraps added; undefined = the record does not say. */
export interface Totals extends SaidTotals {
  readonly fall: Fall;
}

/** How fast a session can count, in kbit/s per direction; undefined = the NAS's maximum. */
export interface LineRates {
  readonly inputKbps: number | undefined;
  readonly outputKbps: number | undefined;
}

/** A kilobit per second in octets per second. */
export const OCTETS_PER_SECOND_PER_KBPS = 125;
/** Bandwidth limits are averages; a wrap may run a quarter above them. */
const WRAP_RATE_ALLOWANCE = 1.25;
/** Where nothing else tells a wrap from a restart, a line is as busy as before within a quarter. */
const USUAL_FACTOR = 1.25;
/** RFC 791 §3.1: the longest packet there is; drivers that merge packets count none longer. */
const PACKET_OCTETS_MAX = 65_535;

type Direction = keyof OctetPair;

/** What a record says, which counters of it fell, and how much would have passed had they wrapped. */
interface Fallen {
  readonly said: SaidTotals;
  readonly directions: readonly Direction[];
  readonly lifted: SaidTotals;
  readonly grown: OctetPair;
  readonly seconds: number;
  /** For how long it may have been since the totals were counted that it fell below. */
  readonly secondsMax: number;
}

/** Returns the totals of a newer record of a NAS without Gigawords of which at least one fell; undefined where nothing certain can be said. */
export function totalsAfterFall(
  run: Run,
  record: SessionRecord,
  { said, rates }: { said: SaidTotals; rates: LineRates },
): Totals | undefined {
  const fallen = fallenOf(run, record, said);
  const packets = packetGrowth(run, record);
  // Packet counters restart with the octets, and do not wrap with them.
  if (packets === 'fell' || !isPossible(record, fallen, rates)) return { ...said, fall: 'restart' };
  return packets === undefined ? byRate(run, record, { fallen, rates }) : byPackets(fallen, packets);
}

function fallenOf(run: Run, record: SessionRecord, said: SaidTotals): Fallen {
  const isFallen = (direction: Direction) =>
    (said[direction] ?? counted(run, direction)) < counted(run, direction);
  const directions = (['input', 'output'] as const).filter(isFallen);
  const lift = (direction: Direction) =>
    isFallen(direction) ? (said[direction] ?? 0) + WORD * run.octetUnit : said[direction];
  const lifted = { input: lift('input'), output: lift('output') };
  // Session times jitter: what looks like no time may be a few seconds.
  const seconds = Math.max(elapsedSeconds(run, record), SLACK_SECONDS);
  // Session time stays where the totals stay; without it, records that left them out have moved the run's clock on.
  const sinceStart = (record.eventAt - run.startedAt) / 1000;
  const secondsMax =
    run.sessionTimeSeconds === undefined || record.sessionTimeSeconds === undefined
      ? Math.max(seconds, sinceStart)
      : seconds;
  return { said, directions, lifted, grown: growth(run, lifted), seconds, secondsMax };
}

/** Whether the line could have carried a wrap. */
function isPossible(
  record: SessionRecord,
  { grown, secondsMax }: Pick<Fallen, 'grown' | 'secondsMax'>,
  rates: LineRates,
): boolean {
  const isWithin = (octets: number, kbps: number | undefined) =>
    octets <=
    WRAP_RATE_ALLOWANCE * (kbps ?? record.nas.maxRateKbps) * OCTETS_PER_SECOND_PER_KBPS * secondsMax;
  return isWithin(grown.input, rates.inputKbps) && isWithin(grown.output, rates.outputKbps);
}

function byPackets({ said, lifted, grown }: Fallen, packets: OctetPair): Totals {
  const fits =
    grown.input <= packets.input * PACKET_OCTETS_MAX && grown.output <= packets.output * PACKET_OCTETS_MAX;
  return fits ? { ...lifted, fall: 'none' } : { ...said, fall: 'restart' };
}

/** Without packet counters a wrap is one of a single counter that goes on as it did; two that fall at once have restarted. */
function byRate(
  run: Run,
  record: SessionRecord,
  { fallen, rates }: { fallen: Fallen; rates: LineRates },
): Totals | undefined {
  const { said, directions, lifted, grown, seconds } = fallen;
  const wrapping = directions.filter((direction) => said[direction] !== 0);
  const [only] = wrapping;
  if (only === undefined || wrapping.length > 1) return { ...said, fall: 'restart' };
  const other = only === 'input' ? 'output' : 'input';
  const isOtherSilent = said[other] === undefined || directions.includes(other);
  // A counter that failed together with one that fell: the next record tells, unless there is none.
  if (isOtherSilent)
    return record.statusType === 'Stop' ? unclear(run, { ...said, [other]: undefined }, only) : undefined;
  const isSurelyPossible = isPossible(record, { grown, secondsMax: seconds }, rates);
  return isSurelyPossible && goesOnAsUsual(run, fallen, { wrapping: only, other })
    ? { ...lifted, fall: 'none' }
    : unclear(run, said, only);
}

/** A wrap shows a line that is as busy as it was: the counter that wrapped not much busier, the other one not much less. */
function goesOnAsUsual(
  run: Run,
  { grown, seconds }: Fallen,
  { wrapping, other }: { wrapping: Direction; other: Direction },
): boolean {
  const soFarSeconds = run.sessionTimeSeconds ?? (run.updatedAt - run.startedAt) / 1000;
  const usual = (direction: Direction) => (counted(run, direction) / soFarSeconds) * seconds;
  return (
    soFarSeconds > 0 &&
    grown[wrapping] <= USUAL_FACTOR * usual(wrapping) &&
    grown[other] * USUAL_FACTOR >= usual(other) &&
    (counted(run, other) > 0 || grown[other] === 0)
  );
}

/** What fell counts from zero, if only by its low word; the other one goes on. */
function unclear(run: Run, said: SaidTotals, direction: Direction): Totals {
  return { ...said, [direction]: (said[direction] ?? 0) % (WORD * run.octetUnit), fall: 'unclear' };
}

function counted(run: Run, direction: Direction): number {
  return direction === 'input' ? run.inputOctets : run.outputOctets;
}
