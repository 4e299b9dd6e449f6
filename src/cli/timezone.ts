/** `radmeter timezone`: where the days, weeks and months of a database begin. */
import { timezone as parseTimezone } from '../config/values.ts';
import { AppError } from '../errors.ts';
import { Calendar, type PeriodStarts } from '../usage/period.ts';
import { type TimezoneInForce, timezoneInForce } from '../usage/stored-timezone.ts';
import { changeTimezone } from '../usage/timezone-change.ts';
import { defineCommand, withJson } from './command.ts';
import { type DatabaseTools, withMigratedDatabase } from './open.ts';
import { instantShown, printFacts, printJson, printLine } from './output.ts';

/** `radmeter timezone [show]` and `radmeter timezone set ZONE`. */
export const timezoneCommand = defineCommand({
  command: 'timezone [action] [zone]',
  describe: 'Show or set where days, weeks and months begin; `set` needs every daemon stopped',
  examples: [
    ['timezone', 'The zone in force, and when its day, week and month began'],
    [
      'timezone set Africa/Dakar',
      'Move the counters to another zone, once the daemons are stopped; they keep what they hold',
    ],
  ],
  builder: (yargs) =>
    withJson(yargs)
      .positional('action', { choices: ['show', 'set'] as const, default: 'show' as const })
      .positional('zone', {
        type: 'string',
        describe: 'An IANA name such as Africa/Dakar; with `set` only',
      }),
  run: (argv) => {
    if (argv.action === 'set') {
      const zone = zoneFrom(argv.zone);
      return withMigratedDatabase(argv, (tools) => setZone(tools, zone, argv.json), { mayCreate: true });
    }
    if (argv.zone !== undefined) {
      throw new AppError(
        'invalid',
        `\`timezone show\` takes no zone; \`timezone set ${argv.zone}\` sets one`,
      );
    }
    return withMigratedDatabase(argv, (tools) => showZone(tools, argv.json));
  },
});

async function showZone({ db, config, clock }: DatabaseTools, isJson: boolean): Promise<void> {
  const zone = await timezoneInForce(db, config.timezone);
  const starts = new Calendar(zone.timezone).periodStarts(clock.now());
  if (isJson) {
    printJson({ ...shapeOf(zone.timezone, starts), origin: zone.origin, setting: config.timezone });
    return;
  }
  printFacts([['timezone', `${zone.timezone} (${ORIGINS[zone.origin]})`], ...beganFacts(starts)]);
  printContradiction(zone.timezone, config.timezone);
}

async function setZone(
  { db, config, clock, actor }: DatabaseTools,
  timezone: string,
  isJson: boolean,
): Promise<void> {
  const before = await changeTimezone(db, { timezone, clock, actor });
  const now = clock.now();
  const starts = new Calendar(timezone).periodStarts(now);
  if (isJson) {
    printJson({ ...shapeOf(timezone, starts), before: before ?? null });
    return;
  }
  if (before === timezone) {
    printLine(`The counters already run in ${timezone}; nothing changes.`);
  } else {
    printLine(`Days, weeks and months begin in ${timezone} (before: ${before ?? 'not fixed yet'}).`);
    printFacts(beganFacts(starts, before === undefined ? undefined : new Calendar(before).periodStarts(now)));
    if (before !== undefined) printLine(KEPT);
  }
  printContradiction(timezone, config.timezone);
}

const KEPT =
  'Counters whose period ended by this are zero now, the others keep what they hold; what they differ by from the days is written down as adjustments of kind timezone.';

const ORIGINS: Readonly<Record<TimezoneInForce['origin'], string>> = {
  database: 'stored in the database',
  setting: "the setting's; the first start of the daemon stores it",
  system: "this machine's; the first start of the daemon stores it",
};

function shapeOf(timezone: string, { day, week, month }: PeriodStarts) {
  return {
    timezone,
    day_began_at: instantShown(day),
    week_began_at: instantShown(week),
    month_began_at: instantShown(month),
  };
}

function beganFacts(now: PeriodStarts, before?: PeriodStarts): (readonly [string, string | null])[] {
  return (['day', 'week', 'month'] as const).map((period) => {
    const was = before === undefined ? '' : ` (before: ${instantShown(before[period])})`;
    return [`${period} began`, `${instantShown(now[period])}${was}`];
  });
}

function printContradiction(timezone: string, setting: string | null): void {
  if (setting === null || setting === timezone) return;
  printLine(`The setting timezone is ${setting}: a daemon with it will not start; remove or change it.`);
}

function zoneFrom(text: string | undefined): string {
  let problem = '';
  const zone = parseTimezone(text, (reason) => {
    problem = reason;
  });
  if (zone !== undefined) return zone;
  throw new AppError(
    'invalid',
    `zone: ${problem}; got ${text === undefined ? 'nothing' : JSON.stringify(text)}`,
  );
}
