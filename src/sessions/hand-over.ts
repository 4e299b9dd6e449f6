/** A session that somebody else uses from a record on (EAP changes the name in mid-session). Pure. */
import type { SessionRecord } from '../accounting/record.ts';
import type { Octets } from '../radius/octets.ts';
import { newRun } from './begin-run.ts';
import { type OctetPair, presumeClosed, type Run, startsOf } from './run.ts';
import { compareAge } from './run-clocks.ts';
import { nextNumber } from './run-number.ts';

/** Why a run is over whose session somebody else uses from then on. */
const HANDED_OVER = 'User-Request';

/** Returns whether somebody else uses the session from this record on; a late record of the user before changes nothing. */
export function isHandover(run: Run, record: SessionRecord, userId: number | undefined): boolean {
  return (
    userId !== undefined && run.userId !== undefined && userId !== run.userId && compareAge(run, record) >= 0
  );
}

/** Returns whether a run ended because somebody else went on with its session. */
export function isHandedOver({ closeKind, terminateCause }: Run): boolean {
  return closeKind === 'presumed' && terminateCause === HANDED_OVER;
}

/** What a handover makes of a run that its record has joined already. */
interface Handover {
  readonly runs: readonly Run[];
  readonly record: SessionRecord;
  /** Whom the record names. */
  readonly owner: { readonly userId: number | undefined; readonly classToken?: Octets | undefined };
  /** What the record added, in octets. */
  readonly delta: OctetPair;
}

/** Returns the run of the user before, over and without the record's growth, and that of the user since, who gets it: each row's metered octets are one user's. */
export function handOver(
  joined: Run,
  { runs, record, owner, delta }: Handover,
): { readonly before: Run; readonly after: Run } {
  const before: Run = {
    ...joined,
    inputOctets: joined.inputOctets - delta.input,
    outputOctets: joined.outputOctets - delta.output,
  };
  const fresh = newRun(record, {
    runNumber: nextNumber(runs),
    userId: owner.userId,
    classToken: owner.classToken,
    totals: { input: joined.inputOctets, output: joined.outputOctets },
  });
  const after: Run = {
    ...fresh,
    isReversed: joined.isReversed,
    octetUnit: joined.octetUnit,
    hasGigawords: joined.hasGigawords,
    unmeteredOctets: before.inputOctets + before.outputOctets,
    sessionTimeSeconds: joined.sessionTimeSeconds,
    ...startsOf(joined),
  };
  return { before: presumeClosed(before, record.eventAt, HANDED_OVER), after };
}
