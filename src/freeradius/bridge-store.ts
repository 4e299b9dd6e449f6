/** FreeRADIUS's tables, as far as rows of them are radmeter's: `radmeter_user_id` and `radmeter_profile_id` say which those are; people's own have NULL there and are never touched. */
import type { Transaction } from '../db/database.ts';
import { type BridgeRow, type BridgeTable, GROUP_TABLES, USER_TABLES } from './bridge-rows.ts';
import type { OwnedDifference, StoredRow } from './row-diff.ts';

type Columns = Readonly<Record<string, string | number>>;

const OWNER = { user: 'radmeter_user_id', profile: 'radmeter_profile_id' } as const;

const PAIR = ['attribute', 'op', 'value'];
const COLUMNS: Readonly<Record<BridgeTable, readonly string[]>> = {
  radcheck: ['username', ...PAIR, 'statut'],
  radreply: ['username', ...PAIR],
  radusergroup: ['username', 'groupname', 'priority'],
  radgroupcheck: ['groupname', ...PAIR],
  radgroupreply: ['groupname', ...PAIR],
};

/** Rows of radmeter's and whose they are. */
export type OwnedRows = ReadonlyMap<number, readonly StoredRow[]>;

/** Whoever writes waits here for whoever else does, so that nothing is added twice. */
export async function lockBridge({ trx }: Pick<Transaction, 'trx'>): Promise<void> {
  await trx('settings').insert({ name: 'freeradius_sync_lock', value: '' }).onConflict('name').merge();
}

/** Returns the rows of these users, by their ids. */
export function rowsOfUsers(trx: Transaction['trx'], userIds: readonly number[]): Promise<OwnedRows> {
  return ownedRows(trx, USER_TABLES, { owner: OWNER.user, ids: userIds });
}

/** Returns the rows of every profile, by their ids. */
export function rowsOfProfiles(trx: Transaction['trx']): Promise<OwnedRows> {
  return ownedRows(trx, GROUP_TABLES, { owner: OWNER.profile, ids: undefined });
}

async function ownedRows(
  trx: Transaction['trx'],
  tables: readonly BridgeTable[],
  { owner, ids }: { readonly owner: string; readonly ids: readonly number[] | undefined },
): Promise<OwnedRows> {
  const owned = new Map<number, StoredRow[]>();
  for (const table of tables) {
    const query = trx(table).select('id', owner, ...COLUMNS[table]);
    const rows: (Columns & { readonly id: number })[] = await (ids === undefined
      ? query.whereNotNull(owner)
      : query.whereIn(owner, [...ids])
    ).orderBy('id');
    for (const row of rows) {
      const ownerId = Number(row[owner]);
      const columns = Object.fromEntries(COLUMNS[table].map((name) => [name, row[name] ?? '']));
      owned.set(ownerId, [...(owned.get(ownerId) ?? []), { table, id: row.id, columns }]);
    }
  }
  return owned;
}

/** SQLite takes no more terms in one statement. */
const ROWS_AT_ONCE = 100;

/** Writes what differs for users. */
export function writeUserRows(
  trx: Transaction['trx'],
  differences: readonly OwnedDifference[],
): Promise<void> {
  return writeRows(trx, USER_TABLES, { differences, owner: OWNER.user });
}

/** Writes what differs for profiles. */
export function writeGroupRows(
  trx: Transaction['trx'],
  differences: readonly OwnedDifference[],
): Promise<void> {
  return writeRows(trx, GROUP_TABLES, { differences, owner: OWNER.profile });
}

async function writeRows(
  trx: Transaction['trx'],
  tables: readonly BridgeTable[],
  { differences, owner }: { readonly differences: readonly OwnedDifference[]; readonly owner: string },
): Promise<void> {
  for (const table of tables) {
    const removed = differences.flatMap(({ remove }) => remove).filter((row) => row.table === table);
    for (const some of chunksOf(removed)) {
      await trx(table)
        .whereIn(
          'id',
          some.map(({ id }) => id),
        )
        .delete();
    }
    const added = differences.flatMap(({ add, ownerId }) =>
      add
        .filter((row) => row.table === table)
        .map((row: BridgeRow) => ({ ...row.columns, [owner]: ownerId })),
    );
    for (const some of chunksOf(added)) {
      // Django's radusergroup takes a pair once: one of its own does as well.
      const insert = trx(table).insert(some);
      await (table === 'radusergroup' ? insert.onConflict().ignore() : insert);
    }
  }
}

function* chunksOf<T>(items: readonly T[]): Generator<T[]> {
  for (let at = 0; at < items.length; at += ROWS_AT_ONCE) yield items.slice(at, at + ROWS_AT_ONCE);
}
