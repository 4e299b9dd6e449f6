/**
 * The table `changed_terms`: what commands changed that open sessions may have to be told. One row for a change, however
 * many users it concerns, in the transaction that makes it; whoever reads the row finds them and takes it away.
 */
import type { Transaction } from '../db/database.ts';
import { lockFreeRows } from '../db/dialect.ts';
import { noteForFreeradius } from './freeradius-changes.ts';
import type { TermsScope } from './terms-scope.ts';

export type { TermsScope } from './terms-scope.ts';

/** A change that nobody has looked at yet. */
export interface ChangedTerms {
  readonly id: number;
  readonly scope: TermsScope;
}

/** Notes that terms changed, and that FreeRADIUS's tables may have to follow. */
export async function noteChangedTerms({ trx, now }: Transaction, scope: TermsScope): Promise<void> {
  await trx(TABLE).insert({
    scope: scope.kind,
    scope_id: scope.kind === 'all' ? null : scope.id,
    at: now,
  });
  await noteForFreeradius({ trx, now }, scope);
}

const CLAIMED_MAX = 500;

/** Takes the oldest changes that nobody else is looking at, CLAIMED_MAX at most; after the lease they may be taken again. */
export async function claimChangedTerms(
  { dialect, trx, now }: Transaction,
  leaseMs: number,
): Promise<ChangedTerms[]> {
  const free = trx(TABLE).where((either) =>
    either.whereNull('leased_until').orWhere('leased_until', '<=', now),
  );
  const rows: Row[] = await lockFreeRows[dialect](free.orderBy('id').limit(CLAIMED_MAX)).select(
    'id',
    'scope',
    'scope_id',
  );
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  await trx(TABLE)
    .whereIn('id', ids)
    .update({ leased_until: now + leaseMs });
  return rows.map((row) => ({ id: row.id, scope: scopeOf(row) }));
}

/** Gives changes back that were taken and not looked at. */
export async function releaseChangedTerms({ trx }: Transaction, ids: readonly number[]): Promise<void> {
  await trx(TABLE)
    .whereIn('id', [...ids])
    .update({ leased_until: null });
}

/** Takes changes away that have been looked at. */
export async function deleteChangedTerms({ trx }: Transaction, ids: readonly number[]): Promise<void> {
  await trx(TABLE)
    .whereIn('id', [...ids])
    .delete();
}

const TABLE = 'changed_terms';

interface Row {
  readonly id: number;
  readonly scope: string;
  readonly scope_id: number | null;
}

/** What is not understood concerns anybody. */
function scopeOf({ scope, scope_id: id }: Row): TermsScope {
  if (id === null) return { kind: 'all' };
  return scope === 'user' || scope === 'profile' || scope === 'promotion'
    ? { kind: scope, id }
    : { kind: 'all' };
}
