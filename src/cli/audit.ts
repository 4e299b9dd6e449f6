/** `radmeter audit`: who changed what. */
import { type AuditListing, listAudit } from '../audit/audit-queries.ts';
import { auditShape } from '../audit/audit-shape.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { withLimit } from './limit-flag.ts';
import { withMigratedDatabase } from './open.ts';
import { type Column, instantShown, printJson, printNote, printTable } from './output.ts';
import { pastInstant } from './past-instant.ts';

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show changes by people and tokens, the newest first',
  examples: [
    ['audit list', 'The newest hundred'],
    ['audit list --object profile --id 3', 'What became of one profile'],
    ['audit list --actor cli:root --since 2d --json', 'What somebody did in two days'],
  ],
  builder: (yargs) =>
    withLimit(withJson(yargs))
      .option('object', { type: 'string', requiresArg: true, describe: 'Only such things: profile, user, …' })
      .option('id', { type: 'string', requiresArg: true, describe: 'Only this one; with --object' })
      .implies('id', 'object')
      .option('actor', { type: 'string', requiresArg: true, describe: 'Only what they did' })
      .option('action', { type: 'string', requiresArg: true, describe: 'Only this: create, update, …' })
      .option('since', { type: 'string', requiresArg: true, describe: 'Only since: 2d, 12h, or a time' })
      .option('until', { type: 'string', requiresArg: true, describe: 'Only before: 2d, 12h, or a time' }),
  run: (argv) => {
    return withMigratedDatabase(argv, async ({ db, clock }) => {
      const at = (flag: 'since' | 'until') => {
        const text = argv[flag];
        return text === undefined ? undefined : pastInstant(flag, text, clock.now());
      };
      const { object: objectType, id: objectId, actor, action } = argv;
      const filter = { objectType, objectId, actor, action, since: at('since'), until: at('until') };
      const entries = await listAudit(db, filter).rows({
        offset: 0,
        limit: argv.limit + 1,
        isFromEnd: false,
      });
      const shown = entries.slice(0, argv.limit);
      if (argv.json) printJson(shown.map(auditShape));
      else printTable(shown, COLUMNS, 'Nobody has changed such a thing.');
      if (entries.length > shown.length) printNote(`Only the newest ${argv.limit}; --limit N shows more.`);
    });
  },
});

/** `radmeter audit list`. */
export const auditCommand = defineGroup('audit', 'Who changed what, from where and when', [listCommand]);

const COLUMNS: readonly Column<AuditListing>[] = [
  { heading: 'TIME', value: ({ at }) => instantShown(at) },
  { heading: 'WHO', value: ({ actor }) => actor },
  { heading: 'FROM', value: ({ actorAddress }) => actorAddress },
  { heading: 'ACTION', value: ({ action }) => action },
  { heading: 'OBJECT', value: ({ objectType, objectId }) => [objectType, objectId ?? ''].join(' ').trim() },
  { heading: 'CHANGE', value: changeText },
];

const CHANGE_LENGTH_MAX = 100;

/** `name: "A" -> "B"`, one after another, as far as a line goes; --json shows all. What is as it was is left out, but for ids, which say whose it is. */
function changeText({ before, after }: AuditListing): string {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const text = names
    .filter((name) => isId(name) || valueIn(was, name)[0] !== valueIn(is, name)[0])
    .map((name) => `${name}: ${[...new Set([was, is].flatMap((side) => valueIn(side, name)))].join(' -> ')}`)
    .join(', ');
  return text.length > CHANGE_LENGTH_MAX ? `${text.slice(0, CHANGE_LENGTH_MAX)}…` : text;
}

function isId(name: string): boolean {
  return name === 'ids' || name.endsWith('_id');
}

function valueIn(side: Readonly<Record<string, unknown>>, name: string): string[] {
  return Object.hasOwn(side, name) ? [JSON.stringify(side[name])] : [];
}

function fieldsOf(side: unknown): Readonly<Record<string, unknown>> {
  return typeof side === 'object' && side !== null ? { ...side } : {};
}
