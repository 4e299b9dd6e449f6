/** `radmeter promotion`: cohorts of users that can carry a profile. */
import type { Argv } from 'yargs';
import { parseFields } from '../profiles/field-rules.ts';
import { PROMOTION_RULES, type PromotionFields } from '../profiles/promotion.ts';
import {
  assignProfileToPromotion,
  createPromotion,
  deletePromotion,
  updatePromotion,
} from '../profiles/promotion-commands.ts';
import { getPromotion, listPromotions, type PromotionListing } from '../profiles/promotion-queries.ts';
import { promotionShape } from '../profiles/promotion-shape.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import {
  type FieldFlags,
  fieldsFrom,
  nameBesideNone,
  referenceFrom,
  refuseNoChange,
  withFieldFlags,
} from './field-flags.ts';
import { withDatabase } from './open.ts';
import { type Column, printJson, printLine, printTable } from './output.ts';

const FLAGS: FieldFlags = {
  name: { kind: 'text', describe: 'What it is called' },
  isActive: { kind: 'yes or no', describe: 'Whether those who have their profile from it may be online' },
};

const createCommand = defineCommand({
  command: 'create',
  describe: 'Create a promotion',
  examples: [['promotion create --name "L3 Info" --profile Étudiant', 'A class and what its members get']],
  builder: (yargs) => withProfileFlag(withFieldFlags(yargs, FLAGS)).demandOption('name'),
  run: (argv) =>
    withDatabase(
      argv,
      async (tools) => {
        const { name = '', isActive } = fieldsOf(argv);
        const id = await createPromotion(tools, { name, isActive, profile: referenceFrom(argv.profile) });
        printLine(`Created promotion ${name} (id ${id}).`);
      },
      { mayCreate: true },
    ),
});

const updateCommand = defineCommand({
  command: 'update <promotion>',
  describe: 'Change a promotion',
  examples: [['promotion update "L3 Info" --no-is-active', 'Its members may not be online']],
  builder: (yargs) => withReason(withProfileFlag(withFieldFlags(withPromotion(yargs), FLAGS))),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const { name, isActive } = fieldsOf(argv);
      const changes = { name, isActive, profile: referenceFrom(argv.profile) };
      refuseNoChange(changes);
      const userCount = await updatePromotion(tools, argv.promotion, changes, argv.reason);
      printLine(`Updated promotion ${name ?? argv.promotion}. ${changedText(userCount)}`);
    }),
});

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show the promotions',
  builder: withJson,
  run: (argv) =>
    withDatabase(argv, async ({ db }) => {
      const promotions = await listPromotions(db);
      if (argv.json) printJson(promotions.map(promotionShape));
      else {
        printTable(
          promotions,
          COLUMNS,
          'No promotion. Create one with `radmeter promotion create --name NAME`.',
        );
      }
    }),
});

const assignCommand = defineCommand({
  command: 'assign <promotion>',
  describe: 'Give a promotion a profile; members without one of their own get it at once',
  examples: [
    ['promotion assign "L3 Info" --profile Étudiant', 'The profile by name or id'],
    ['promotion assign "L3 Info" --profile none', 'Takes it away'],
  ],
  builder: (yargs) => withReason(withProfileFlag(withPromotion(yargs)).demandOption('profile')),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const profile = referenceFrom(argv.profile) ?? null;
      const userCount = await assignProfileToPromotion(tools, argv.promotion, profile, argv.reason);
      const now = profile === null ? 'no profile' : `profile ${profile}`;
      printLine(`Promotion ${argv.promotion} has ${now}. ${changedText(userCount)}`);
    }),
});

const deleteCommand = defineCommand({
  command: 'delete <promotion>',
  describe: 'Delete a promotion; its members stay, without one',
  builder: (yargs) =>
    withReason(withPromotion(yargs)).option('dry-run', {
      type: 'boolean',
      default: false,
      describe: 'Only say how many members it has',
    }),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const { id, name, userCount } = await getPromotion(tools.db, argv.promotion);
      if (argv.dryRun) {
        printLine(`Would delete promotion ${name}, which has ${userCount} members.`);
        return;
      }
      const changed = await deletePromotion(tools, id, argv.reason);
      printLine(`Deleted promotion ${name}. ${changedText(changed)}`);
    }),
});

/** `radmeter promotion create|update|list|assign|delete`. */
export const promotionCommand = defineGroup('promotion', 'Cohorts of users that can carry a profile', [
  createCommand,
  updateCommand,
  listCommand,
  assignCommand,
  deleteCommand,
]);

const COLUMNS: readonly Column<PromotionListing>[] = [
  { heading: 'ID', value: ({ id }) => id, align: 'right' },
  { heading: 'NAME', value: ({ name }) => name },
  { heading: 'ACTIVE', value: ({ isActive }) => (isActive ? 'yes' : 'no') },
  { heading: 'PROFILE', value: ({ profileName }) => profileName },
  { heading: 'MEMBERS', value: ({ userCount }) => userCount, align: 'right' },
  { heading: 'OF THEM ACTIVE', value: ({ activeUserCount }) => activeUserCount, align: 'right' },
];

function fieldsOf(argv: Readonly<Record<string, unknown>>): Partial<PromotionFields> {
  const fields = parseFields<PromotionFields>(PROMOTION_RULES, fieldsFrom(argv, FLAGS));
  if (fields.name !== undefined) nameBesideNone(fields.name);
  return fields;
}

function changedText(userCount: number): string {
  return `The effective profile of ${userCount} users changed.`;
}

function withPromotion<T>(yargs: Argv<T>) {
  return yargs.positional('promotion', { type: 'string', demandOption: true, describe: 'Its name or id' });
}

function withProfileFlag<T>(yargs: Argv<T>) {
  return yargs.option('profile', {
    type: 'string',
    requiresArg: true,
    describe: 'The profile it carries, by name or id; none = no profile',
  });
}

function withReason<T>(yargs: Argv<T>) {
  return yargs.option('reason', { type: 'string', requiresArg: true, describe: 'Why, for the history' });
}
