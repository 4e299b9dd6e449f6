/** What the octet counters of a record say about a run: 32-bit wraps, Gigawords, direction and unit. Pure. */
import type { SessionRecord, WireTotal } from '../accounting/record.ts';
import { type OctetPair, type Run, SLACK_SECONDS } from './run.ts';

/** A record's totals in octets of the run, wraps added; undefined = the record does not say. */
export interface Totals {
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly fall: Fall;
}

/**
 * Whether a total lies below what the run has counted. `restart`: the counters began again. `unclear`: they did, or one
 * of them wrapped, and nothing tells which.
 */
export type Fall = 'none' | 'restart' | 'unclear';

/** How fast a session can count, in kbit/s per direction; undefined = the NAS's maximum. */
export interface LineRates {
  readonly inputKbps: number | undefined;
  readonly outputKbps: number | undefined;
}

const WORD = 2 ** 32;
const OCTETS_PER_SECOND_PER_KBPS = 125;
/** Bandwidth limits are averages; a wrap may run a quarter above them. */
const WRAP_RATE_ALLOWANCE = 1.25;
/** Where nothing else tells a wrap from a restart, it may have grown up to twice as fast as before. */
const USUAL_RATE_ALLOWANCE = 2;
/** RFC 791 §3.1: the longest packet there is; drivers that merge packets count none longer. */
const PACKET_OCTETS_MAX = 65_535;

/** Returns whether a record moves counters at all: totals that are missing or all zero are what a driver that failed reports (vendors: Stop without octets). */
export function hasTotals(record: SessionRecord): boolean {
  return isCounting(record.input) || isCounting(record.output);
}

/** Returns whether a record carries a Gigawords attribute at all, be it zero. */
export function carriesGigawords(record: SessionRecord): boolean {
  return record.input?.gigawords !== undefined || record.output?.gigawords !== undefined;
}

function isCounting(total: WireTotal | undefined): boolean {
  return total !== undefined && (total.low > 0 || (total.gigawords ?? 0) > 0);
}

/** Returns a record's totals as the first of a run: nothing before them, so nothing wrapped. */
export function firstTotals(record: SessionRecord): OctetPair {
  const unit = record.nas.octetUnit;
  return userSide(record.isReversed, octetsOf(record.input, unit) ?? 0, octetsOf(record.output, unit) ?? 0);
}

/** Returns a record's totals within a run, undefined where it has none; `age` as compareAge gives it: only a newer record can have wrapped. */
export function totalsWithin(
  run: Run,
  record: SessionRecord,
  age: number,
  rates: LineRates,
): Totals | undefined {
  if (!hasTotals(record)) return undefined;
  const wire = userSide(run.isReversed, record.input, record.output);
  const said = {
    input: keptTotal(run, record, { wire: wire.input, stored: run.inputOctets, age }),
    output: keptTotal(run, record, { wire: wire.output, stored: run.outputOctets, age }),
  };
  const failed = failedCounter(run, said);
  if (failed !== undefined) {
    // What the other one grew by is certain only in a Stop, which no record follows that could fall below it.
    if (record.statusType !== 'Stop') return undefined;
    said[failed] = undefined;
  }
  const isFallen = {
    input: (said.input ?? run.inputOctets) < run.inputOctets,
    output: (said.output ?? run.outputOctets) < run.outputOctets,
  };
  if (!isFallen.input && !isFallen.output) return { ...said, fall: 'none' };
  // A NAS that sends Gigawords at all would have sent them with the first wrap.
  if (age <= 0 || sendsGigawords(run, record)) return { ...said, fall: 'restart' };
  return wrapped(run, record, { said, isFallen, rates });
}

/** Returns whether a record says exactly what a run's last one said, in the counters that did not fail. */
export function repeats(run: Run, record: SessionRecord): boolean {
  if (record.sessionTimeSeconds !== run.sessionTimeSeconds || !hasTotals(record)) return false;
  const { input = 0, output = 0 } = wordsWithin(run, record);
  const isSame = (total: number, counted: number) => total === 0 || total === counted;
  return isUsed(run) && isSame(input, run.inputOctets) && isSame(output, run.outputOctets);
}

/** Returns whether a record may be of before a run's last: no longer, and not with more of both (one may have been left out since). */
export function contains(run: Run, record: SessionRecord): boolean {
  if ((record.sessionTimeSeconds ?? 0) > (run.sessionTimeSeconds ?? 0)) return false;
  const { input = 0, output = 0 } = wordsWithin(run, record);
  return isUsed(run) && (input <= run.inputOctets || output <= run.outputOctets);
}

/** Returns whether a record may go on where a run stands: no shorter, and not with less of both (one may have wrapped). */
export function continues(run: Run, record: SessionRecord): boolean {
  if ((record.sessionTimeSeconds ?? 0) < (run.sessionTimeSeconds ?? 0)) return false;
  const { input = 0, output = 0 } = wordsWithin(run, record);
  return isUsed(run) && (input >= run.inputOctets || output >= run.outputOctets);
}

function isUsed(run: Run): boolean {
  return run.inputOctets + run.outputOctets > 0;
}

/** A record's totals, without Gigawords by the high words of the run. */
function wordsWithin(run: Run, record: SessionRecord): Said {
  const { input, output } = userSide(run.isReversed, record.input, record.output);
  return {
    input: keptTotal(run, record, { wire: input, stored: run.inputOctets, age: -1 }),
    output: keptTotal(run, record, { wire: output, stored: run.outputOctets, age: -1 }),
  };
}

/** Returns what a run grows by: never less than nothing, so that order cannot matter. */
export function growth(run: Run, totals: Pick<Totals, 'input' | 'output'>): OctetPair {
  return {
    input: Math.max(0, (totals.input ?? 0) - run.inputOctets),
    output: Math.max(0, (totals.output ?? 0) - run.outputOctets),
  };
}

/** Returns whether octets could have passed in a time at the NAS's maximum rate. */
export function isPlausible(growing: OctetPair, seconds: number, maxRateKbps: number): boolean {
  const most = maxRateKbps * OCTETS_PER_SECOND_PER_KBPS * (seconds + SLACK_SECONDS);
  return growing.input <= most && growing.output <= most;
}

/** Returns whether a 32-bit counter could have wrapped unseen in the seconds since a run's last record. */
export function couldWrapUnseen(run: Run, record: SessionRecord, rates: LineRates): boolean {
  if (sendsGigawords(run, record)) return false;
  const kbps = Math.max(
    rates.inputKbps ?? record.nas.maxRateKbps,
    rates.outputKbps ?? record.nas.maxRateKbps,
  );
  const seconds = elapsedSeconds(run, record);
  return seconds * kbps * OCTETS_PER_SECOND_PER_KBPS > WORD * run.octetUnit;
}

/** Returns the seconds between a run's last record and this one, by session time where the NAS sends it; never negative. */
export function elapsedSeconds(run: Run, record: SessionRecord): number {
  if (record.sessionTimeSeconds !== undefined && run.sessionTimeSeconds !== undefined) {
    return Math.max(0, record.sessionTimeSeconds - run.sessionTimeSeconds);
  }
  return Math.max(0, (record.eventAt - run.updatedAt) / 1000);
}

function sendsGigawords(run: Run, record: SessionRecord): boolean {
  return run.hasGigawords || record.nas.sendsGigawords === true;
}

/** A total by its own word, or, without Gigawords, with the high word of the run. */
function keptTotal(
  run: Run,
  record: SessionRecord,
  { wire, stored, age }: { wire: WireTotal | undefined; stored: number; age: number },
): number | undefined {
  if (wire === undefined || wire.gigawords !== undefined || wire.low === 0)
    return octetsOf(wire, run.octetUnit);
  const word = WORD * run.octetUnit;
  const highWords = Math.floor(stored / word) * word;
  const kept = highWords + wire.low * run.octetUnit;
  // An older total is no higher than the run's: it is of before the last wrap.
  if (age < 0 && kept > stored && highWords > 0) return kept - word;
  // Where Gigawords are left out they are zero, after a restart, or were forgotten: only the packets tell.
  if (kept < stored && highWords > 0 && sendsGigawords(run, record))
    return age > 0 && packetGrowth(run, record) === 'fell' ? kept - highWords : undefined;
  return kept;
}

function wordOf(total: number | undefined, unit: number): number | undefined {
  return total === undefined ? undefined : total % (WORD * unit);
}

type Said = Pick<Totals, 'input' | 'output'>;

/** A counter that is zero while the other one did not fall: its driver failed, or both restarted. */
function failedCounter(run: Run, { input, output }: Said): 'input' | 'output' | undefined {
  if (input === 0 && run.inputOctets > 0 && (output ?? run.outputOctets) >= run.outputOctets) return 'input';
  if (output === 0 && run.outputOctets > 0 && (input ?? run.inputOctets) >= run.inputOctets) return 'output';
  return undefined;
}

/** Of a counter without Gigawords that fell: it wrapped, or restarted with the other one. Packet counters do not wrap with the octets. */
function wrapped(
  run: Run,
  record: SessionRecord,
  { said, isFallen, rates }: { said: Said; isFallen: { input: boolean; output: boolean }; rates: LineRates },
): Totals | undefined {
  const packets = packetGrowth(run, record);
  const lifted = {
    input: isFallen.input ? (said.input ?? 0) + WORD * run.octetUnit : said.input,
    output: isFallen.output ? (said.output ?? 0) + WORD * run.octetUnit : said.output,
  };
  const grown = growth(run, lifted);
  const seconds = Math.max(elapsedSeconds(run, record), SLACK_SECONDS);
  const isPossible =
    packets !== 'fell' &&
    isWrapPlausible(grown.input, rates.inputKbps ?? record.nas.maxRateKbps, seconds) &&
    isWrapPlausible(grown.output, rates.outputKbps ?? record.nas.maxRateKbps, seconds);
  if (!isPossible) return { ...said, fall: 'restart' };
  if (packets === undefined) {
    if (isFallen.input && isFallen.output && said.input !== 0 && said.output !== 0)
      return { ...said, fall: 'restart' };
    const fallen: keyof OctetPair = isFallen.input && said.input !== 0 ? 'input' : 'output';
    const other = fallen === 'input' ? 'output' : 'input';
    const isSilent = said[other] === undefined || (said[other] === 0 && isFallen[other]);
    if (isSilent && record.statusType !== 'Stop') return undefined;
    const certain = isSilent ? { ...said, [other]: undefined } : said;
    if (isUsual(run, fallen, { grown: grown[fallen], seconds }))
      return { ...certain, [fallen]: lifted[fallen], fall: 'none' };
    return { ...certain, [fallen]: wordOf(said[fallen], run.octetUnit), fall: 'unclear' };
  }
  const fits =
    grown.input <= packets.input * PACKET_OCTETS_MAX && grown.output <= packets.output * PACKET_OCTETS_MAX;
  return fits ? { ...lifted, fall: 'none' } : { ...said, fall: 'restart' };
}

/** Whether a counter would have grown about as fast as it did so far. */
function isUsual(
  run: Run,
  direction: keyof OctetPair,
  { grown, seconds }: { grown: number; seconds: number },
): boolean {
  const counted = direction === 'input' ? run.inputOctets : run.outputOctets;
  const soFarSeconds = run.sessionTimeSeconds ?? (run.updatedAt - run.startedAt) / 1000;
  return soFarSeconds > 0 && grown * soFarSeconds <= USUAL_RATE_ALLOWANCE * counted * seconds;
}

/** How many packets passed since the run's last record; undefined where the NAS does not count them. */
function packetGrowth(run: Run, record: SessionRecord): OctetPair | 'fell' | undefined {
  const { inputPackets, outputPackets } = record;
  if (inputPackets === undefined || outputPackets === undefined) return undefined;
  if (inputPackets + outputPackets === 0 || run.inputPackets + run.outputPackets === 0) return undefined;
  const grown = { input: inputPackets - run.inputPackets, output: outputPackets - run.outputPackets };
  if (grown.input < 0 || grown.output < 0) return 'fell';
  return userSide(run.isReversed, grown.input, grown.output);
}

function isWrapPlausible(growing: number, kbps: number, seconds: number): boolean {
  return growing <= WRAP_RATE_ALLOWANCE * kbps * OCTETS_PER_SECOND_PER_KBPS * seconds;
}

function octetsOf(wire: WireTotal | undefined, unit: number): number | undefined {
  return wire === undefined ? undefined : ((wire.gigawords ?? 0) * WORD + wire.low) * unit;
}

/** RFC 2866 §5.3: input is what came from the user; some NASes count from the user's point of view instead. */
function userSide<T>(isReversed: boolean, input: T, output: T): { input: T; output: T } {
  return isReversed ? { input: output, output: input } : { input, output };
}
