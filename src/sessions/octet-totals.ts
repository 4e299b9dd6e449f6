/** What the octet counters of a record say about a run: 32-bit wraps, Gigawords, direction and unit. Pure. */
import type { SessionRecord, WireTotal } from '../accounting/record.ts';
import { type OctetPair, type Run, SLACK_SECONDS } from './run.ts';

/** A record's totals in octets of the run; undefined = that counter was not in the packet. */
export interface Totals {
  readonly input: number | undefined;
  readonly output: number | undefined;
}

/** How fast a session can count, in kbit/s per direction; undefined = the NAS's maximum. */
export interface LineRates {
  readonly inputKbps: number | undefined;
  readonly outputKbps: number | undefined;
}

const WORD = 2 ** 32;
const OCTETS_PER_SECOND_PER_KBPS = 125;
/** Bandwidth limits are averages; a wrap may run a quarter above them. */
const WRAP_RATE_ALLOWANCE = 1.25;

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

/** Returns a record's totals within a run, wraps added; a total below the run's is one that fell. */
export function totalsWithin(run: Run, record: SessionRecord, isNewer: boolean, rates: LineRates): Totals {
  const { input, output } = userSide(run.isReversed, record.input, record.output);
  const context = { run, record, isNewer };
  return {
    input: total(input, run.inputOctets, rates.inputKbps, context),
    output: total(output, run.outputOctets, rates.outputKbps, context),
  };
}

/** Returns what a run grows by: never less than nothing, so that order cannot matter. */
export function growth(run: Run, totals: Totals): OctetPair {
  return {
    input: Math.max(0, (totals.input ?? 0) - run.inputOctets),
    output: Math.max(0, (totals.output ?? 0) - run.outputOctets),
  };
}

/** Returns whether a total lies below what the run has counted already. */
export function hasFallen(run: Run, totals: Totals): boolean {
  return (
    (totals.input ?? run.inputOctets) < run.inputOctets ||
    (totals.output ?? run.outputOctets) < run.outputOctets
  );
}

/** Returns whether octets could have passed in a time at the NAS's maximum rate. */
export function isPlausible(growing: OctetPair, seconds: number, maxRateKbps: number): boolean {
  const most = maxRateKbps * OCTETS_PER_SECOND_PER_KBPS * (seconds + SLACK_SECONDS);
  return growing.input <= most && growing.output <= most;
}

/** Returns whether a 32-bit counter could have wrapped unseen in the seconds since a run's last record. */
export function couldWrapUnseen(run: Run, record: SessionRecord, rates: LineRates): boolean {
  if (run.hasGigawords || record.nas.sendsGigawords === true) return false;
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

function total(
  wire: WireTotal | undefined,
  stored: number,
  limitKbps: number | undefined,
  { run, record, isNewer }: { run: Run; record: SessionRecord; isNewer: boolean },
): number | undefined {
  if (wire === undefined) return undefined;
  const unit = run.octetUnit;
  if (wire.gigawords !== undefined) return octetsOf(wire, unit);
  // Without Gigawords the high word is the run's own, from its earlier records or wraps.
  const highWords = Math.floor(stored / unit / WORD) * WORD;
  const kept = (highWords + wire.low) * unit;
  if (kept >= stored || !isNewer) return kept;
  const sendsGigawords = run.hasGigawords || record.nas.sendsGigawords === true;
  // A NAS that sends Gigawords at all would have sent them with the first wrap.
  if (sendsGigawords && highWords === 0) return kept;
  const wrapped = kept + WORD * unit;
  return isWrapPlausible(wrapped - stored, limitKbps ?? record.nas.maxRateKbps, elapsedSeconds(run, record))
    ? wrapped
    : wire.low * unit;
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
