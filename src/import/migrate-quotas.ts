/** `user_quotas` -> `user_profile_usage`: the seed's migration, from this database or another (contract §11, §0.14). */
import { recordAudit } from '../audit/record-audit.ts';
import { bisect } from '../db/bisect.ts';
import { inTransaction } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import { AppError } from '../errors.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import { readRow, rowIdOf, wholeCell } from './cells.ts';
import { type ExistingUsage, type PlacedUsage, placeUsage, type SourceUsage } from './place-usage.ts';
import { quotaUsage } from './quota-usage.ts';
import { isSameDatabase } from './same-database.ts';
import { chunksOf, countRows, type SourceDatabase, type SourceRow, tablesOf } from './source-database.ts';

/** What became of one quota; `name` is the user's, or the id of one who is unknown. */
export type MigratedQuota =
  | ({ readonly kind: 'placed'; readonly name: string } & PlacedUsage)
  | { readonly kind: 'error'; readonly name: string; readonly reason: string };

export interface MigrateQuotasOptions {
  readonly source: SourceDatabase;
  readonly existing: ExistingUsage;
  readonly isDryRun: boolean;
}

/** How many there are, then what became of each, the newest first. */
export interface QuotaMigration {
  readonly total: number;
  readonly results: AsyncGenerator<MigratedQuota>;
}

/** Begins the migration; nothing is done before its results are asked for. Throws AppError `invalid` where the source has no `user_quotas`. */
export async function migrateQuotas(
  context: CommandContext,
  options: MigrateQuotasOptions,
): Promise<QuotaMigration> {
  const tables = await tablesOf(options.source, ['user_quotas', 'users']);
  if (tables.size < 2) {
    throw new AppError('invalid', `the database ${options.source.shown} has no tables users and user_quotas`);
  }
  const total = await countRows(options.source, 'user_quotas');
  return { total, results: migrateAll(context, options) };
}

async function* migrateAll(
  context: CommandContext,
  options: MigrateQuotasOptions,
): AsyncGenerator<MigratedQuota> {
  const counts = { migrated: 0, skipped: 0, errors: 0 };
  const taken = new Set<number>();
  for await (const rows of chunksOf(options.source, 'user_quotas', 'desc')) {
    for (const result of await gently(() => migrateChunk(context, { ...options, taken }, rows))) {
      if (result.kind === 'error') counts.errors++;
      else if (result.outcome === 'kept' || result.outcome === 'skipped') counts.skipped++;
      else counts.migrated++;
      yield result;
    }
  }
  if (options.isDryRun) return;
  await inTransaction(context.db, context.clock, (transaction) =>
    recordAudit(transaction, context.actor, {
      action: 'migrate_quotas',
      objectType: 'import',
      objectId: null,
      after: { from: options.source.shown, ...counts },
    }),
  );
}

/** A quota that was read, of a user who is known. */
interface ReadQuota {
  readonly row: SourceRow;
  readonly usage: SourceUsage;
}

async function migrateChunk(
  context: CommandContext,
  { taken, ...options }: MigrateQuotasOptions & { readonly taken: Set<number> },
  rows: readonly SourceRow[],
): Promise<MigratedQuota[]> {
  const results = new Map<SourceRow, MigratedQuota>();
  const refuse = (row: SourceRow, name: string, reason: string) =>
    results.set(row, { kind: 'error', name, reason });
  const users = await usersOf(context, options.source, rows);
  const read: ReadQuota[] = [];
  for (const row of rows) {
    const { name, id: userId } = users.get(Number(row['user_id'])) ?? { name: undefined, id: undefined };
    const shown = name ?? `#${String(row['user_id'])}`;
    const quota = readRow(row, () => ({ sourceId: rowIdOf(row), ...quotaUsage(row) }));
    if (name === undefined) refuse(row, shown, 'there is no such user in the source');
    else if (userId === undefined) refuse(row, shown, 'there is no user of this name here');
    else if (!quota.ok) refuse(row, shown, quota.reason);
    else if (taken.has(userId)) refuse(row, shown, 'the user has another row, newer than this one');
    else {
      taken.add(userId);
      read.push({ row, usage: { ...quota.value, userId, username: name } });
    }
  }
  await bisect(read, {
    dialect: context.db.dialect,
    write: async (some) => {
      for (const [row, placed] of await place(context, options, some)) results.set(row, placed);
    },
    onRefused: ({ row, usage }, error) =>
      refuse(row, usage.username, error instanceof Error ? error.message : String(error)),
  });
  return rows.flatMap((row) => results.get(row) ?? []);
}

async function place(
  context: CommandContext,
  { source, existing, isDryRun }: MigrateQuotasOptions,
  read: readonly ReadQuota[],
): Promise<[SourceRow, MigratedQuota][]> {
  const placed = await inTransaction(context.db, context.clock, (transaction) =>
    placeUsage(
      transaction,
      context,
      read.map(({ usage }) => usage),
      { origin: { source: source.key, kind: 'quota' }, kind: 'migrate_quotas', existing, isDryRun },
    ),
  );
  const rowOf = new Map(read.map(({ row, usage }) => [usage, row]));
  return placed.flatMap((each): [SourceRow, MigratedQuota][] => {
    const row = rowOf.get(each.usage);
    return row === undefined ? [] : [[row, { kind: 'placed', name: each.usage.username, ...each }]];
  });
}

interface KnownUser {
  readonly name: string;
  /** Undefined for a user of another database whose name nobody has here. */
  readonly id: number | undefined;
}

/** Returns the users of quotas, by their ids in the source. */
async function usersOf(
  { db }: CommandContext,
  source: SourceDatabase,
  rows: readonly SourceRow[],
): Promise<Map<number, KnownUser>> {
  const ids = rows.flatMap((row) => {
    const id = readRow(row, () => wholeCell(row, 'user_id', 1));
    return id.ok ? [id.value] : [];
  });
  const theirs: { id: number; username: string }[] = await source.reader
    .knex('users')
    .whereIn('id', ids)
    .select('id', 'username');
  if (await isSameDatabase(source, db)) {
    return new Map(theirs.map(({ id, username }) => [id, { name: username, id }]));
  }
  const names = theirs.map(({ username }) => username);
  const ours: { id: number; username: string }[] = await db
    .knex('users')
    .whereIn('username', names)
    .select('id', 'username');
  const idByName = new Map(ours.map(({ id, username }) => [username, id]));
  return new Map(theirs.map(({ id, username }) => [id, { name: username, id: idByName.get(username) }]));
}
