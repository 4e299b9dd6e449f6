/** `radmeter session`: what connections there are and were, and what is known of each. */
import { configuredNases } from '../nas/configured-nas.ts';
import { mergeNases } from '../nas/nas.ts';
import { listNas } from '../nas/nas-queries.ts';
import { getUser } from '../profiles/user-queries.ts';
import { listSessions, type SessionListing, type SessionPlace } from '../sessions/session-queries.ts';
import { sessionShape } from '../sessions/session-shape.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { withLimit } from './limit-flag.ts';
import { type DatabaseTools, withMigratedDatabase } from './open.ts';
import { type Column, instantShown, printJson, printNote, printTable } from './output.ts';
import { closeStaleCommand } from './session-close-stale.ts';
import { disconnectCommand } from './session-disconnect.ts';
import { sessionPlaces } from './session-places.ts';
import { showCommand } from './session-show.ts';
import { shown, stateText } from './session-texts.ts';
import { shortOctets } from './short-octets.ts';

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show sessions, the newest first',
  examples: [
    ['session list --open', 'Who is online'],
    ['session list --user john --limit 10', "John's last ten sessions"],
    ['session list --nas hall', 'Of one NAS: its name, address, prefix or NAS-Identifier'],
  ],
  builder: (yargs) =>
    withLimit(withJson(yargs))
      .option('user', { type: 'string', requiresArg: true, describe: 'Only of this user (name or id)' })
      .option('nas', {
        type: 'string',
        requiresArg: true,
        describe: 'Only of this NAS (name, address, prefix or NAS-Identifier)',
      })
      .option('open', { type: 'boolean', default: false, describe: 'Only those that are not over' }),
  run: (argv) => {
    return withMigratedDatabase(argv, async (tools) => {
      const found = await listSessions(tools.db, {
        userId: argv.user === undefined ? undefined : (await getUser(tools.db, argv.user)).id,
        places: argv.nas === undefined ? undefined : await placesOf(tools, argv.nas),
        isOpen: argv.open,
        // One more tells whether there are more.
        limit: argv.limit + 1,
      });
      const sessions = found.slice(0, argv.limit);
      if (argv.json) printJson(sessions.map(sessionShape));
      else printTable(sessions, COLUMNS, 'No such session.');
      if (found.length > argv.limit) printNote(`Only the newest ${argv.limit}; --limit N shows more.`);
    });
  },
});

/** `radmeter session list|show|close-stale|disconnect`. */
export const sessionCommand = defineGroup('session', 'What connections there are and were', [
  listCommand,
  showCommand,
  closeStaleCommand,
  disconnectCommand,
]);

const COLUMNS: readonly Column<SessionListing>[] = [
  { heading: 'ID', value: ({ id }) => id, align: 'right' },
  { heading: 'USER', value: ({ username, userName }) => username ?? shown(userName) },
  { heading: 'STATION', value: ({ station }) => shown(station) },
  { heading: 'NAS', value: (session) => shown(session.nasIdentifier) ?? session.sourceAddress },
  { heading: 'STARTED', value: ({ startedAt }) => instantShown(startedAt) },
  { heading: 'SECONDS', value: ({ sessionTimeSeconds }) => sessionTimeSeconds, align: 'right' },
  { heading: 'UP', value: ({ inputOctets }) => shortOctets(inputOctets), align: 'right' },
  { heading: 'DOWN', value: ({ outputOctets }) => shortOctets(outputOctets), align: 'right' },
  { heading: 'STATE', value: stateText },
];

async function placesOf({ db, config, secrets }: DatabaseTools, which: string): Promise<SessionPlace[]> {
  const { nases } = await listNas(db);
  return sessionPlaces(db, { which, known: mergeNases(nases, configuredNases(config.nas, secrets.nas)) });
}
