/** `radmeter profile`: the subscription plans. */
import type { Argv } from 'yargs';
import { parseFields } from '../profiles/field-rules.ts';
import {
  OVER_QUOTA_ACTIONS,
  PROFILE_RULES,
  type ProfileFields,
  QUOTA_TYPES,
  VALIDITY_DURATIONS,
} from '../profiles/profile.ts';
import { createProfile, deleteProfile, updateProfile } from '../profiles/profile-commands.ts';
import {
  countProfileUse,
  getProfile,
  listProfiles,
  type ProfileListing,
  type ProfileUse,
} from '../profiles/profile-queries.ts';
import { profileShape } from '../profiles/profile-shape.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import {
  type FieldFlags,
  fieldsFrom,
  nameBesideNone,
  refuseNoChange,
  withFieldFlags,
} from './field-flags.ts';
import { withDatabase } from './open.ts';
import { type Column, octetsText, printFacts, printJson, printLine, printTable } from './output.ts';
import { shortLimit, shortOctets } from './short-octets.ts';

const FLAGS: Readonly<Record<keyof ProfileFields, FieldFlags[string]>> = {
  name: { kind: 'text', describe: 'What it is called' },
  description: { kind: 'text', mayBeNone: true, describe: 'What it is for' },
  isActive: { kind: 'yes or no', describe: 'Whether it may be assigned' },
  bandwidthUpload: { kind: 'number', describe: 'kbit/s from the user' },
  bandwidthDownload: { kind: 'number', describe: 'kbit/s to the user' },
  quotaType: { kind: 'text', describe: `Whether data-volume binds: ${QUOTA_TYPES.join(' or ')}` },
  dataVolume: { kind: 'octets', describe: 'Octets from activation on: 53687091200, or 50GiB' },
  dailyLimit: { kind: 'octets', mayBeNone: true, describe: 'Octets a day, as 500MiB; 0 = nothing allowed' },
  weeklyLimit: { kind: 'octets', mayBeNone: true, describe: 'Octets a week, from Monday' },
  monthlyLimit: { kind: 'octets', mayBeNone: true, describe: 'Octets a month' },
  validityDuration: {
    kind: 'number',
    describe: `Days from activation: ${VALIDITY_DURATIONS.join(', ')}`,
  },
  sessionTimeout: { kind: 'number', describe: 'Seconds a session may last; 0 = no end' },
  idleTimeout: { kind: 'number', describe: 'Seconds a session may be idle; 0 = no end' },
  simultaneousUse: { kind: 'number', describe: 'Sessions at the same time' },
  overQuotaAction: {
    kind: 'text',
    describe: `What a spent quota does: ${OVER_QUOTA_ACTIONS.join(', ')}`,
  },
  throttleUpload: { kind: 'number', mayBeNone: true, describe: 'kbit/s from a throttled user' },
  throttleDownload: { kind: 'number', mayBeNone: true, describe: 'kbit/s to a throttled user' },
};

const createCommand = defineCommand({
  command: 'create',
  describe: 'Create a profile; what is not given has the usual value',
  examples: [
    ['profile create --name Étudiant --data-volume 50GiB --daily-limit 2GiB', 'The others as usual'],
    ['profile create --name Libre --quota-type unlimited --daily-limit none', 'No volume, no daily limit'],
  ],
  builder: (yargs) => withFieldFlags(yargs, FLAGS).demandOption('name'),
  run: (argv) =>
    withDatabase(
      argv,
      async (tools) => {
        const { name = '', ...fields } = fieldsOf(argv);
        const id = await createProfile(tools, { ...fields, name });
        printLine(`Created profile ${name} (id ${id}).`);
      },
      { mayCreate: true },
    ),
});

const updateCommand = defineCommand({
  command: 'update <profile>',
  describe: 'Change a profile; changed limits are in force at once',
  examples: [['profile update Étudiant --daily-limit none', 'No daily limit any more']],
  builder: (yargs) => withFieldFlags(withProfile(yargs), FLAGS),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const fields = fieldsOf(argv);
      refuseNoChange(fields);
      await updateProfile(tools, argv.profile, fields);
      printLine(`Updated profile ${fields.name ?? argv.profile}.`);
    }),
});

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show the profiles',
  builder: withJson,
  run: (argv) =>
    withDatabase(argv, async ({ db }) => {
      const profiles = await listProfiles(db);
      if (argv.json) printJson(profiles.map(profileShape));
      else
        printTable(profiles, COLUMNS, 'No profile. Create one with `radmeter profile create --name NAME`.');
    }),
});

const showCommand = defineCommand({
  command: 'show <profile>',
  describe: 'Show one profile',
  builder: (yargs) => withJson(withProfile(yargs)),
  run: (argv) =>
    withDatabase(argv, async ({ db }) => {
      const profile = await getProfile(db, argv.profile);
      if (argv.json) printJson(profileShape(profile));
      else printFacts(factsOf(profile));
    }),
});

const deleteCommand = defineCommand({
  command: 'delete <profile>',
  describe: 'Delete a profile',
  examples: [
    ['profile delete Étudiant --dry-run', 'Who would lose it'],
    ['profile delete Étudiant --force', 'Although somebody has it'],
  ],
  builder: (yargs) =>
    withProfile(yargs)
      .option('force', { type: 'boolean', default: false, describe: 'Also when users or promotions have it' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'Only say who would lose it' })
      .option('reason', { type: 'string', requiresArg: true, describe: 'Why, for the history' }),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const { id, name } = await getProfile(tools.db, argv.profile);
      if (argv.dryRun) {
        printLine(`Would delete profile ${name}: ${lossText(await countProfileUse(tools.db.knex, id))}.`);
        return;
      }
      const use = await deleteProfile(tools, id, {
        force: argv.force,
        forcedBy: '--force',
        reason: argv.reason,
      });
      printLine(`Deleted profile ${name}: ${lossText(use)}.`);
    }),
});

/** `radmeter profile create|update|list|show|delete`. */
export const profileCommand = defineGroup('profile', 'The subscription plans', [
  createCommand,
  updateCommand,
  listCommand,
  showCommand,
  deleteCommand,
]);

const COLUMNS: readonly Column<ProfileListing>[] = [
  { heading: 'ID', value: ({ id }) => id, align: 'right' },
  { heading: 'NAME', value: ({ name }) => name },
  { heading: 'ACTIVE', value: ({ isActive }) => (isActive ? 'yes' : 'no') },
  { heading: 'VOLUME', value: volumeOf, align: 'right' },
  { heading: 'DAILY', value: ({ dailyLimit }) => shortLimit(dailyLimit), align: 'right' },
  { heading: 'WEEKLY', value: ({ weeklyLimit }) => shortLimit(weeklyLimit), align: 'right' },
  { heading: 'MONTHLY', value: ({ monthlyLimit }) => shortLimit(monthlyLimit), align: 'right' },
  { heading: 'DAYS', value: ({ validityDuration }) => validityDuration, align: 'right' },
  {
    heading: 'KBIT/S UP/DOWN',
    value: (profile) => `${profile.bandwidthUpload}/${profile.bandwidthDownload}`,
  },
  { heading: 'USERS', value: ({ userCount }) => userCount, align: 'right' },
  { heading: 'PROMOTIONS', value: ({ promotionCount }) => promotionCount, align: 'right' },
];

function fieldsOf(argv: Readonly<Record<string, unknown>>): Partial<ProfileFields> {
  const fields = parseFields<ProfileFields>(PROFILE_RULES, fieldsFrom(argv, FLAGS));
  if (fields.name !== undefined) nameBesideNone(fields.name);
  return fields;
}

function factsOf(profile: ProfileListing): (readonly [string, string | number | null])[] {
  const limit = (octets: number | null) => (octets === null ? 'none' : octetsText(octets));
  const kbps = (value: number | null) => (value === null ? null : `${value} kbit/s`);
  return [
    ['id', profile.id],
    ['name', profile.name],
    ['description', profile.description],
    ['active', profile.isActive ? 'yes' : 'no'],
    ['upload', kbps(profile.bandwidthUpload)],
    ['download', kbps(profile.bandwidthDownload)],
    ['data volume', profile.quotaType === 'limited' ? octetsText(profile.dataVolume) : 'unlimited'],
    ['daily limit', limit(profile.dailyLimit)],
    ['weekly limit', limit(profile.weeklyLimit)],
    ['monthly limit', limit(profile.monthlyLimit)],
    ['validity', `${profile.validityDuration} days`],
    ['session timeout', `${profile.sessionTimeout} s`],
    ['idle timeout', `${profile.idleTimeout} s`],
    ['simultaneous use', profile.simultaneousUse],
    ['over quota', profile.overQuotaAction],
    ['throttled upload', kbps(profile.throttleUpload)],
    ['throttled download', kbps(profile.throttleDownload)],
    ['users', profile.userCount],
    ['promotions', profile.promotionCount],
  ];
}

function volumeOf(profile: ProfileListing): string {
  return profile.quotaType === 'limited' ? shortOctets(profile.dataVolume) : 'unlimited';
}

function lossText({ userCount, promotionCount }: ProfileUse): string {
  return `${userCount} users and ${promotionCount} promotions lose it`;
}

function withProfile<T>(yargs: Argv<T>) {
  return yargs.positional('profile', { type: 'string', demandOption: true, describe: 'Its name or id' });
}
