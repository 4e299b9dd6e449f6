/** `radmeter nas`: which NASes may send packets, and who else tries. */
import { readFileSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { configuredNases } from '../nas/configured-nas.ts';
import { DIRECTIONS, KINDS, type KnownNas, mergeNases } from '../nas/nas.ts';
import { addNas, removeNas } from '../nas/nas-commands.ts';
import { listNas, listUnknownNas, type UnknownNas } from '../nas/nas-queries.ts';
import { NasTable } from '../nas/nas-table.ts';
import { octetsToDisplay } from '../radius/octets.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { type CommandTools, withDatabase } from './open.ts';
import { type Column, heading, instantShown, printJson, printLine, printTable } from './output.ts';

const addCommand = defineCommand({
  command: 'add <address>',
  describe: 'Let a NAS send packets; in force within 10 seconds',
  examples: [
    ['nas add 192.0.2.10 --name hall --secret s3cret --kind mikrotik', 'One access point'],
    ['nas add 10.20.0.0/16 --name campus --secret-file /run/secrets/campus', 'Everything in a network'],
  ],
  builder: (yargs) =>
    yargs
      .positional('address', {
        type: 'string',
        demandOption: true,
        describe: 'Where its packets come from: an address, or a prefix such as 10.0.0.0/8',
      })
      .option('name', { type: 'string', describe: 'What to call it (default: its address)' })
      .option('secret', { type: 'string', describe: 'The shared secret' })
      .option('secret-file', {
        type: 'string',
        describe: 'A file that holds the shared secret (--secret-file=-: standard input)',
      })
      .option('previous-secret', {
        type: 'string',
        describe: 'The secret before, accepted while it is replaced',
      })
      .option('kind', { type: 'string', describe: `What it is: ${KINDS.join(', ')}` })
      .option('coa-port', { type: 'number', describe: 'Where it takes CoA- and Disconnect-Requests' })
      .option('require-message-authenticator', {
        type: 'boolean',
        describe: 'Discard Access-Requests without Message-Authenticator (default: yes)',
      })
      .option('direction', {
        choices: DIRECTIONS,
        describe: 'Whether input octets are the upload (rfc) or not',
      })
      .option('octet-unit', { type: 'number', describe: 'How many octets its counters count as one' })
      .option('max-rate', { type: 'number', describe: 'The most one session can carry, in kbit/s' })
      .option('interval-floor', {
        type: 'number',
        describe: 'Seconds of silence no session is closed within',
      })
      .option('identifier', {
        type: 'string',
        describe: 'Its NAS-Identifier, where several share the address',
      })
      .conflicts('secret', 'secret-file'),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const nas = await addNas(tools, {
        ...argv,
        secret: argv.secret ?? readSecret(argv.secretFile),
        maxRateKbps: argv.maxRate,
        intervalFloorSeconds: argv.intervalFloor,
      });
      printLine(`Added NAS ${nas.name} (${nas.prefix}).`);
    }),
});

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show the NASes, and the unknown sources of packets',
  builder: withJson,
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const { nases, unusable } = await listNas(tools.db);
      const known = mergeNases(nases, configuredNases(tools.config.nas, tools.secrets.nas));
      // Who became known since stays counted, but knocks no more.
      const table = new NasTable(known);
      const unknown = (await listUnknownNas(tools.db)).filter(({ address }) => !table.holds(address));
      if (argv.json) {
        printJson({ nases: known.map(nasShape), unusable, unknown: unknown.map(unknownShape) });
        return;
      }
      printTable(known, NAS_COLUMNS, 'No NAS. Add one with `radmeter nas add`.');
      for (const { id, nasname, reason } of unusable) {
        printLine(`Row ${id} of table nas (${nasname}) is not used: ${reason}.`);
      }
      if (unknown.length > 0) printUnknown(unknown);
    }),
});

const removeCommand = defineCommand({
  command: 'remove <nas>',
  describe: 'Let a NAS send no more packets; in force within 10 seconds',
  examples: [['nas remove hall', 'By its name; its address or id will do, too']],
  builder: (yargs) =>
    yargs.positional('nas', {
      type: 'string',
      demandOption: true,
      describe: 'Its name, address, prefix or id',
    }),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      refuseConfigured(
        tools,
        argv.nas,
        (await listNas(tools.db)).nases.map(({ name }) => name),
      );
      const nas = await removeNas(tools, argv.nas);
      printLine(`Removed NAS ${nas.name} (${nas.prefix}).`);
    }),
});

/** `radmeter nas add|list|remove`. */
export const nasCommand = defineGroup('nas', 'Which NASes may send packets', [
  addCommand,
  listCommand,
  removeCommand,
]);

const NAS_COLUMNS: readonly Column<KnownNas>[] = [
  { heading: 'NAME', value: ({ nas }) => nas.name },
  { heading: 'ADDRESS', value: ({ nas }) => nas.prefix },
  { heading: 'IDENTIFIER', value: ({ nas }) => nas.matchIdentifier && octetsToDisplay(nas.matchIdentifier) },
  { heading: 'KIND', value: ({ nas }) => nas.kind },
  { heading: 'LAST SEEN', value: ({ nas }) => instantShown(nas.lastSeenAt) },
  {
    heading: 'CLOCK OFFSET',
    value: ({ nas }) => (nas.clockOffsetMs === null ? null : `${(nas.clockOffsetMs / 1_000).toFixed(1)} s`),
    align: 'right',
  },
  { heading: 'SOURCE', value: ({ source }) => source },
];

const UNKNOWN_COLUMNS: readonly Column<UnknownNas>[] = [
  { heading: 'ADDRESS', value: ({ address }) => address },
  { heading: 'PACKETS', value: ({ packets }) => packets, align: 'right' },
  { heading: 'FIRST SEEN', value: ({ firstSeenAt }) => instantShown(firstSeenAt) },
  { heading: 'LAST SEEN', value: ({ lastSeenAt }) => instantShown(lastSeenAt) },
];

function printUnknown(unknown: readonly UnknownNas[]): void {
  printLine('');
  printLine(heading('Unknown sources, discarded (`radmeter nas add ADDRESS --secret SECRET` lets one in):'));
  printTable(unknown, UNKNOWN_COLUMNS, '');
}

function nasShape({ nas, source }: KnownNas) {
  return {
    id: nas.id,
    name: nas.name,
    address: nas.prefix,
    identifier: nas.matchIdentifier === null ? null : octetsToDisplay(nas.matchIdentifier),
    kind: nas.kind,
    coa_port: nas.coaPort,
    require_message_authenticator: nas.requireMessageAuthenticator,
    direction: nas.direction,
    octet_unit: nas.octetUnit,
    max_rate_kbps: nas.maxRateKbps,
    interval_floor_seconds: nas.intervalFloorSeconds,
    sends_gigawords: nas.sendsGigawords,
    clock_offset_ms: nas.clockOffsetMs,
    last_seen_at: instantShown(nas.lastSeenAt),
    source,
  };
}

function unknownShape(unknown: UnknownNas) {
  return {
    address: unknown.address,
    packets: unknown.packets,
    first_seen_at: instantShown(unknown.firstSeenAt),
    last_seen_at: instantShown(unknown.lastSeenAt),
  };
}

function refuseConfigured({ config }: CommandTools, which: string, inTable: readonly string[]): void {
  if (!config.nas.some(({ name }) => name === which) || inTable.includes(which)) return;
  throw new AppError('conflict', `NAS ${which} stands in the configuration file; remove it there`);
}

function readSecret(filename: string | undefined): string {
  if (filename === undefined) {
    throw new AppError(
      'invalid',
      'secret: missing; give --secret SECRET, or --secret-file FILE to keep it out of sight',
    );
  }
  try {
    return readFileSync(filename === '-' ? 0 : filename, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('invalid', `secret-file: ${filename} cannot be read (${reason})`, { cause: error });
  }
}
