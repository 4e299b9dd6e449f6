/** `radmeter trace`: decoded packets and what was decided about them, live. */
import type { Database } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { configuredNases } from '../nas/configured-nas.ts';
import { mergeNases } from '../nas/nas.ts';
import { listNas, listSenders } from '../nas/nas-queries.ts';
import { NasTable } from '../nas/nas-table.ts';
import { canonicalPrefix } from '../nas/prefix.ts';
import { getUser } from '../profiles/user-queries.ts';
import { octetsFrom } from '../radius/octets.ts';
import { watchTrace } from '../trace/trace-client.ts';
import type { TraceMessage } from '../trace/trace-event.ts';
import { type Command, defineCommand, withJson } from './command.ts';
import { numberFlag } from './number-flag.ts';
import { configFor, type DatabaseTools, withMigratedDatabase } from './open.ts';
import { printLine, printNote } from './output.ts';
import type { WatchSignals } from './signals.ts';
import { traceLines } from './trace-lines.ts';

/** `radmeter trace`. */
export function traceCommand(watchSignals: WatchSignals): Command {
  return defineCommand({
    command: 'trace [subject]',
    describe: 'Show packets as the daemon receives them, and what it decides about each, until Ctrl-C',
    examples: [
      ['trace john', "One user's: User-Name, Chargeable-User-Identity or user"],
      ['trace hall', "One NAS's: its name, address, prefix or NAS-Identifier"],
      ['trace --all --count 10 --json', 'The next ten of everybody, one JSON text a line'],
    ],
    builder: (yargs) =>
      withJson(yargs)
        .positional('subject', { type: 'string', describe: 'A user or a NAS' })
        .option('all', { type: 'boolean', default: false, describe: 'Everything' })
        .option('count', {
          ...numberFlag({ flag: 'count', min: 1 }),
          describe: 'End after this many packets',
        }),
    run: async (argv) => {
      const subject = subjectFrom(argv);
      const countMax = argv.count ?? Number.POSITIVE_INFINITY;
      const { config } = configFor(argv);
      const { stop } = watchSignals();
      // Not waited for: a database that is slow or away must not keep anybody from watching.
      if (subject !== null) void noteUnknown(argv, subject);
      let count = 0;
      for await (const message of watchTrace({ stateDir: config.stateDir, subject, stop })) {
        print(message, argv.json, subject);
        if (message.kind === 'event') count++;
        if (count >= countMax) return;
      }
    },
  });
}

/** Who mistyped a name would watch in silence. A packet may name somebody nobody knows, so it is watched all the same; and without the database nobody can say. */
async function noteUnknown(argv: Readonly<Record<string, unknown>>, subject: string): Promise<void> {
  try {
    if (await withMigratedDatabase(argv, (tools) => isKnown(tools, subject))) return;
  } catch {
    // Whatever is wrong with the database: the daemon is asked, not the database.
    return;
  }
  printNote(`${subject} is neither a user nor a NAS known here; only packets that name it will be shown.`);
}

async function isKnown({ db, config, secrets }: DatabaseTools, subject: string): Promise<boolean> {
  const { nases } = await listNas(db);
  const known = mergeNases(nases, configuredNases(config.nas, secrets.nas)).map(({ nas }) => nas);
  const prefix = canonicalPrefix(subject);
  if (known.some((nas) => nas.name === subject || nas.prefix === prefix)) return true;
  const table = new NasTable(known.map((nas) => ({ nas, source: 'table' })));
  if (prefix !== undefined && table.holds(prefix)) return true;
  const identifier = octetsFrom(Buffer.from(subject));
  if (known.some((nas) => nas.matchIdentifier === identifier)) return true;
  if ((await listSenders(db)).some(({ nasIdentifier }) => nasIdentifier === identifier)) return true;
  return isUser(db, subject);
}

async function isUser(db: Database, name: string): Promise<boolean> {
  try {
    return (await getUser(db, name)).username === name;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return false;
    throw error;
  }
}

function print(message: TraceMessage, isJson: boolean, subject: string | null): void {
  switch (message.kind) {
    case 'watching':
      printNote(`Watching ${subject ?? 'everything'}; Ctrl-C ends.`);
      return;
    case 'missed':
      printNote(`${message.count} packets were too many to show.`);
      return;
    case 'event':
      if (isJson) printLine(JSON.stringify(message.event));
      else for (const line of traceLines(message.event)) printLine(line);
      return;
    default:
      message satisfies never;
  }
}

function subjectFrom({ subject, all }: { readonly subject?: string | undefined; readonly all: boolean }) {
  if (all && subject === undefined) return null;
  if (!all && subject !== undefined && subject !== '') return subject;
  throw new AppError('invalid', 'say what to watch: a user, a NAS, or --all');
}
