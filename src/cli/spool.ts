/** `radmeter spool`: what waits on this machine for a database that is or was away. */
import { listSpooled, spoolStatus, type WaitingRecord } from '../accounting/spool-queries.ts';
import { formerNas } from '../nas/nas.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { withLimit } from './limit-flag.ts';
import { configFor } from './open.ts';
import { type Column, octetsText, printFacts, printJson, printNote, printTable } from './output.ts';

const statusCommand = defineCommand({
  command: 'status',
  describe: 'Show how many records wait, since when, and how much room there is',
  examples: [
    ['spool status', 'Of the state directory of this configuration'],
    ['spool status --json', 'The same for a monitoring script'],
  ],
  builder: withJson,
  run: async (argv) => {
    const { config } = configFor(argv);
    const status = spoolStatus(config.stateDir);
    if (argv.json) {
      printJson({ ...status, max_bytes: config.spoolMaxBytes });
      return;
    }
    printFacts([
      ['file', status.file],
      ['records', status.records],
      ['oldest arrived', status.oldest_arrived_at],
      ['file size', octetsText(status.file_bytes)],
      ['spool-max, by these settings', octetsText(config.spoolMaxBytes)],
    ]);
  },
});

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show the records that wait, in the order in which they will be metered',
  examples: [['spool list --limit 10', 'The ten that have waited longest']],
  builder: (yargs) => withLimit(withJson(yargs)),
  run: async (argv) => {
    const { config } = configFor(argv);
    // One more tells whether there are more.
    const found = listSpooled(config.stateDir, { limit: argv.limit + 1, findNas: formerNas });
    const waiting = found.slice(0, argv.limit);
    if (argv.json) printJson(waiting);
    else printTable(waiting, COLUMNS, 'No record waits in the spool.');
    if (found.length > argv.limit) printNote(`Only the oldest ${argv.limit}; --limit N shows more.`);
  },
});

/** `radmeter spool status|list`. */
export const spoolCommand = defineGroup('spool', 'What waits for a database that is or was away', [
  statusCommand,
  listCommand,
]);

const COLUMNS: readonly Column<WaitingRecord>[] = [
  { heading: 'ID', value: ({ id }) => id, align: 'right' },
  { heading: 'ARRIVED', value: ({ arrived_at }) => arrived_at },
  { heading: 'SOURCE', value: ({ source_address }) => source_address },
  { heading: 'STATUS', value: ({ status_type }) => status_type },
  { heading: 'ACCT-SESSION-ID', value: ({ acct_session_id }) => acct_session_id },
  { heading: 'USER-NAME', value: ({ user_name }) => user_name },
];
