/** `radmeter usage adjust`: octets given back or charged by hand. */
import { ADJUSTED_COUNTERS, type AdjustedCounter } from '../usage/counters.ts';
import { type AdjustedUsage, adjustUsage } from '../usage/usage-commands.ts';
import { adjustedUsageShape } from '../usage/usage-shape.ts';
import { defineCommand, withJson } from './command.ts';
import { withDatabase } from './open.ts';
import { octetsText, printJson, printLine, printTable } from './output.ts';
import { shortOctets } from './short-octets.ts';
import { signedOctetsFrom } from './signed-octets.ts';

/** `radmeter usage adjust USER ±OCTETS --reason TEXT`. */
export const adjustCommand = defineCommand({
  command: 'adjust <user> <octets>',
  describe: 'Give octets back (negative) or charge them, and keep the reason; no counter goes below zero',
  examples: [
    ['usage adjust john -500MiB --reason "outage on Monday"', 'Give 500 MiB back, on all four counters'],
    ['usage adjust john -2GiB --counter today --reason "exam week"', 'Only on the counter of today'],
    [
      'usage adjust john 1GiB --reason "used the neighbour\'s line" --dry-run',
      'See what charging 1 GiB does',
    ],
  ],
  repeatable: ['counter'],
  builder: (yargs) =>
    withJson(yargs)
      .positional('user', { type: 'string', demandOption: true, describe: 'User name or id' })
      .positional('octets', {
        type: 'string',
        demandOption: true,
        describe: 'How many: -500MiB, 2GiB, or plain octets',
      })
      .option('reason', {
        type: 'string',
        requiresArg: true,
        demandOption: 'say why: --reason TEXT',
        describe: 'Why, kept with the octets',
      })
      .option('counter', {
        choices: ADJUSTED_COUNTERS,
        array: true,
        requiresArg: true,
        describe: 'Which counters, if not all four',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'Say what would change, change nothing',
      }),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const octets = signedOctetsFrom(argv.octets);
      const { counter: counters, reason, dryRun: isDryRun } = argv;
      const usage = await adjustUsage(tools, argv.user, { octets, counters, reason, isDryRun });
      if (argv.json) printJson({ ...adjustedUsageShape(usage), octets, reason, dry_run: isDryRun });
      else printAdjusted(usage, { octets, counters: counters ?? ADJUSTED_COUNTERS, isDryRun });
    }),
});

interface Asked {
  readonly octets: number;
  readonly counters: readonly AdjustedCounter[];
  readonly isDryRun: boolean;
}

interface Headline {
  readonly username: string;
  readonly octets: number;
  /** Of the counters that were named. */
  readonly changes: readonly number[];
  readonly isDryRun: boolean;
}

function printAdjusted(usage: AdjustedUsage, { octets, counters, isDryRun }: Asked): void {
  const { username, difference, before, after } = usage;
  printLine(headline({ username, octets, changes: counters.map((name) => difference[name]), isDryRun }));
  const rows = [
    { name: 'today', before: before.usedToday, after: after.usedToday, change: difference.today },
    { name: 'week', before: before.usedWeek, after: after.usedWeek, change: difference.week },
    { name: 'month', before: before.usedMonth, after: after.usedMonth, change: difference.month },
    { name: 'total', before: before.usedTotal, after: after.usedTotal, change: difference.total },
  ];
  printTable(
    rows,
    [
      { heading: 'COUNTER', value: ({ name }) => name },
      { heading: 'BEFORE', value: (row) => shortOctets(row.before), align: 'right' },
      { heading: 'AFTER', value: (row) => shortOctets(row.after), align: 'right' },
      { heading: 'CHANGE', value: (row) => octetsText(row.change), align: 'right' },
    ],
    '',
  );
  if (counters.some((name) => difference[name] !== octets)) {
    printLine('No counter goes below zero: what was not used cannot be given back.');
  }
  printLine(quotaText(usage));
}

/** Says what really changes, which is less than was asked for where it was not used. */
function headline({ username, octets, changes, isDryRun }: Headline): string {
  const done = `${octets < 0 ? 'given back' : 'charged'} to ${username}`;
  const amounts = changes.map(Math.abs);
  const most = Math.max(...amounts);
  const asked = Math.abs(octets);
  if (most === 0 && octets < 0) return `Nothing ${done}: nothing was used.`;
  const range = Math.min(...amounts) === most ? '' : 'up to ';
  const isWhole = range === '' && most === asked;
  const what = isWhole
    ? `${octetsText(asked)} ${done}`
    : `${range}${octetsText(most)} ${done}, of ${octetsText(asked)} that were to be`;
  if (isDryRun) return `Nothing is changed yet: ${what}${isWhole ? '' : ','} would mean`;
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}:`;
}

function quotaText({ wasExceeded, isExceeded }: AdjustedUsage): string {
  if (wasExceeded === isExceeded)
    return isExceeded ? 'The quota stays exceeded.' : 'The quota is not exceeded.';
  return isExceeded ? 'The quota is now exceeded.' : 'The quota is no longer exceeded.';
}
