/** `radmeter alert`: when users of a profile are told that their quota or their time runs out. */
import type { Argv } from 'yargs';
import { ALERT_PERIODS, ALERT_TYPES, isExpiryAlert, NOTIFICATION_METHODS } from '../alerts/alert.ts';
import {
  type AlertChanges,
  createAlert,
  deleteAlert,
  THRESHOLD_DAYS_MAX,
  THRESHOLD_PERCENT_MAX,
  updateAlert,
} from '../alerts/alert-commands.ts';
import { type AlertListing, getAlert, listAlerts } from '../alerts/alert-queries.ts';
import { alertShape } from '../alerts/alert-shape.ts';
import type { Database } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { longText, orNull, parseFields, yesOrNo } from '../profiles/field-rules.ts';
import { getProfile } from '../profiles/profile-queries.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { type FieldFlags, fieldsFrom, refuseNoChange, withFieldFlags } from './field-flags.ts';
import { withLimit } from './limit-flag.ts';
import { numberFlag } from './number-flag.ts';
import { withDatabase, withMigratedDatabase } from './open.ts';
import { type Column, printJson, printLine, printNote, printTable } from './output.ts';

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show the alerts, newest first',
  examples: [['alert list --profile Étudiant', 'Those of one profile']],
  builder: (yargs) => withLimit(withJson(yargs)).option('profile', PROFILE),
  run: (argv) =>
    withMigratedDatabase(argv, async ({ db }) => {
      const profileId = await profileIdOf(db, argv.profile);
      const window = { offset: 0, limit: argv.limit + 1, isFromEnd: false };
      const alerts = await listAlerts(db, { profileId }).rows(window);
      const shown = alerts.slice(0, argv.limit);
      if (argv.json) printJson(shown.map(alertShape));
      else printTable(shown, COLUMNS, NONE);
      if (alerts.length > shown.length) printNote(`Only the newest ${argv.limit}; --limit N shows more.`);
    }),
});

const createCommand = defineCommand({
  command: 'create',
  describe: 'Tell the users of a profile when something runs out; what is not given has the usual value',
  examples: [
    ['alert create --profile Étudiant --alert-type quota_warning', 'At 80 % of the volume'],
    [
      'alert create --profile Étudiant --alert-type quota_critical --threshold-percent 95 --period daily --notification-method all',
      "At 95 % of a day's octets, by every way that is configured",
    ],
    [
      'alert create --profile Étudiant --alert-type expiry_warning --threshold-days 3 --message-template "{username}, {days_remaining} days are left."',
      'Three days before the end, in words of your own',
    ],
  ],
  builder: (yargs) => withAlertFlags(yargs).demandOption(['profile', 'alert-type']),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const { profileId = 0, alertType = '', ...fields } = await changesFrom(tools.db, argv);
      const id = await createAlert(tools, { ...fields, profileId, alertType });
      printLine(`Created alert ${id}: ${alertText(await getAlert(tools.db, id))}.`);
    }),
});

const updateCommand = defineCommand({
  command: 'update <id>',
  describe: 'Change an alert',
  examples: [
    ['alert update 3 --threshold-percent 90', ''],
    ['alert update 3 --no-is-active', 'Tell nobody for now'],
  ],
  builder: (yargs) => withAlertFlags(withId(yargs)),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const changes = await changesFrom(tools.db, argv);
      refuseNoChange(changes);
      const id = idFrom(argv.id);
      await updateAlert(tools, id, changes);
      printLine(`Updated alert ${id}: ${alertText(await getAlert(tools.db, id))}.`);
    }),
});

const deleteCommand = defineCommand({
  command: 'delete <id>',
  describe: 'Delete an alert; the notices it has left stay',
  builder: (yargs) =>
    withId(yargs).option('dry-run', {
      type: 'boolean',
      default: false,
      describe: 'Only say which one would be deleted',
    }),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const alert = await getAlert(tools.db, idFrom(argv.id));
      if (!argv.dryRun) await deleteAlert(tools, alert.id);
      printLine(`${argv.dryRun ? 'Would delete' : 'Deleted'} alert ${alert.id}: ${alertText(alert)}.`);
    }),
});

/** `radmeter alert list|create|update|delete`. */
export const alertCommand = defineGroup('alert', 'Telling users that something runs out', [
  listCommand,
  createCommand,
  updateCommand,
  deleteCommand,
]);

const PROFILE = { type: 'string', requiresArg: true, describe: 'The profile, by name or id' } as const;
const NONE = 'No alert. Create one with `radmeter alert create --profile NAME --alert-type quota_warning`.';

const FLAGS: FieldFlags = {
  isActive: { kind: 'yes or no', describe: 'Whether it tells anybody' },
  messageTemplate: {
    kind: 'text',
    mayBeNone: true,
    describe:
      'Its words, with {username} {email} {profile} {percent} {used_gb} {remaining_gb} {days_remaining} {limit_gb}',
  },
};
const RULES = { isActive: yesOrNo, messageTemplate: orNull(longText) };

const COLUMNS: readonly Column<AlertListing>[] = [
  { heading: 'ID', value: ({ id }) => id, align: 'right' },
  { heading: 'PROFILE', value: ({ profileName }) => profileName },
  { heading: 'TYPE', value: ({ alertType }) => alertType },
  { heading: 'WHEN', value: whenText },
  { heading: 'HOW', value: ({ notificationMethod }) => notificationMethod },
  { heading: 'ACTIVE', value: ({ isActive }) => (isActive ? 'yes' : 'no') },
  { heading: 'MESSAGE', value: ({ messageTemplate }) => messageTemplate || null },
];

function whenText(alert: AlertListing): string {
  if (!isExpiryAlert(alert)) return `${alert.thresholdPercent} % of the ${QUOTAS[alert.period]}`;
  return `${alert.thresholdDays ?? '?'} days left`;
}

const QUOTAS: Readonly<Record<AlertListing['period'], string>> = {
  daily: 'daily limit',
  weekly: 'weekly limit',
  monthly: 'monthly limit',
  total: 'volume',
};

function alertText(alert: AlertListing): string {
  const how = alert.isActive ? `by ${alert.notificationMethod}` : 'not active';
  return `${alert.alertType} of profile ${alert.profileName} at ${whenText(alert)}, ${how}`;
}

function withId<T>(yargs: Argv<T>) {
  return yargs.positional('id', {
    type: 'string',
    demandOption: true,
    describe: 'Its id, as `alert list` shows it',
  });
}

function idFrom(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new AppError(
    'invalid',
    `id: expected the number that \`alert list\` shows; got ${JSON.stringify(text)}`,
  );
}

function withAlertFlags<T>(yargs: Argv<T>) {
  return withFieldFlags(yargs, FLAGS)
    .option('profile', PROFILE)
    .option('alert-type', {
      choices: ALERT_TYPES,
      requiresArg: true,
      describe: 'What it looks at, and how urgent it is',
    })
    .option('threshold-percent', {
      ...numberFlag({ flag: 'threshold-percent', min: 0, max: THRESHOLD_PERCENT_MAX }),
      describe: 'From how many percent on; for quota alerts (default: 80)',
    })
    .option('threshold-days', {
      ...numberFlag({ flag: 'threshold-days', min: 1, max: THRESHOLD_DAYS_MAX }),
      describe: 'From how many days left on; for expiry alerts',
    })
    .option('period', {
      choices: ALERT_PERIODS,
      requiresArg: true,
      describe: 'Which limit, for quota alerts (default: total)',
    })
    .option('notification-method', {
      choices: NOTIFICATION_METHODS,
      requiresArg: true,
      describe: 'How users are told; all = every way that is configured (default: system)',
    });
}

interface AlertArguments extends Readonly<Record<string, unknown>> {
  readonly profile: string | undefined;
  readonly alertType: string | undefined;
  readonly thresholdPercent: number | undefined;
  readonly thresholdDays: number | undefined;
  readonly period: string | undefined;
  readonly notificationMethod: string | undefined;
}

async function changesFrom(db: Database, argv: AlertArguments): Promise<AlertChanges> {
  const { alertType, thresholdPercent, thresholdDays, period, notificationMethod } = argv;
  return {
    profileId: await profileIdOf(db, argv.profile),
    ...{ alertType, thresholdPercent, thresholdDays, period, notificationMethod },
    ...parseFields<{ isActive: boolean; messageTemplate: string | null }>(RULES, fieldsFrom(argv, FLAGS)),
  };
}

async function profileIdOf(db: Database, profile: string | undefined): Promise<number | undefined> {
  return profile === undefined ? undefined : (await getProfile(db, profile)).id;
}
