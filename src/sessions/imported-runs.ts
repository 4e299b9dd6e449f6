/** Sessions that were open when another server's `radacct` was brought over: `radacct` does not keep what their NAS calls itself, so they stand under a key of their own until it reports next. */
import { hash } from 'node:crypto';
import type { SessionRecord } from '../accounting/record.ts';
import { type BatchTransaction, columnsNamed, type KeyedSelect } from '../db/batch.ts';
import type { Octets } from '../radius/octets.ts';
import { acctUniqueId } from './acct-unique-id.ts';
import { runsOfConnection } from './find-run.ts';
import type { Run } from './run.ts';
import { mayHaveBegunTogether } from './run-clocks.ts';
import { nextNumber, numberBetween } from './run-number.ts';
import { selectRuns } from './session-store.ts';

/** Returns the key of an open session that was brought over: of the address `radacct` has for its NAS and its Acct-Session-Id. No packet has it. */
export function importedKey(nasAddress: string, acctSessionId: Octets): Octets {
  return hash('md5', Buffer.from(`imported ${nasAddress}\0${acctSessionId}`, 'latin1'), 'binary');
}

const SETTING = 'imported_open_until';
/** A session that nothing was heard of for so long after an import does not go on. */
const AWAITED_MS = 31 * 86_400_000;

const SETTING_ROW: KeyedSelect = {
  columns: columnsNamed('value'),
  from: 'FROM settings WHERE name',
  kind: 'text',
  orderBy: 'name',
  isLocked: false,
};

/** Has whoever meters look for imported sessions among those that their records are of. */
export function awaitImported(batch: BatchTransaction): void {
  batch.change('REPLACE INTO settings (name, value) VALUES (?, ?)', [
    ['text', SETTING],
    ['text', String(batch.now + AWAITED_MS)],
  ]);
}

/** Finds the imported runs that records go on with. While none are awaited, a batch reads one row more. */
export class ImportedRuns {
  #awaitedUntil = 0;

  /**
   * Reads what tells; once the batch is flushed, the function it returns adds the imported runs that the records are of
   * to those of their keys, as runs of these keys from then on.
   *
   * Ask behind the locked usage: whoever imports locks that first, so that either sees what the other has written.
   */
  select(
    batch: BatchTransaction,
    records: readonly SessionRecord[],
  ): (runs: readonly Run[]) => Promise<readonly Run[]> {
    const ask = () => selectRuns(batch, importedKeysOf(records));
    const asked = this.#awaitedUntil > batch.now ? ask() : undefined;
    const setting = batch.select<{ value: string }>(SETTING_ROW, [SETTING]);
    return async (runs) => {
      this.#awaitedUntil = Number(setting.rows()[0]?.value ?? 0);
      if (this.#awaitedUntil <= batch.now) return runs;
      const imported = asked ?? ask();
      if (asked === undefined) await batch.flush();
      return takeOver(batch, { runs, imported: imported(), records });
    };
  }
}

function importedKeysOf(records: readonly SessionRecord[]): Octets[] {
  return [...new Set(records.flatMap(keysOf))];
}

/** FreeRADIUS keeps the NAS-IP-Address or NAS-IPv6-Address, and where there is none, where the packet came from. */
function keysOf({ sourceAddress, nasIpAddress, acctSessionId }: SessionRecord): Octets[] {
  const addresses = new Set([sourceAddress, nasIpAddress ?? sourceAddress]);
  return [...addresses].map((address) => importedKey(address, acctSessionId));
}

/** Returns the runs with those imported ones that go on in a record's key. */
function takeOver(
  batch: BatchTransaction,
  {
    runs,
    imported,
    records,
  }: { runs: readonly Run[]; imported: readonly Run[]; records: readonly SessionRecord[] },
): readonly Run[] {
  const known = new Set(runs.map(({ radacctId }) => radacctId));
  const waiting = new Set(imported.filter(({ radacctId }) => !known.has(radacctId)));
  const byKey = Map.groupBy(runs, ({ runKey }) => runKey);
  for (const record of waiting.size === 0 ? [] : records) {
    const keys = keysOf(record);
    const own = [...waiting].filter(({ runKey }) => keys.includes(runKey));
    for (const run of runsOfConnection(own, record, undefined)) {
      const others = byKey.get(record.runKey) ?? [];
      const runNumber = numberAmong(others, run);
      if (runNumber === undefined || !mayGoOn(run, record)) continue;
      waiting.delete(run);
      const taken = takenOver(run, record, runNumber);
      byKey.set(
        record.runKey,
        [...others, taken].sort((a, b) => a.runNumber - b.runNumber),
      );
      saveKey(batch, taken);
    }
  }
  return [...byKey.values()].flat();
}

/** One that was stopped is over: only what began with it is of it. */
function mayGoOn(run: Run, record: SessionRecord): boolean {
  return run.closeKind !== 'stopped' || mayHaveBegunTogether(run, record);
}

/** Returns the number that has a run stand where it began; undefined where there is no room. */
function numberAmong(runs: readonly Run[], { startedAt }: Run): number | undefined {
  const at = runs.findIndex((other) => other.startedAt > startedAt);
  const after = runs[at];
  if (after === undefined) return nextNumber(runs);
  const before = runs[at - 1];
  const between = numberBetween(before, after);
  return between === before?.runNumber ? undefined : between;
}

/** What its NAS calls itself, and where it sends from, scopes an Accounting-On. */
function takenOver(
  run: Run,
  { runKey, sourceAddress, nasIdentifier }: SessionRecord,
  runNumber: number,
): Run {
  return { ...run, runKey, runNumber, sourceAddress, nasIdentifier };
}

function saveKey(
  batch: BatchTransaction,
  { radacctId, runKey, runNumber, sourceAddress, nasIdentifier }: Run,
): void {
  batch.change(
    'UPDATE radacct SET runkey = ?, run_number = ?, acctuniqueid = ?, source_address = ?, nas_identifier = ? WHERE radacctid = ?',
    [
      ['octets', runKey],
      ['number', runNumber],
      ['text', acctUniqueId(runKey, runNumber)],
      ['text', sourceAddress],
      ['octets', nasIdentifier],
      ['number', radacctId],
    ],
  );
}
