/** The counters of the old system: `user_profile_usage`, else `user_quotas`, as usage of ours. */
import { bisect } from '../db/bisect.ts';
import { inTransaction } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import { readRow, rowIdOf, wholeCell } from './cells.ts';
import type { RowOutcome } from './import-report.ts';
import type { LegacyImport } from './legacy-import.ts';
import type { Ids } from './legacy-kinds.ts';
import { type PlacedUsage, placeUsage, type SourceUsage } from './place-usage.ts';
import { profileUsage, quotaUsage } from './quota-usage.ts';
import { chunksOf, type SourceRow } from './source-database.ts';

/** A table of counters, and how a row of it is read. */
export interface UsageTable {
  readonly table: 'user_profile_usage' | 'user_quotas';
  readonly kind: 'usage' | 'quota';
}

export const USAGE_TABLES: readonly UsageTable[] = [
  { table: 'user_profile_usage', kind: 'usage' },
  { table: 'user_quotas', kind: 'quota' },
];

/** Brings the counters of a table over, for the users that `taken` does not hold, and adds those to it. */
export async function importUsage(
  run: LegacyImport,
  usageTable: UsageTable,
  { users, taken }: { users: Ids; taken: Set<number> },
): Promise<void> {
  const { table } = usageTable;
  run.report.show(table);
  for await (const rows of chunksOf(run.source, table)) {
    const usages = readUsages(run, usageTable, { rows, users, taken });
    await gently(() =>
      bisect(usages, {
        dialect: run.context.db.dialect,
        write: (some) => place(run, usageTable, some),
        onRefused: (usage, error) =>
          note(run, table, {
            id: usage.sourceId,
            name: usage.username,
            outcome: 'skipped',
            reason: error instanceof Error ? error.message : String(error),
          }),
      }),
    );
  }
}

function readUsages(
  run: LegacyImport,
  { table, kind }: UsageTable,
  { rows, users, taken }: { rows: readonly SourceRow[]; users: Ids; taken: Set<number> },
): SourceUsage[] {
  const readCounters = kind === 'quota' ? quotaUsage : profileUsage;
  return rows.flatMap((row) => {
    const read = readRow(row, () => ({
      sourceId: rowIdOf(row),
      theirs: wholeCell(row, 'user_id', 1),
      ...readCounters(row),
    }));
    const id = Number.isSafeInteger(row['id']) ? Number(row['id']) : null;
    const refuse = (reason: string): [] => {
      note(run, table, { id, name: `user ${row['user_id']}`, outcome: 'skipped', reason });
      return [];
    };
    if (!read.ok) {
      const userId = users.get(Number(row['user_id']));
      // What another table has of the user is older, and must not pass for this.
      if (userId !== undefined) taken.add(userId);
      return refuse(read.reason);
    }
    const { theirs, sourceId, counters, isActive } = read.value;
    const userId = users.get(theirs);
    if (userId === undefined) return refuse(`user_id ${theirs} is unknown or was not imported`);
    if (taken.has(userId)) {
      // A quota beside usage is what was migrated from there already.
      if (kind === 'quota') run.report.count(table, 'unchanged');
      else refuse('the user has another row, which was imported');
      return [];
    }
    taken.add(userId);
    return [{ sourceId, userId, username: `user ${theirs}`, counters, isActive }];
  });
}

async function place(
  run: LegacyImport,
  { table, kind }: UsageTable,
  usages: readonly SourceUsage[],
): Promise<void> {
  const { context, source, isDryRun } = run;
  const options = { kind: 'import_legacy', existing: 'replace-unmoved', isDryRun } as const;
  const placed = await inTransaction(context.db, context.clock, (transaction) =>
    placeUsage(transaction, context, usages, { origin: { source: source.key, kind }, ...options }),
  );
  for (const each of placed) report(run, table, each);
}

function report(run: LegacyImport, table: string, { usage, outcome, isKnown, reason }: PlacedUsage): void {
  // Moved here since is what becomes of usage, and the source says nothing new.
  const isNews = outcome === 'kept' && !isKnown;
  if (!isNews) {
    run.report.count(table, outcome === 'kept' ? 'unchanged' : outcome);
    return;
  }
  note(run, table, {
    id: usage.sourceId,
    name: usage.username,
    outcome,
    reason: reason ?? 'it is here already',
  });
}

function note(
  { report: all }: LegacyImport,
  table: string,
  problem: { id: number | null; name: string; outcome: RowOutcome; reason: string },
): void {
  all.count(table, problem.outcome);
  all.note({ table, ...problem });
}
