/** What the octet counters of one record say by themselves: words, Gigawords, direction, unit, packets. Pure. */
import type { SessionRecord, WireTotal } from '../accounting/record.ts';
import type { OctetPair, Run } from './run.ts';

/** Totals in octets of a run; undefined = the record does not say. */
export interface SaidTotals {
  readonly input: number | undefined;
  readonly output: number | undefined;
}

/** A 32-bit counter counts up to here before it wraps. */
export const WORD = 2 ** 32;

/** Returns whether a record moves counters at all: totals that are missing or all zero are what a driver that failed reports (vendors: Stop without octets). */
export function hasTotals(record: SessionRecord): boolean {
  return isCounting(record.input) || isCounting(record.output);
}

/** Returns whether a record carries a Gigawords attribute at all, be it zero. */
export function carriesGigawords(record: SessionRecord): boolean {
  return record.input?.gigawords !== undefined || record.output?.gigawords !== undefined;
}

/** Returns whether the NAS is known to send Gigawords, in this run or in any. */
export function sendsGigawords(run: Run, record: SessionRecord): boolean {
  return run.hasGigawords || record.nas.sendsGigawords === true;
}

/** Returns a record's totals as the first of a run: nothing before them, so nothing wrapped. */
export function firstTotals(record: SessionRecord): OctetPair {
  const unit = record.nas.octetUnit;
  return userSide(record.isReversed, octetsOf(record.input, unit) ?? 0, octetsOf(record.output, unit) ?? 0);
}

/** Returns a record's totals by their own words, or, without Gigawords, with the high words of the run; `age` as compareAge gives it. */
export function totalsByWords(run: Run, record: SessionRecord, age: number): SaidTotals {
  const { input, output } = userSide(run.isReversed, record.input, record.output);
  return {
    input: totalByWords(run, record, { wire: input, counted: run.inputOctets, age }),
    output: totalByWords(run, record, { wire: output, counted: run.outputOctets, age }),
  };
}

/** Returns what a run grows by: never less than nothing, so that order cannot matter. */
export function growth(run: Run, totals: SaidTotals): OctetPair {
  return {
    input: Math.max(0, (totals.input ?? 0) - run.inputOctets),
    output: Math.max(0, (totals.output ?? 0) - run.outputOctets),
  };
}

/** Returns the seconds between a run's last record and this one, by session time where the NAS sends it; never negative. */
export function elapsedSeconds(run: Run, record: SessionRecord): number {
  if (record.sessionTimeSeconds !== undefined && run.sessionTimeSeconds !== undefined) {
    return Math.max(0, record.sessionTimeSeconds - run.sessionTimeSeconds);
  }
  return Math.max(0, (record.eventAt - run.updatedAt) / 1000);
}

/** Returns how many packets passed since the run's last record, `fell` where fewer are counted now; undefined where the NAS does not count them. */
export function packetGrowth(run: Run, record: SessionRecord): OctetPair | 'fell' | undefined {
  const { inputPackets, outputPackets } = record;
  if (inputPackets === undefined || outputPackets === undefined) return undefined;
  if (inputPackets + outputPackets === 0 || run.inputPackets + run.outputPackets === 0) return undefined;
  const grown = { input: inputPackets - run.inputPackets, output: outputPackets - run.outputPackets };
  if (grown.input < 0 || grown.output < 0) return 'fell';
  return userSide(run.isReversed, grown.input, grown.output);
}

/** RFC 2866 §5.3: input is what came from the user; some NASes count from the user's point of view instead. */
function userSide<T>(isReversed: boolean, input: T, output: T): { input: T; output: T } {
  return isReversed ? { input: output, output: input } : { input, output };
}

function isCounting(total: WireTotal | undefined): boolean {
  return total !== undefined && (total.low > 0 || (total.gigawords ?? 0) > 0);
}

function totalByWords(
  run: Run,
  record: SessionRecord,
  { wire, counted, age }: { wire: WireTotal | undefined; counted: number; age: number },
): number | undefined {
  if (wire === undefined || wire.gigawords !== undefined || wire.low === 0)
    return octetsOf(wire, run.octetUnit);
  const word = WORD * run.octetUnit;
  const highWords = Math.floor(counted / word) * word;
  const total = highWords + wire.low * run.octetUnit;
  if (highWords === 0) return total;
  // An older total is no higher than the run's: it is of before the last wrap.
  if (age < 0 && total > counted) return total - word;
  if (!sendsGigawords(run, record)) return total;
  // Where Gigawords are left out they are zero, after a restart, or were forgotten: only the packets tell.
  const packets = age > 0 ? packetGrowth(run, record) : undefined;
  if (packets === undefined) return undefined;
  return packets === 'fell' ? total - highWords : total;
}

function octetsOf(wire: WireTotal | undefined, unit: number): number | undefined {
  return wire === undefined ? undefined : ((wire.gigawords ?? 0) * WORD + wire.low) * unit;
}
