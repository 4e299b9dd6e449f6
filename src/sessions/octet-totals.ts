/** What the octet counters of a record say about a run: how much it grew, whether they restarted, whether it was said before. Pure. */
import type { SessionRecord } from '../accounting/record.ts';
import {
  elapsedSeconds,
  hasTotals,
  type SaidTotals,
  sendsGigawords,
  totalsByWords,
  WORD,
} from './octet-words.ts';
import { type LineRates, OCTETS_PER_SECOND_PER_KBPS, type Totals, totalsAfterFall } from './octet-wraps.ts';
import { type OctetPair, type Run, SLACK_SECONDS } from './run.ts';

/** Returns a record's totals within a run, undefined where it has none; `age` as compareAge gives it: only a newer record can have wrapped. */
export function totalsWithin(
  run: Run,
  record: SessionRecord,
  age: number,
  rates: LineRates,
): Totals | undefined {
  if (!hasTotals(record)) return undefined;
  const words = totalsByWords(run, record, age);
  const failed = failedCounter(run, words);
  // What the other one grew by is certain only in a Stop, which no record follows that could fall below it.
  if (failed !== undefined && record.statusType !== 'Stop') return undefined;
  const said = failed === undefined ? words : { ...words, [failed]: undefined };
  const isFallen =
    (said.input ?? run.inputOctets) < run.inputOctets || (said.output ?? run.outputOctets) < run.outputOctets;
  if (!isFallen) return { ...said, fall: 'none' };
  // A NAS that sends Gigawords at all would have sent them with the first wrap.
  if (age <= 0 || sendsGigawords(run, record)) return { ...said, fall: 'restart' };
  return totalsAfterFall(run, record, { said, rates });
}

/** Returns whether a record says exactly what a run's last one said, in the counters that did not fail. */
export function repeats(run: Run, record: SessionRecord): boolean {
  if (record.sessionTimeSeconds !== run.sessionTimeSeconds || !hasTotals(record)) return false;
  const { input = 0, output = 0 } = totalsByWords(run, record, -1);
  const isSame = (total: number, counted: number) => total === 0 || total === counted;
  return isUsed(run) && isSame(input, run.inputOctets) && isSame(output, run.outputOctets);
}

/** Returns whether a run has counted already all that a record says, and lasted as long. */
export function isHeld(run: Run, record: SessionRecord): boolean {
  if ((record.sessionTimeSeconds ?? 0) > (run.sessionTimeSeconds ?? 0)) return false;
  const { input = 0, output = 0 } = totalsByWords(run, record, -1);
  return isUsed(run) && input <= run.inputOctets && output <= run.outputOctets;
}

/** Returns whether a record may be of before a run's last: no longer, and with less. Where session time tells too, one counter may have been left out since. */
export function mayPrecede(run: Run, record: SessionRecord): boolean {
  if (record.sessionTimeSeconds === undefined) return isHeld(run, record);
  if (record.sessionTimeSeconds > (run.sessionTimeSeconds ?? 0)) return false;
  const { input = 0, output = 0 } = totalsByWords(run, record, -1);
  return isUsed(run) && (input <= run.inputOctets || output <= run.outputOctets);
}

/** Returns whether a record may go on where a run stands: no shorter, and with no less in the counters that did not fail. Without Gigawords, one may have wrapped. */
export function mayFollow(run: Run, record: SessionRecord): boolean {
  if ((record.sessionTimeSeconds ?? 0) < (run.sessionTimeSeconds ?? 0)) return false;
  const { input = 0, output = 0 } = totalsByWords(run, record, 1);
  const isMore = (total: number, counted: number) => total === 0 || total >= counted;
  const more = [isMore(input, run.inputOctets), isMore(output, run.outputOctets)];
  return isUsed(run) && (sendsGigawords(run, record) ? !more.includes(false) : more.includes(true));
}

/** Returns whether a run has counted anything. */
export function isUsed(run: Run): boolean {
  return run.inputOctets + run.outputOctets > 0;
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

/** A counter that is zero or left out while the other one did not fall: its driver failed, or both restarted. */
function failedCounter(run: Run, { input = 0, output = 0 }: SaidTotals): keyof OctetPair | undefined {
  if (input === 0 && run.inputOctets > 0 && output >= run.outputOctets) return 'input';
  if (output === 0 && run.outputOctets > 0 && input >= run.inputOctets) return 'output';
  return undefined;
}
