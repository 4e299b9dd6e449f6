/** `radmeter migrate-quotas-to-profile-usage`: the seed's one-off migration, with the lines it printed (contract §11). */
import { styleText } from 'node:util';
import { gibText } from '../alerts/number-text.ts';
import { AppError } from '../errors.ts';
import { type MigratedQuota, migrateQuotas } from '../import/migrate-quotas.ts';
import { defineCommand } from './command.ts';
import { withDatabase } from './open.ts';
import { onOneLine, printLine } from './output.ts';
import { showProgress } from './progress-line.ts';
import { flaggedSource, withDryRun, withFrom, withSource } from './source-url.ts';

const RULE = '='.repeat(60);

/** `radmeter migrate-quotas-to-profile-usage [--dry-run] [--skip-existing] [--force] [--from URL | --from-file PATH]`. */
export const migrateQuotasCommand = defineCommand({
  command: 'migrate-quotas-to-profile-usage',
  aliases: ['migrate_quotas_to_profile_usage'],
  describe: 'Bring the counters of the old table user_quotas into user_profile_usage; needed once',
  examples: [
    ['migrate_quotas_to_profile_usage --dry-run', 'What would be migrated'],
    ['migrate_quotas_to_profile_usage --skip-existing', 'Leave whoever has usage already'],
    ['migrate_quotas_to_profile_usage --from mysql://reader@old.example/portal', 'From another database'],
  ],
  builder: (yargs) =>
    withDryRun(withFrom(yargs, 'our own'))
      .option('skip-existing', {
        type: 'boolean',
        default: false,
        describe: 'Leave every user who has usage already',
      })
      .option('force', {
        type: 'boolean',
        default: false,
        describe: 'Overwrite usage that did not come from a migration or has moved since',
      }),
  run: (argv) => {
    if (argv.force && argv['skip-existing']) {
      throw new AppError('invalid', '--force overwrites what --skip-existing leaves; give one of them');
    }
    return withDatabase(argv, (tools) =>
      withSource(flaggedSource(argv) ?? tools.secrets.databaseUrl, async (source) => {
        const isDryRun = argv['dry-run'];
        const existing = argv.force ? 'force' : argv['skip-existing'] ? 'skip' : 'replace-unmoved';
        if (isDryRun) printLine(warning('=== DRY RUN MODE - No changes will be made ==='));
        const { total, results } = await migrateQuotas(tools, { source, existing, isDryRun });
        printLine(`Found ${total} UserQuota entries to migrate`);
        printSummary(await printResults(results, { total, isDryRun }), isDryRun);
      }),
    );
  },
});

interface Counts {
  readonly migrated: number;
  readonly skipped: number;
  readonly errors: number;
}

async function printResults(
  results: AsyncGenerator<MigratedQuota>,
  { total, isDryRun }: { total: number; isDryRun: boolean },
): Promise<Counts> {
  const counts = { migrated: 0, skipped: 0, errors: 0 };
  let seen = 0;
  // On a terminal the lines themselves show how far it is.
  const progress = process.stdout.isTTY ? { end() {} } : showProgress(() => `${seen} of ${total} quotas`);
  try {
    for await (const result of results) {
      seen++;
      if (result.kind === 'error') counts.errors++;
      else if (result.outcome === 'kept' || result.outcome === 'skipped') counts.skipped++;
      else counts.migrated++;
      for (const line of linesOf(result, isDryRun)) printLine(line);
    }
  } finally {
    progress.end();
  }
  return counts;
}

function linesOf(result: MigratedQuota, isDryRun: boolean): string[] {
  const user = onOneLine(result.name);
  if (result.kind === 'error') {
    return [styled('red', `  ✗ Error migrating ${user}: ${onOneLine(result.reason)}`)];
  }
  const { outcome, counters, profile } = result;
  if (outcome === 'skipped') return [warning(`  ⊘ Skipped ${user} - already has UserProfileUsage`)];
  if (outcome === 'kept') return [warning(`  ⊘ Skipped ${user} - ${result.reason} (--force overwrites it)`)];
  const done = outcome === 'created' ? 'Created' : 'Updated';
  const head = isDryRun
    ? `  [DRY RUN] Would migrate UserQuota for ${user}:`
    : styled('green', `  ✓ ${done} UserProfileUsage for ${user}`);
  return [
    ...(profile === null ? [warning(noProfile(user))] : []),
    head,
    `    - Today: ${gibText(counters.usedToday)} Go`,
    `    - Week: ${gibText(counters.usedWeek)} Go`,
    `    - Month: ${gibText(counters.usedMonth)} Go`,
    ...(isDryRun ? [] : [`    - Total: ${gibText(counters.usedTotal)} Go`]),
    `    - Profile: ${profile === null ? 'None' : onOneLine(profile.name)}`,
  ];
}

function noProfile(user: string): string {
  return `  ⚠ Warning: User ${user} has no profile. UserProfileUsage will be created but may not function correctly.`;
}

function printSummary({ migrated, skipped, errors }: Counts, isDryRun: boolean): void {
  printLine(RULE);
  printLine(
    isDryRun
      ? warning(`[DRY RUN] Would have migrated: ${migrated} quotas`)
      : styled('green', `✓ Successfully migrated: ${migrated} quotas`),
  );
  if (skipped > 0) printLine(warning(`⊘ Skipped: ${skipped} (already existed)`));
  if (errors > 0) printLine(styled('red', `✗ Errors: ${errors}`));
  if (isDryRun) printLine('Run it again without --dry-run to migrate.');
  else if (migrated > 0) for (const line of NEXT_STEPS) printLine(line);
}

const NEXT_STEPS = [
  'Next steps:',
  '  1. Look at the counters: radmeter usage list',
  '  2. Have them proved: radmeter verify',
  '  3. Once all is well, the table user_quotas is needed no more',
];

function warning(text: string): string {
  return styled('yellow', text);
}

function styled(style: 'red' | 'green' | 'yellow', text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
