/** Bringing over everything the seed's system has: profiles, promotions, users, alerts, history and counters. */
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import { ambiguousBandwidths, type BandwidthUnit, unitNeeded } from './bandwidth-unit.ts';
import { completeUsers } from './complete-users.ts';
import { ImportReport } from './import-report.ts';
import { importKind, type LegacyImport } from './legacy-import.ts';
import { type Ids, profileKind, promotionKind, userKind } from './legacy-kinds.ts';
import { alertKind, historyKind } from './legacy-records.ts';
import { importUsage, USAGE_TABLES } from './legacy-usage.ts';
import { isSameDatabase } from './same-database.ts';
import { countRows, type SourceDatabase, tablesOf } from './source-database.ts';

export interface ImportLegacyOptions {
  readonly source: SourceDatabase;
  readonly isDryRun: boolean;
  /** The unit of bandwidths; undefined: kbit/s unless they may be Mbit/s. */
  readonly bandwidthUnit: BandwidthUnit | undefined;
  /** Filled while it goes on, for whoever shows progress. */
  readonly report?: ImportReport;
}

const REQUIRED = ['profiles', 'promotions', 'users'] as const;
const OPTIONAL = ['profile_alerts', 'profile_history', 'user_profile_usage', 'user_quotas'] as const;

/** Returns how many rows an import has to look at; throws AppError `invalid` where the source is no such system, or is the database that is imported into. */
export async function countLegacy(context: CommandContext, source: SourceDatabase): Promise<number> {
  if (await isSameDatabase(source, context.db)) {
    throw new AppError(
      'invalid',
      `--from: ${source.shown} is the database that is imported into; \`radmeter migrate\` adopts the tables that are in it`,
    );
  }
  const tables = await tablesOf(source, [...REQUIRED, ...OPTIONAL]);
  const missing = REQUIRED.filter((table) => !tables.has(table));
  if (missing.length > 0) {
    throw new AppError(
      'invalid',
      `the database ${source.shown} lacks ${missing.join(', ')}; is it the right one?`,
    );
  }
  let rows = 0;
  for (const table of tables) rows += await countRows(source, table);
  return rows;
}

/**
 * Brings everything over, chunk by chunk, each row whole or not at all, and says what became of each.
 *
 * Repeated, it changes what changed in the source and not here; killed, it is simply run again. Throws AppError
 * `invalid` as countLegacy does, and where the unit of bandwidths must be said.
 */
export async function importLegacy(
  context: CommandContext,
  { source, isDryRun, bandwidthUnit, report = new ImportReport() }: ImportLegacyOptions,
): Promise<ImportReport> {
  await countLegacy(context, source);
  const unit = bandwidthUnit ?? (await evidentUnit(source));
  const tables = await tablesOf(source, OPTIONAL);
  const run: LegacyImport = { context, source, report, isDryRun };
  const profiles = await importKind(run, profileKind(unit));
  const promotions = await importKind(run, promotionKind(profiles));
  const users = await importKind(run, userKind({ profiles, promotions }));
  const taken = new Set<number>();
  for (const usageTable of USAGE_TABLES) {
    if (tables.has(usageTable.table)) await importUsage(run, usageTable, { users, taken });
  }
  if (!isDryRun) await complete(run, users);
  if (tables.has('profile_alerts')) await importKind(run, alertKind({ profiles, users }));
  if (tables.has('profile_history')) {
    const profileNames = await namesOf(source);
    await importKind(run, historyKind({ profiles, users, profileNames }));
  }
  if (!isDryRun) await recordImport(run, { profiles, users });
  return report;
}

async function evidentUnit(source: SourceDatabase): Promise<BandwidthUnit> {
  const ambiguous = await ambiguousBandwidths(source);
  if (ambiguous.length > 0) throw unitNeeded(ambiguous);
  return 'kbps';
}

async function complete({ context, report }: LegacyImport, users: Ids): Promise<void> {
  const begun = await completeUsers(context, [...users.values()], { mayHaveNewLimits: report.hasChanged });
  if (begun > 0) report.count('usage begun', 'created', begun);
}

async function namesOf({ reader }: SourceDatabase): Promise<Map<number, string>> {
  const rows: { id: number; name: unknown }[] = await reader.knex('profiles').select('id', 'name');
  return new Map(rows.map(({ id, name }) => [id, String(name)]));
}

/** Also says who made the profiles, who were not here when those were written. */
async function recordImport(
  { context, source, report }: LegacyImport,
  { profiles, users }: { profiles: Ids; users: Ids },
): Promise<void> {
  const made: { id: number; created_by_id: number }[] = await source.reader
    .knex('profiles')
    .whereNotNull('created_by_id')
    .select('id', 'created_by_id');
  await inTransaction(context.db, context.clock, async (transaction) => {
    for (const { id, created_by_id: by } of made) {
      const [profile, creator] = [profiles.get(id), users.get(by)];
      if (profile === undefined || creator === undefined) continue;
      await transaction
        .trx('profiles')
        .where('id', profile)
        .whereNull('created_by_id')
        .update({ created_by_id: creator });
    }
    await recordAudit(transaction, context.actor, {
      action: 'import_legacy',
      objectType: 'import',
      objectId: null,
      after: {
        from: source.shown,
        ...Object.fromEntries(report.counts),
        problems: report.problems.length,
      },
    });
  });
}
