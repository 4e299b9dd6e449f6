/** Plays records one after another, as one batch after another would, and writes down what became of each in few words. */
import { isSessionRecord, type NasRecord, type SessionRecord } from '../../src/accounting/record.ts';
import type { RecordOwner } from '../../src/sessions/decide-run.ts';
import type { Run } from '../../src/sessions/run.ts';
import { SessionLedger } from '../../src/sessions/session-ledger.ts';

/** Names that are users; every other name is nobody's. */
const USER_IDS: Readonly<Record<string, number>> = { john: 1, jane: 2, jack: 3 };
const SLOW_RATES = { inputKbps: undefined, outputKbps: undefined };

export interface Played {
  /** One for each record: `began 100/200`, `implausible`, `closed 2`. */
  readonly decisions: string[];
  /** In order of begin: `john 100/200 open`, unmetered octets behind `-`. */
  readonly runs: string[];
  /** Octets of each direction, over all runs. */
  readonly total: { readonly up: number; readonly down: number };
  /** Octets charged by user; `nobody` for those that no user is charged for. */
  readonly charged: Readonly<Record<string, number>>;
  readonly ledger: SessionLedger;
}

/** Returns what records in order of arrival come to. Throws where what users are charged differs from what the runs say they were. */
export function play(
  records: readonly (SessionRecord | NasRecord)[],
  rates: RecordOwner['rates'] = SLOW_RATES,
): Played {
  const ledger = new SessionLedger([]);
  const total = { up: 0, down: 0 };
  const charged: Record<string, number> = {};
  const decisions = records.map((record) => {
    if (!isSessionRecord(record)) return `closed ${ledger.closeAll(record)}`;
    const userId = record.userName === undefined ? undefined : USER_IDS[record.userName];
    const decision = ledger.apply(record, { userId, rates });
    if (decision.kind !== 'applied') return 'implausible';
    const { run, delta, how } = decision;
    total.up += delta.input;
    total.down += delta.output;
    const user = nameOf(run);
    charged[user] = (charged[user] ?? 0) + delta.input + delta.output;
    return `${how} ${delta.input}/${delta.output}`;
  });
  const runs = ledger.changed().sort((a, b) => a.runNumber - b.runNumber);
  for (const [user, octets] of Object.entries(charged)) {
    if (user === 'nobody') continue;
    const metered = runs.filter((run) => nameOf(run) === user).reduce((sum, run) => sum + meteredOf(run), 0);
    if (metered !== octets) throw new Error(`${user} was charged ${octets}, the runs say ${metered}`);
  }
  return { decisions, runs: runs.map(describeRun), total, charged, ledger };
}

function nameOf({ userId }: Run): string {
  return Object.entries(USER_IDS).find(([, id]) => id === userId)?.[0] ?? 'nobody';
}

function meteredOf({ inputOctets, outputOctets, unmeteredOctets }: Run): number {
  return inputOctets + outputOctets - unmeteredOctets;
}

function describeRun(run: Run): string {
  const unmetered = run.unmeteredOctets === 0 ? '' : ` -${run.unmeteredOctets}`;
  return `${nameOf(run)} ${run.inputOctets}/${run.outputOctets}${unmetered} ${run.closeKind}`;
}
