/** `radmeter nas`: which NASes may send packets, how each counts, and who else tries. */
import type { Argv } from 'yargs';
import { AppError } from '../errors.ts';
import { configuredNases } from '../nas/configured-nas.ts';
import { type HeardNases, listHeardNases, listKnocking } from '../nas/heard-nases.ts';
import { addNas, findNamedNas, removeNas, updateNas } from '../nas/nas-commands.ts';
import { checkNasOptions, type NasInput } from '../nas/nas-options.ts';
import { listNas } from '../nas/nas-queries.ts';
import { nasDetailShape, nasShape, unknownShape, unusableShape } from '../nas/nas-shape.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { refuseNoChange } from './field-flags.ts';
import { nasInputFrom, withNasFlags } from './nas-flags.ts';
import { NAS_COLUMNS, printNas, UNKNOWN_COLUMNS } from './nas-texts.ts';
import { type DatabaseTools, withMigratedDatabase } from './open.ts';
import { heading, printJson, printLine, printTable } from './output.ts';

const addCommand = defineCommand({
  command: 'add <address>',
  describe: 'Let a NAS send packets; in force within 10 seconds',
  examples: [
    ['nas add 192.0.2.10 --name hall --secret s3cret --kind mikrotik', 'One access point'],
    ['nas add 10.20.0.0/16 --name campus --secret-file /run/secrets/campus', 'Everything in a network'],
    [
      'nas add 192.0.2.20 --secret s3cret --identifier lobby --direction reversed',
      'One of several at an address',
    ],
  ],
  builder: (yargs) =>
    withNasFlags(
      yargs.positional('address', {
        type: 'string',
        demandOption: true,
        describe: 'Where its packets come from: an address, or a prefix such as 10.0.0.0/8',
      }),
    ),
  run: (argv) => {
    const { address } = argv;
    const input = { ...nasInputFrom(argv), address };
    checkNasOptions(input);
    const { secret } = input;
    if (typeof secret !== 'string') {
      throw new AppError(
        'invalid',
        'secret: missing; give --secret SECRET, or --secret-file FILE to keep it out of sight',
      );
    }
    return withMigratedDatabase(
      argv,
      async (tools) => {
        const nas = await addNas(tools, { ...checkedInput(input), address, secret });
        printLine(`Added NAS ${nas.name} (${nas.prefix}).`);
      },
      { mayCreate: true },
    );
  },
});

const updateCommand = defineCommand({
  command: 'update <nas>',
  describe: 'Change what is said of a NAS, the rest stays; in force within 10 seconds',
  examples: [
    ['nas update hall --direction reversed --max-rate 54000', 'For sessions that begin from now on'],
    [
      'nas update hall --secret n3w --keep-secret',
      'The secret before is accepted, too, until all have the new one',
    ],
    ['nas update hall --previous-secret none', 'From now on only the new one'],
  ],
  builder: (yargs) =>
    withNasFlags(withNas(yargs))
      .option('address', { type: 'string', requiresArg: true, describe: 'Its new address or prefix' })
      .option('keep-secret', {
        type: 'boolean',
        describe: 'Accept the secret before beside the new one',
      })
      .conflicts('previous-secret', 'keep-secret')
      .conflicts('previous-secret-file', 'keep-secret'),
  run: (argv) => {
    const { address } = argv;
    const input = { ...nasInputFrom(argv), ...(address === undefined ? undefined : { address }) };
    checkNasOptions(input);
    refuseNoChange(input);
    return withMigratedDatabase(argv, async (tools) => {
      await refuseConfigured(tools, argv.nas, 'change');
      const nas = await updateNas(tools, argv.nas, checkedInput(input), {
        keepsSecret: argv.keepSecret ?? false,
      });
      printLine(`Updated NAS ${nas.name} (${nas.prefix}).`);
    });
  },
});

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show the NASes, and the unknown sources of packets',
  builder: withJson,
  run: (argv) =>
    withMigratedDatabase(argv, async (tools) => {
      const { heard, unusable } = await heardNases(tools);
      const unknown = await listKnocking(tools.db, heard);
      if (argv.json) {
        printJson({
          nases: heard.map(nasShape),
          unusable: unusable.map(unusableShape),
          unknown: unknown.map(unknownShape),
        });
        return;
      }
      printTable(heard, NAS_COLUMNS, 'No NAS. Add one with `radmeter nas add`.');
      for (const { id, nasname, reason } of unusable) {
        printLine(`Row ${id} of table nas (${nasname}) is not used: ${reason}.`);
      }
      if (unknown.length === 0) return;
      printLine('');
      printLine(
        heading('Unknown sources, discarded (`radmeter nas add ADDRESS --secret SECRET` lets one in):'),
      );
      printTable(unknown, UNKNOWN_COLUMNS, '');
    }),
});

const showCommand = defineCommand({
  command: 'show <nas>',
  describe: 'Show one NAS: its options, what its packets have taught, and the devices behind it',
  examples: [['nas show hall', 'By its name; its address, prefix or id will do, too']],
  builder: (yargs) => withJson(withNas(yargs)),
  run: (argv) =>
    withMigratedDatabase(argv, async (tools) => {
      const { heard } = await heardNases(tools);
      const nas = findNamedNas(
        heard.map((one) => one.nas),
        argv.nas,
      );
      const found = heard.find((one) => one.nas === nas);
      if (found === undefined) throw new Error(`the NAS ${nas.name} was found and is not there`);
      if (argv.json) printJson(nasDetailShape(found));
      else printNas(found);
    }),
});

const removeCommand = defineCommand({
  command: 'remove <nas>',
  describe: 'Let a NAS send no more packets; in force within 10 seconds',
  examples: [['nas remove hall', 'By its name; its address, prefix or id will do, too']],
  builder: (yargs) => withNas(yargs),
  run: (argv) =>
    withMigratedDatabase(argv, async (tools) => {
      await refuseConfigured(tools, argv.nas, 'remove');
      const nas = await removeNas(tools, argv.nas);
      printLine(`Removed NAS ${nas.name} (${nas.prefix}).`);
    }),
});

/** `radmeter nas add|update|list|show|remove`. */
export const nasCommand = defineGroup('nas', 'Which NASes may send packets, and how each counts', [
  addCommand,
  updateCommand,
  listCommand,
  showCommand,
  removeCommand,
]);

function heardNases({ db, config, secrets }: DatabaseTools): Promise<HeardNases> {
  return listHeardNases(db, configuredNases(config.nas, secrets.nas));
}

/** Of values that checkNasOptions has just let pass, each as the type its rule stands for. */
function checkedInput(input: Partial<Record<keyof NasInput, unknown>>): NasInput {
  return input as NasInput;
}

async function refuseConfigured(
  { config, db }: DatabaseTools,
  which: string,
  what: 'change' | 'remove',
): Promise<void> {
  if (!config.nas.some(({ name }) => name === which)) return;
  const { nases } = await listNas(db);
  if (nases.some(({ name }) => name === which)) return;
  throw new AppError('conflict', `NAS ${which} stands in the configuration file; ${what} it there`);
}

function withNas<T>(yargs: Argv<T>) {
  return yargs.positional('nas', {
    type: 'string',
    demandOption: true,
    describe: 'Its name, address, prefix or id',
  });
}
