/** The table `freeradius_changes`: whose rows in FreeRADIUS's tables may be others now. Written in the transaction of the change, where those tables are kept in step at all. */
import type { Knex } from 'knex';
import type { BatchTransaction, Column } from '../db/batch.ts';
import type { Transaction } from '../db/database.ts';
import type { TermsScope } from './terms-scope.ts';

const TABLE = 'freeradius_changes';
/** The row of `settings` that says whether the tables are kept in step; commands of other processes must know it, too. */
const SYNC = 'freeradius_sync';
const ON = 'on';

/** Says that changes are noted from now on. */
export async function beginFollowing({ trx }: Transaction): Promise<void> {
  await trx('settings').insert({ name: SYNC, value: ON }).onConflict('name').merge();
}

/** Says that nobody follows changes any more, and forgets those that were noted. */
export async function endFollowing({ trx }: Transaction): Promise<void> {
  const ended = await trx('settings').where({ name: SYNC, value: ON }).update({ value: 'off' });
  if (ended > 0) await trx(TABLE).delete();
}

/** Notes a change, in one statement that looks whether anybody wants to know. */
export async function noteForFreeradius(
  { trx, now }: Pick<Transaction, 'trx' | 'now'>,
  scope: TermsScope,
): Promise<void> {
  const scopeId = scope.kind === 'all' ? null : scope.id;
  await trx.raw(
    `INSERT INTO ${TABLE} (scope, scope_id, at) SELECT ?, ?, ? FROM settings WHERE name = ? AND value = ?`,
    [scope.kind, scopeId, now, SYNC, ON],
  );
}

/** Notes users whose usage crossed a limit in a batch of records, or began. */
export function noteTurnedUsers(batch: BatchTransaction, userIds: readonly number[]): void {
  const columns: Column<number>[] = [
    { name: 'scope', kind: 'text', value: () => 'user' },
    { name: 'scope_id', kind: 'number', value: (id) => id },
    { name: 'at', kind: 'number', value: () => batch.now },
  ];
  batch.insert(TABLE, columns, userIds);
}

/** A change that nobody has followed yet. */
export interface NotedChange {
  readonly id: number;
  readonly scope: TermsScope;
}

/** Returns the oldest changes. */
export async function notedChanges(knex: Knex, limit: number): Promise<NotedChange[]> {
  const rows: { id: number; scope: string; scope_id: number | null }[] = await knex(TABLE)
    .orderBy('id')
    .limit(limit)
    .select('id', 'scope', 'scope_id');
  return rows.map(({ id, scope, scope_id: scopeId }) => {
    const isOfSome = scope === 'user' || scope === 'profile' || scope === 'promotion';
    return { id, scope: isOfSome && scopeId !== null ? { kind: scope, id: scopeId } : { kind: 'all' } };
  });
}

/** Takes changes away that have been followed. */
export async function removeChanges(
  { trx }: Pick<Transaction, 'trx'>,
  ids: readonly number[],
): Promise<void> {
  await trx(TABLE)
    .whereIn('id', [...ids])
    .delete();
}
