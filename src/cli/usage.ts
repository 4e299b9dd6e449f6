/** `radmeter usage`: what users have used. */
import type { Argv } from 'yargs';
import { addUsage } from '../usage/usage-commands.ts';
import {
  type AdjustmentListing,
  getUsage,
  listAdjustments,
  listUsage,
  type UsageListing,
} from '../usage/usage-queries.ts';
import { adjustmentShape, usageShape } from '../usage/usage-shape.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { type CommandTools, withDatabase } from './open.ts';
import {
  type Column,
  instantShown,
  octetsText,
  printFacts,
  printJson,
  printLine,
  printTable,
} from './output.ts';
import { shortOctets } from './short-octets.ts';
import { signedOctetsFrom } from './signed-octets.ts';
import { adjustCommand } from './usage-adjust.ts';

/** The newest adjustments that `usage show` has room for. */
const ADJUSTMENTS_SHOWN = 5;

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show the usage of every user who has any',
  builder: withJson,
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const usages = await listUsage(tools.db, readingTime(tools));
      if (argv.json) printJson(usages.map(usageShape));
      else
        printTable(usages, COLUMNS, 'No usage yet: it begins with a profile or the first octets of a user.');
    }),
});

const showCommand = defineCommand({
  command: 'show <user>',
  describe: "Show one user's usage",
  builder: (yargs) => withJson(withUser(yargs)),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const usage = await getUsage(tools.db, argv.user, readingTime(tools));
      const adjustments = await listAdjustments(tools.db, {
        userId: usage.userId,
        limit: ADJUSTMENTS_SHOWN,
      });
      if (argv.json) {
        printJson({ ...usageShape(usage), adjustments: adjustments.map(adjustmentShape) });
        return;
      }
      printFacts(factsOf(usage));
      if (adjustments.length === 0) return;
      printLine('\nLast changes other than by sessions and the calendar:');
      printTable(adjustments, ADJUSTMENT_COLUMNS, '');
    }),
});

const addCommand = defineCommand({
  command: 'add <user> <octets>',
  describe: "Add octets to a user's usage by hand",
  examples: [['usage add john 1GiB --reason "used the line of the house"', '']],
  builder: (yargs) =>
    withUser(yargs)
      .positional('octets', {
        type: 'string',
        demandOption: true,
        describe: 'How many: 1GiB, or plain octets',
      })
      .option('reason', { type: 'string', requiresArg: true, describe: 'Why, kept with the octets' }),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const octets = signedOctetsFrom(argv.octets);
      await addUsage(tools, argv.user, octets, argv.reason);
      const usage = await getUsage(tools.db, argv.user, readingTime(tools));
      printLine(
        `Added ${octets} octets to ${usage.username}: ${octetsText(usage.counters.usedTotal)} in all.`,
      );
    }),
});

/** `radmeter usage list|show|add|adjust`. */
export const usageCommand = defineGroup('usage', 'What users have used', [
  listCommand,
  showCommand,
  addCommand,
  adjustCommand,
]);

const COLUMNS: readonly Column<UsageListing>[] = [
  { heading: 'USER', value: ({ username }) => username },
  { heading: 'PROFILE', value: ({ effectiveProfile }) => effectiveProfile?.name ?? 'default' },
  { heading: 'TODAY', value: ({ counters }) => shortOctets(counters.usedToday), align: 'right' },
  { heading: 'WEEK', value: ({ counters }) => shortOctets(counters.usedWeek), align: 'right' },
  { heading: 'MONTH', value: ({ counters }) => shortOctets(counters.usedMonth), align: 'right' },
  { heading: 'TOTAL', value: ({ counters }) => shortOctets(counters.usedTotal), align: 'right' },
  { heading: 'DAYS LEFT', value: ({ daysRemaining }) => daysRemaining, align: 'right' },
  { heading: 'STATE', value: stateOf },
];

const ADJUSTMENT_COLUMNS: readonly Column<AdjustmentListing>[] = [
  { heading: 'WHEN', value: ({ at }) => instantShown(at) },
  { heading: 'TODAY', value: ({ difference }) => shortOctets(difference.today), align: 'right' },
  { heading: 'WEEK', value: ({ difference }) => shortOctets(difference.week), align: 'right' },
  { heading: 'MONTH', value: ({ difference }) => shortOctets(difference.month), align: 'right' },
  { heading: 'TOTAL', value: ({ difference }) => shortOctets(difference.total), align: 'right' },
  { heading: 'KIND', value: ({ kind }) => kind },
  { heading: 'BY', value: ({ changedBy }) => changedBy },
  { heading: 'REASON', value: ({ reason }) => reason },
];

function factsOf(usage: UsageListing): (readonly [string, string | number | null])[] {
  const { counters, effectiveProfile: profile } = usage;
  const volume = profile?.quotaType === 'limited' ? profile.dataVolume : null;
  return [
    ['user', usage.username],
    ['profile', profile?.name ?? 'default'],
    ['today', usedText(counters.usedToday, profile?.dailyLimit ?? null)],
    ['week', usedText(counters.usedWeek, profile?.weeklyLimit ?? null)],
    ['month', usedText(counters.usedMonth, profile?.monthlyLimit ?? null)],
    ['total', usedText(counters.usedTotal, volume)],
    ['active since', instantShown(counters.activationDate)],
    ['days left', usage.daysRemaining],
    ['state', stateOf(usage)],
  ];
}

function usedText(used: number, limit: number | null): string {
  return limit === null ? octetsText(used) : `${octetsText(used)} of ${shortOctets(limit)}`;
}

function stateOf(usage: UsageListing): string {
  const states = [
    usage.isExceeded ? 'exceeded' : [],
    usage.isExpired ? 'expired' : [],
    usage.isActive ? [] : 'inactive',
  ].flat();
  return states.length === 0 ? 'ok' : states.join(', ');
}

function readingTime({ clock, periodStartsAt }: CommandTools) {
  const now = clock.now();
  return { now, starts: periodStartsAt(now) };
}

function withUser<T>(yargs: Argv<T>) {
  return yargs.positional('user', { type: 'string', demandOption: true, describe: 'User name or id' });
}
