/** The rows of `radacct` that sessions of another server's have become. */
import { type BatchTransaction, columnsNamed, type KeyedSelect, readOctets } from '../db/batch.ts';
import type { Run } from '../sessions/run.ts';

/** Reads the ids of runs, those that this batch inserts included; they are there after the next flush. What was not recorded has none. */
export function runIdsOf<T>(
  batch: BatchTransaction,
  recorded: ReadonlyMap<T, { readonly run: Run } | undefined>,
): () => ReadonlyMap<T, number> {
  const keys = new Set(
    [...recorded.values()].flatMap((each) => (each === undefined ? [] : [each.run.runKey])),
  );
  const pending = batch.select<RunIdRow>(RUN_IDS, [...keys]);
  return () => {
    const ids = new Map(
      pending
        .rows()
        .map(({ radacctid, runkey, run_number }) => [
          placeOf(readOctets(runkey) ?? '', run_number),
          radacctid,
        ]),
    );
    return new Map(
      [...recorded].flatMap(([item, each]) => {
        const id = each === undefined ? undefined : ids.get(placeOf(each.run.runKey, each.run.runNumber));
        return id === undefined ? [] : [[item, id] as const];
      }),
    );
  };
}

function placeOf(runKey: string, runNumber: number): string {
  return `${runNumber} ${runKey}`;
}

interface RunIdRow {
  readonly radacctid: number;
  readonly runkey: string;
  readonly run_number: number;
}

const RUN_IDS: KeyedSelect = {
  columns: [...columnsNamed('radacctid, run_number'), { name: 'runkey', isOctets: true }],
  from: 'FROM radacct WHERE runkey',
  kind: 'octets',
  orderBy: 'radacctid',
  isLocked: false,
};
