/** `radmeter user`: who may be online. */
import type { Argv } from 'yargs';
import { AppError } from '../errors.ts';
import { parseFields } from '../profiles/field-rules.ts';
import { USER_RULES, type UserFields } from '../profiles/user.ts';
import { createUser, deleteUser, updateUser } from '../profiles/user-commands.ts';
import { getUser, listUsers, type UserListing } from '../profiles/user-queries.ts';
import { userShape } from '../profiles/user-shape.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { type FieldFlags, fieldsFrom, referenceFrom, refuseNoChange, withFieldFlags } from './field-flags.ts';
import { withDatabase } from './open.ts';
import { type Column, printFacts, printJson, printLine, printTable } from './output.ts';
import { forgetSecretCommand } from './user-forget-secret.ts';
import { setPasswordCommand } from './user-set-password.ts';

type PlainFields = Omit<UserFields, 'profileId' | 'promotionId'>;

const FLAGS: Readonly<Record<keyof PlainFields, FieldFlags[string]>> = {
  username: { kind: 'text', describe: 'Their User-Name, exactly as NASes report it' },
  email: { kind: 'text', describe: 'Where alerts go' },
  firstName: { kind: 'text', describe: 'First name' },
  lastName: { kind: 'text', describe: 'Last name' },
  matricule: { kind: 'text', mayBeNone: true, describe: 'Registration number' },
  phoneNumber: { kind: 'text', mayBeNone: true, describe: 'Phone number' },
  macAddress: { kind: 'text', mayBeNone: true, describe: 'Hardware address of their device' },
  ipAddress: { kind: 'text', mayBeNone: true, describe: 'IP address of their device' },
  voucherCode: { kind: 'text', mayBeNone: true, describe: 'Voucher code' },
  isVoucherUser: { kind: 'yes or no', describe: 'Whether they came with a voucher' },
  isActive: { kind: 'yes or no', describe: 'Whether they may be online' },
  isStaff: { kind: 'yes or no', describe: 'Whether they administer radmeter' },
  isSuperuser: { kind: 'yes or no', describe: 'Whether they may do everything' },
  isRadiusEnabled: { kind: 'yes or no', describe: 'Whether RADIUS lets them in' },
};

const createCommand = defineCommand({
  command: 'create',
  describe: 'Create a user, without a password',
  examples: [['user create --username john --promotion "L3 Info"', "With the promotion's profile"]],
  builder: (yargs) => withAssignment(withFieldFlags(yargs, FLAGS)).demandOption('username'),
  run: (argv) =>
    withDatabase(
      argv,
      async (tools) => {
        const { username = '', ...fields } = fieldsOf(argv);
        const id = await createUser(tools, { ...fields, username, ...assignmentOf(argv) });
        printLine(`Created user ${username} (id ${id}).`);
      },
      { mayCreate: true },
    ),
});

const updateCommand = defineCommand({
  command: 'update <user>',
  describe: 'Change a user',
  examples: [['user update john --email john@example.org', '']],
  builder: (yargs) => withReason(withAssignment(withFieldFlags(withUser(yargs), FLAGS))),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const fields = fieldsOf(argv);
      const changes = { ...fields, ...assignmentOf(argv) };
      refuseNoChange(changes);
      await updateUser(tools, argv.user, changes, argv.reason);
      printLine(`Updated user ${fields.username ?? argv.user}.`);
    }),
});

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show the users, newest first',
  builder: withJson,
  run: (argv) =>
    withDatabase(argv, async ({ db }) => {
      const users = await listUsers(db);
      if (argv.json) printJson(users.map(userShape));
      else printTable(users, COLUMNS, 'No user. Create one with `radmeter user create --username NAME`.');
    }),
});

const showCommand = defineCommand({
  command: 'show <user>',
  describe: 'Show one user',
  builder: (yargs) => withJson(withUser(yargs)),
  run: (argv) =>
    withDatabase(argv, async ({ db }) => {
      const user = await getUser(db, argv.user);
      if (argv.json) printJson(userShape(user));
      else printFacts(factsOf(user));
    }),
});

const assignCommand = defineCommand({
  command: 'assign <user>',
  describe: 'Give a user a profile of their own, or put them into a promotion',
  examples: [
    ['user assign john --profile Étudiant', 'The profile by name or id'],
    ['user assign john --profile none', "The promotion's profile applies again"],
    ['user assign john --promotion "L3 Info"', ''],
  ],
  builder: (yargs) => withReason(withAssignment(withUser(yargs))),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      if (argv.profile === undefined && argv.promotion === undefined) {
        throw new AppError('invalid', 'nothing to assign: give --profile NAME, --promotion NAME or both');
      }
      await updateUser(tools, argv.user, assignmentOf(argv), argv.reason);
      const { username, effectiveProfile } = await getUser(tools.db, argv.user);
      printLine(`The profile of ${username} is ${effectiveProfile?.name ?? 'the default'}.`);
    }),
});

const deleteCommand = defineCommand({
  command: 'delete <user>',
  describe: 'Delete a user with usage and history; their sessions stay',
  builder: (yargs) =>
    withUser(yargs).option('dry-run', {
      type: 'boolean',
      default: false,
      describe: 'Only say who would be deleted',
    }),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const { id, username } = await getUser(tools.db, argv.user);
      if (!argv.dryRun) await deleteUser(tools, id);
      printLine(`${argv.dryRun ? 'Would delete' : 'Deleted'} user ${username} (id ${id}).`);
    }),
});

/** `radmeter user create|update|list|show|assign|set-password|forget-secret|delete`. */
export const userCommand = defineGroup('user', 'Who may be online', [
  createCommand,
  updateCommand,
  listCommand,
  showCommand,
  assignCommand,
  setPasswordCommand,
  forgetSecretCommand,
  deleteCommand,
]);

const COLUMNS: readonly Column<UserListing>[] = [
  { heading: 'ID', value: ({ id }) => id, align: 'right' },
  { heading: 'USER', value: ({ username }) => username },
  { heading: 'NAME', value: nameOf },
  { heading: 'ACTIVE', value: ({ isActive }) => (isActive ? 'yes' : 'no') },
  { heading: 'PROMOTION', value: ({ promotionName }) => promotionName },
  { heading: 'PROFILE', value: profileTextOf },
  { heading: 'ROLE', value: ({ role }) => role },
];

function factsOf(user: UserListing): (readonly [string, string | number | null])[] {
  return [
    ['id', user.id],
    ['user', user.username],
    ['name', nameOf(user)],
    ['email', user.email || null],
    ['matricule', user.matricule],
    ['phone number', user.phoneNumber],
    ['MAC address', user.macAddress],
    ['IP address', user.ipAddress],
    ['voucher code', user.voucherCode],
    ['active', user.isActive ? 'yes' : 'no'],
    ['RADIUS enabled', user.isRadiusEnabled ? 'yes' : 'no'],
    ['role', user.role],
    ['promotion', user.promotionName],
    ['profile', profileTextOf(user)],
  ];
}

function nameOf({ firstName, lastName }: UserListing): string | null {
  return `${firstName} ${lastName}`.trim() || null;
}

function profileTextOf(user: UserListing): string {
  if (user.effectiveProfile === null) return 'default';
  const source = user.profileId === null ? 'via promotion' : 'own';
  return `${user.effectiveProfile.name} (${source})`;
}

function fieldsOf(argv: Readonly<Record<string, unknown>>): Partial<PlainFields> {
  const { profileId: _profileId, promotionId: _promotionId, ...rules } = USER_RULES;
  return parseFields<PlainFields>(rules, fieldsFrom(argv, FLAGS));
}

function assignmentOf(argv: { profile?: string | undefined; promotion?: string | undefined }) {
  return { profile: referenceFrom(argv.profile), promotion: referenceFrom(argv.promotion) };
}

function withUser<T>(yargs: Argv<T>) {
  return yargs.positional('user', { type: 'string', demandOption: true, describe: 'User name or id' });
}

function withAssignment<T>(yargs: Argv<T>) {
  return yargs
    .option('profile', {
      type: 'string',
      requiresArg: true,
      describe: 'A profile of their own, by name or id; none = no own profile',
    })
    .option('promotion', {
      type: 'string',
      requiresArg: true,
      describe: 'Their promotion, by name or id; none = no promotion',
    });
}

function withReason<T>(yargs: Argv<T>) {
  return yargs.option('reason', { type: 'string', requiresArg: true, describe: 'Why, for the history' });
}
