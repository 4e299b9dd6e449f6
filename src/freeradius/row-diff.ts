/** What is to be written so that tables hold what they are to hold. Pure. */
import type { BridgeRow } from './bridge-rows.ts';

/** A row of radmeter's that is there. */
export interface StoredRow extends BridgeRow {
  readonly id: number;
}

/** Rows to take away and rows to add; no row that is there as it should be is touched. */
export interface RowDifference {
  readonly remove: readonly StoredRow[];
  readonly add: readonly BridgeRow[];
}

/** A difference, and whose rows it is about. */
export interface OwnedDifference extends RowDifference {
  readonly ownerId: number;
}

/** Returns the difference between rows that are there and rows that are wanted, each as often as it is wanted. */
export function rowDifference(there: readonly StoredRow[], wanted: readonly BridgeRow[]): RowDifference {
  const missing = new Map<string, BridgeRow[]>();
  for (const row of wanted) {
    const key = keyOf(row);
    missing.set(key, [...(missing.get(key) ?? []), row]);
  }
  const remove = there.filter((row) => missing.get(keyOf(row))?.pop() === undefined);
  return { remove, add: [...missing.values()].flat() };
}

function keyOf({ table, columns }: BridgeRow): string {
  const names = Object.keys(columns).sort();
  return JSON.stringify([table, ...names.map((name) => [name, String(columns[name])])]);
}
