/** `radmeter set-aside`: what was acknowledged but not metered, why, and what to do about it. */
import { discardSetAside } from '../accounting/set-aside-discard.ts';
import {
  getSetAside,
  type SetAsideListing,
  type SetAsideSelection,
  scanSetAside,
} from '../accounting/set-aside-queries.ts';
import { setAsideDetailShape, setAsideShape } from '../accounting/set-aside-shape.ts';
import { canonicalPrefix } from '../nas/prefix.ts';
import { PrefixTable, parsePrefix, unmapIpv4 } from '../radius/address.ts';
import { loadDictionary } from '../radius/dictionary.ts';
import { octetsFrom, octetsToDisplay } from '../radius/octets.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { withLimit } from './limit-flag.ts';
import { type DatabaseTools, withMigratedDatabase } from './open.ts';
import {
  type Column,
  heading,
  instantShown,
  onOneLine,
  printFacts,
  printJson,
  printLine,
  printNote,
  printTable,
} from './output.ts';
import { pastInstant } from './past-instant.ts';
import { showProgress } from './progress-line.ts';
import { idsFrom, refuseUnlessOne } from './set-aside-ids.ts';
import { replayCommand } from './set-aside-replay.ts';

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show the records that wait to be replayed or discarded, the newest first',
  examples: [
    ['set-aside list', 'The newest hundred'],
    ['set-aside list --reason implausible-growth --nas hall', 'Of one NAS, for one reason'],
    ['set-aside list --user john --since 2d --all', "John's of two days, replayed ones too"],
  ],
  builder: (yargs) =>
    withLimit(withJson(yargs))
      .option('reason', { type: 'string', requiresArg: true, describe: 'Only those set aside for it' })
      .option('nas', {
        type: 'string',
        requiresArg: true,
        describe: 'Only of this NAS (name, address, prefix or NAS-Identifier)',
      })
      .option('user', { type: 'string', requiresArg: true, describe: 'Only with this User-Name, exactly' })
      .option('since', {
        type: 'string',
        requiresArg: true,
        describe: 'Only those that arrived since: 2d, 12h, or a time',
      })
      .option('all', { type: 'boolean', default: false, describe: 'Also those that were replayed' }),
  run: (argv) => {
    return withMigratedDatabase(argv, async (tools) => {
      const { found, hasMore } = await listed(tools, argv);
      if (argv.json) printJson(found.map(setAsideShape));
      else printTable(found, argv.all ? [...COLUMNS, REPLAYED] : COLUMNS, 'No such record is set aside.');
      if (hasMore) printNote(`Only the newest ${argv.limit}; --limit N shows more.`);
    });
  },
});

const showCommand = defineCommand({
  command: 'show <id>',
  describe: 'Show everything about one record: where it came from, why it is set aside, what it says',
  examples: [['set-aside show 12', 'By the id that `set-aside list` shows']],
  builder: (yargs) =>
    withJson(yargs).positional('id', { type: 'string', demandOption: true, describe: "The record's id" }),
  run: (argv) => {
    const [id = 0] = idsFrom([argv.id]);
    return withMigratedDatabase(argv, async ({ db, config }) => {
      const request = await getSetAside(db, id);
      const shape = setAsideDetailShape(request, loadDictionary(config.dictionaries));
      if (argv.json) printJson(shape);
      else printDetail(shape);
    });
  },
});

const discardCommand = defineCommand({
  command: 'discard [ids..]',
  describe: 'Delete records for good, whether they were replayed or not; their octets are then nobody’s',
  examples: [
    ['set-aside discard 12 13', 'These two'],
    ['set-aside discard --reason unknown-status-type --older-than 30d', 'Old ones of one reason'],
    ['set-aside discard --all --dry-run', 'How many there are'],
  ],
  builder: (yargs) =>
    withJson(yargs)
      .positional('ids', { type: 'string', array: true, describe: 'Ids that `set-aside list` shows' })
      .option('reason', { type: 'string', requiresArg: true, describe: 'All set aside for it' })
      .option('older-than', {
        type: 'string',
        requiresArg: true,
        describe: 'All that arrived longer ago: 30d, 12h, or before a time',
      })
      .option('all', { type: 'boolean', default: false, describe: 'Everything' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'Only say how many' }),
  repeatable: ['ids'],
  run: (argv) => {
    const ids = idsFrom(argv.ids);
    refuseUnlessOne('discard', '--reason, --older-than or both', {
      ids: ids.length > 0,
      filter: argv.reason !== undefined || argv['older-than'] !== undefined,
      all: argv.all,
    });
    return withMigratedDatabase(argv, async (tools) => {
      const olderThan = argv['older-than'];
      const arrivedUntil =
        olderThan === undefined ? undefined : pastInstant('older-than', olderThan, tools.clock.now());
      const selection: SetAsideSelection =
        ids.length > 0 ? { ids } : { reason: argv.reason, arrivedUntil, withReplayed: true };
      await discard(tools, selection, { isDryRun: argv['dry-run'], isJson: argv.json });
    });
  },
});

/** `radmeter set-aside list|show|replay|discard`. */
export const setAsideCommand = defineGroup('set-aside', 'Records that were acknowledged but not metered', [
  listCommand,
  showCommand,
  replayCommand,
  discardCommand,
]);

const COLUMNS: readonly Column<SetAsideListing>[] = [
  { heading: 'ID', value: ({ id }) => id, align: 'right' },
  { heading: 'ARRIVED', value: ({ arrivedAt }) => instantShown(arrivedAt) },
  { heading: 'NAS', value: ({ nasName, sourceAddress }) => nasName ?? sourceAddress },
  { heading: 'USER-NAME', value: ({ userName }) => userName && octetsToDisplay(userName) },
  { heading: 'SESSION', value: ({ acctSessionId }) => acctSessionId && octetsToDisplay(acctSessionId) },
  { heading: 'REASON', value: ({ reason }) => reason },
];
const REPLAYED: Column<SetAsideListing> = {
  heading: 'REPLAYED',
  value: ({ replayedAt }) => instantShown(replayedAt),
};

interface ListFlags {
  readonly reason?: string | undefined;
  readonly nas?: string | undefined;
  readonly user?: string | undefined;
  readonly since?: string | undefined;
  readonly all: boolean;
  readonly limit: number;
}

/** NAS and user are in the packets, so rows are read until there are enough. */
async function listed({ db, clock }: DatabaseTools, flags: ListFlags) {
  const isOfNas = flags.nas === undefined ? () => true : nasTest(flags.nas);
  const userName = flags.user === undefined ? undefined : octetsFrom(Buffer.from(flags.user));
  const found: SetAsideListing[] = [];
  for await (const request of scanSetAside(db, {
    reason: flags.reason,
    arrivedFrom: flags.since === undefined ? undefined : pastInstant('since', flags.since, clock.now()),
    withReplayed: flags.all,
  })) {
    if ((userName !== undefined && request.userName !== userName) || !isOfNas(request)) continue;
    if (found.length >= flags.limit) return { found, hasMore: true };
    found.push(request);
  }
  return { found, hasMore: false };
}

/** A NAS by the name it had, by where it sends from, or by what it calls itself. */
function nasTest(which: string): (request: SetAsideListing) => boolean {
  const prefix = parsePrefix(canonicalPrefix(which) ?? '');
  const prefixes = new PrefixTable<true>();
  if (prefix !== undefined) prefixes.add(prefix, true);
  const identifier = octetsFrom(Buffer.from(which));
  return ({ nasName, sourceAddress, nasIdentifier }) =>
    nasName === which ||
    nasIdentifier === identifier ||
    (prefix !== undefined && prefixes.find(unmapIpv4(sourceAddress)) !== undefined);
}

function printDetail(shape: ReturnType<typeof setAsideDetailShape>): void {
  const { address, port } = shape.source;
  printFacts([
    ['id', shape.id],
    ['arrived', shape.arrived_at],
    ['NAS', shape.nas],
    ['source', `${address.includes(':') ? `[${address}]` : address}:${port}`],
    ['reason', shape.reason],
    ['detail', shape.detail],
    ['replayed', shape.replayed_at ?? 'not yet'],
    ['clock offset', shape.clock_offset_ms === null ? null : `${shape.clock_offset_ms} ms`],
  ]);
  printLine('');
  const what = shape.code === null ? 'No packet' : `${shape.code} (id ${shape.identifier})`;
  printLine(heading(what));
  for (const { name, value } of shape.attributes) printLine(onOneLine(`    ${name} = ${value}`));
  printLine('');
  printLine(heading('As it came, in hexadecimal'));
  for (const line of shape.packet_hex.match(/.{1,64}/g) ?? []) printLine(`    ${line}`);
}

async function discard(
  tools: DatabaseTools,
  selection: SetAsideSelection,
  { isDryRun, isJson }: { isDryRun: boolean; isJson: boolean },
): Promise<void> {
  let deleted = 0;
  const progress = showProgress(() => `${deleted} records`);
  try {
    const onProgress = (count: number) => {
      deleted = count;
    };
    const { count, neverReplayed } = await discardSetAside(tools, selection, { isDryRun, onProgress });
    progress.end();
    if (isJson) printJson({ dry_run: isDryRun, discarded: count, never_replayed: neverReplayed });
    else
      printLine(
        `${isDryRun ? 'Would discard' : 'Discarded'} ${count} records; ${neverReplayed} of them were never metered.`,
      );
  } finally {
    progress.end();
  }
}
