/** `radmeter session disconnect`: ending connections by hand. */
import { disconnectSession } from '../enforcement/intent-commands.ts';
import { getIntent } from '../enforcement/intent-queries.ts';
import { intentShape } from '../enforcement/intent-shape.ts';
import { AppError } from '../errors.ts';
import { getUser } from '../profiles/user-queries.ts';
import { getSession, listSessions, type SessionListing } from '../sessions/session-queries.ts';
import { sessionShape } from '../sessions/session-shape.ts';
import { type Command, defineCommand, withJson } from './command.ts';
import { type CommandTools, withDatabase } from './open.ts';
import { type Column, instantShown, printJson, printLine, printNote, printTable } from './output.ts';
import { sessionIdFrom } from './session-show.ts';
import { shown } from './session-texts.ts';

/** More than anybody is online with. */
const SESSIONS_MAX = 1_000;

/** `radmeter session disconnect ID|--user NAME [--dry-run] [--json]`. */
export const disconnectCommand: Command = defineCommand({
  command: 'disconnect [id]',
  describe:
    'End a session, or all of a user, whether or not they may be online; a running radmeter asks the NAS',
  examples: [
    ['session disconnect 4711', 'One session, by its id in `session list --open`'],
    ['session disconnect --user john --dry-run', "Which sessions of john's that would be"],
    ['session disconnect --user john', 'All of them'],
  ],
  builder: (yargs) =>
    withJson(yargs)
      .positional('id', { type: 'string', describe: 'The id of the session' })
      .option('user', {
        type: 'string',
        requiresArg: true,
        describe: 'All open sessions of this user (name or id)',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'Say which they are, and end none',
      }),
  run: (argv) =>
    withDatabase(argv, async (tools) => {
      const { id, user, dryRun: isDryRun } = argv;
      const sessions = await sessionsMeant(tools, { id, user });
      if (isDryRun) {
        if (argv.json) printJson({ dry_run: true, sessions: sessions.map(sessionShape) });
        else printTable(sessions, COLUMNS, 'No session is open.');
        return;
      }
      await disconnectAll(tools, sessions, argv.json);
    }),
});

async function sessionsMeant(
  { db }: CommandTools,
  { id, user }: { readonly id: string | undefined; readonly user: string | undefined },
): Promise<SessionListing[]> {
  if ((id === undefined) === (user === undefined)) {
    throw new AppError('invalid', 'say which: the ID of one session, or --user NAME for all of theirs');
  }
  if (id !== undefined) return [await getSession(db, sessionIdFrom(id))];
  const { id: userId } = await getUser(db, user ?? '');
  return listSessions(db, { userId, isOpen: true, limit: SESSIONS_MAX });
}

async function disconnectAll(
  tools: CommandTools,
  sessions: readonly SessionListing[],
  isJson: boolean,
): Promise<void> {
  const intents = [];
  for (const { id } of sessions) {
    const { intent } = await disconnectSession(tools, id);
    intents.push(await getIntent(tools.db, intent.id));
  }
  if (isJson) {
    printJson({ dry_run: false, intents: intents.map(intentShape) });
    return;
  }
  const what = intents.length === 1 ? '1 session is' : `${intents.length} sessions are`;
  printLine(intents.length === 0 ? 'No session is open.' : `${what} to be ended.`);
  if (intents.length > 0)
    printNote('A running radmeter asks the NAS; `radmeter session show ID` tells what came of it.');
  if (!tools.config.enforce)
    printNote(
      'By the setting enforce nothing is sent here: where every radmeter has it so, nothing is sent at all.',
    );
}

const COLUMNS: readonly Column<SessionListing>[] = [
  { heading: 'ID', value: ({ id }) => id, align: 'right' },
  { heading: 'USER', value: ({ username }) => username },
  { heading: 'STATION', value: ({ station }) => shown(station) },
  { heading: 'NAS', value: (session) => shown(session.nasIdentifier) ?? session.sourceAddress },
  { heading: 'STARTED', value: ({ startedAt }) => instantShown(startedAt) },
];
