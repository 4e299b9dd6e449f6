/** `radmeter reset_daily_quotas`, `reset_weekly_quotas`, `reset_monthly_quotas`: the seed's commands (contract §11). */
import { styleText } from 'node:util';
import { gibText } from '../alerts/number-text.ts';
import { channelsOf, waysOf } from '../alerts/senders.ts';
import { SpoiltRowsError } from '../errors.ts';
import { resetFollowers } from '../schedule/job-table.ts';
import { resetAll } from '../schedule/reset-job.ts';
import {
  countActiveUsages,
  RESET_PERIODS,
  type ResetPeriod,
  type ResetUsage,
} from '../usage/due-resets-queries.ts';
import { Calendar } from '../usage/period.ts';
import { timezoneOf } from '../usage/stored-timezone.ts';
import { type Command, defineCommand } from './command.ts';
import { type DatabaseTools, withMigratedDatabase } from './open.ts';
import { onOneLine, printLine } from './output.ts';
import { showProgress } from './progress-line.ts';
import { TELLING_SETTINGS, withSettings } from './setting-flags.ts';

const WORDS = { daily: 'day', weekly: 'week', monthly: 'month' } as const;

/** One command for each counter that the calendar resets. */
export const resetQuotasCommands: readonly Command[] = RESET_PERIODS.map((period) =>
  defineCommand({
    command: `reset_${period}_quotas`,
    aliases: [`reset-${period}-quotas`],
    describe: `Reset the ${period} counters whose ${WORDS[period]} has ended, as a running radmeter does by itself`,
    examples: [
      [`reset_${period}_quotas --dry-run`, 'Which counters are due, and what they hold'],
      [`reset_${period}_quotas`, 'Reset them; a second run finds nothing'],
    ],
    builder: (yargs) =>
      withSettings(yargs, TELLING_SETTINGS).option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'Show what would be reset and change nothing',
      }),
    run: (argv) =>
      withMigratedDatabase(argv, (tools) => resetQuotas(tools, period, argv['dry-run']), {
        settings: TELLING_SETTINGS,
      }),
  }),
);

async function resetQuotas(
  { db, clock, config, secrets, actor }: DatabaseTools,
  period: ResetPeriod,
  isDryRun: boolean,
): Promise<void> {
  const calendar = new Calendar(await timezoneOf(db, config.timezone));
  const active = await countActiveUsages(db);
  printLine(`Found ${active} active user profile usages`);
  const telling = { channels: channelsOf(waysOf(config, secrets)), language: config.language };
  let count = 0;
  // On a terminal the lines themselves tell how far it is.
  const progress = process.stdout.isTTY
    ? undefined
    : showProgress(() => `${count} of ${active} ${period} counters reset`);
  const print = isDryRun ? wouldReset : wasReset;
  let leftOut: SpoiltRowsError | undefined;
  try {
    await resetAll(period, {
      ...{ db, clock, calendar, isDryRun, actor },
      followers: resetFollowers({ db, clock, defaultProfile: config.defaultProfile, telling }),
      signal: new AbortController().signal,
      onReset: (usages) => {
        count += usages.length;
        for (const usage of usages) printLine(print(period, usage));
      },
    });
  } catch (error) {
    // What was reset is said first.
    if (!(error instanceof SpoiltRowsError)) throw error;
    leftOut = error;
  } finally {
    progress?.end();
  }
  if (isDryRun) printLine(`\n${yellow(`[DRY RUN] Would have reset ${count} ${period} quotas`)}`);
  else printLine(`\n${green(`✓ Successfully reset ${count} ${period} quotas`)}`);
  if (leftOut !== undefined) throw leftOut;
}

function wouldReset(period: ResetPeriod, usage: ResetUsage): string {
  return `  [DRY RUN] Would reset ${period} quota for user: ${change(usage)}`;
}

function wasReset(period: ResetPeriod, usage: ResetUsage): string {
  return `  ✓ Reset ${period} quota for user: ${change(usage)}`;
}

/** The value before, unlike the replaced system's (contract §0.5). */
function change({ username, usedOctets }: ResetUsage): string {
  return `${onOneLine(username)} (${gibText(usedOctets)} Go → 0 Go)`;
}

function green(text: string): string {
  return styleText('green', text, { stream: process.stdout });
}

function yellow(text: string): string {
  return styleText('yellow', text, { stream: process.stdout });
}
