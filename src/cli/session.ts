/** `radmeter session`: what connections there are and were, and what is known of each. */
import { AppError } from '../errors.ts';
import { configuredNases } from '../nas/configured-nas.ts';
import { mergeNases } from '../nas/nas.ts';
import { listNas } from '../nas/nas-queries.ts';
import { getUser } from '../profiles/user-queries.ts';
import { type Octets, octetsToDisplay } from '../radius/octets.ts';
import {
  getSession,
  listSessions,
  type SessionListing,
  type SessionPlace,
} from '../sessions/session-queries.ts';
import { sessionDetailShape, sessionShape } from '../sessions/session-shape.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { type DatabaseTools, withMigratedDatabase } from './open.ts';
import {
  type Column,
  instantShown,
  octetsText,
  printFacts,
  printJson,
  printNote,
  printTable,
} from './output.ts';
import { closeStaleCommand } from './session-close-stale.ts';
import { sessionPlaces } from './session-places.ts';
import { shortOctets } from './short-octets.ts';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 100_000;

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show sessions, the newest first',
  examples: [
    ['session list --open', 'Who is online'],
    ['session list --user john --limit 10', "John's last ten sessions"],
    ['session list --nas hall', 'Of one NAS: its name, address, prefix or NAS-Identifier'],
  ],
  builder: (yargs) =>
    withJson(yargs)
      .option('user', { type: 'string', requiresArg: true, describe: 'Only of this user (name or id)' })
      .option('nas', {
        type: 'string',
        requiresArg: true,
        describe: 'Only of this NAS (name, address, prefix or NAS-Identifier)',
      })
      .option('open', { type: 'boolean', default: false, describe: 'Only those that are not over' })
      .option('limit', {
        type: 'number',
        requiresArg: true,
        default: LIMIT_DEFAULT,
        describe: 'How many at most',
      }),
  run: (argv) => {
    checkLimit(argv.limit);
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

const showCommand = defineCommand({
  command: 'show <id>',
  describe: 'Show everything known about one session',
  examples: [['session show 12', 'By the id that `session list` shows']],
  builder: (yargs) =>
    withJson(yargs).positional('id', { type: 'string', demandOption: true, describe: "The session's id" }),
  run: (argv) => {
    const id = idFrom(argv.id);
    return withMigratedDatabase(argv, async ({ db }) => {
      const session = await getSession(db, id);
      if (argv.json) printJson(sessionDetailShape(session));
      else printFacts(factsOf(session));
    });
  },
});

/** `radmeter session list|show|close-stale`. */
export const sessionCommand = defineGroup('session', 'What connections there are and were', [
  listCommand,
  showCommand,
  closeStaleCommand,
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
  { heading: 'STATE', value: stateOf },
];

function factsOf(session: SessionListing): (readonly [string, string | number | null])[] {
  return [
    ['id', session.id],
    ['user', session.username ?? 'nobody'],
    ['User-Name', shown(session.userName)],
    ['Acct-Session-Id', shown(session.acctSessionId)],
    ['Calling-Station-Id', shown(session.station)],
    ['Called-Station-Id', shown(session.calledStationId)],
    ['source address', session.sourceAddress],
    ['NAS-IP-Address', session.nasIpAddress],
    ['NAS-Identifier', shown(session.nasIdentifier)],
    ['state', stateOf(session)],
    ...clockFacts(session),
    ...octetFacts(session),
    ['counters', countersText(session)],
    ['run number', session.runNumber],
    ['acctuniqueid', session.acctUniqueId],
    ...Object.entries(session.details),
  ];
}

function clockFacts(session: SessionListing): (readonly [string, string | number | null])[] {
  return [
    ['started', instantShown(session.startedAt)],
    ['updated', instantShown(session.updatedAt)],
    ['stopped', instantShown(session.stoppedAt)],
    ["started, NAS's clock", instantShown(session.nasStartedAt)],
    ["updated, NAS's clock", instantShown(session.nasUpdatedAt)],
    ['first record came', instantShown(session.arrivalStartedAt)],
    ['newest record came', instantShown(session.arrivalUpdatedAt)],
    ['session time', session.sessionTimeSeconds === null ? null : `${session.sessionTimeSeconds} s`],
    ['interim interval', session.intervalSeconds === null ? null : `${session.intervalSeconds} s`],
  ];
}

function octetFacts(session: SessionListing): (readonly [string, string])[] {
  return [
    ['up (input)', `${octetsText(session.inputOctets)}, ${session.inputPackets} packets`],
    ['down (output)', `${octetsText(session.outputOctets)}, ${session.outputPackets} packets`],
    ['charged to nobody', octetsText(session.unmeteredOctets)],
  ];
}

/** How the NAS counts, as the session's records showed it. */
function countersText(session: SessionListing): string {
  return [
    session.octetUnit === 1 ? 'octets' : `units of ${session.octetUnit} octets`,
    session.isReversed ? 'directions reversed' : [],
    session.hasGigawords ? 'with Gigawords' : 'without Gigawords',
    session.mayHaveWrapped ? 'may have wrapped unseen' : [],
    session.hasInterim ? [] : 'no Interim-Update yet',
  ]
    .flat()
    .join(', ');
}

function stateOf({ closeKind, terminateCause }: SessionListing): string {
  const kind = closeKind === 'presumed' ? 'presumed over' : closeKind;
  return terminateCause === '' ? kind : `${kind} (${terminateCause})`;
}

function shown(octets: Octets | null): string | null {
  return octets === null ? null : octetsToDisplay(octets);
}

async function placesOf({ db, config, secrets }: DatabaseTools, which: string): Promise<SessionPlace[]> {
  const { nases } = await listNas(db);
  return sessionPlaces(db, { which, known: mergeNases(nases, configuredNases(config.nas, secrets.nas)) });
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return;
  throw new AppError('invalid', `limit: expected a whole number from 1 to ${LIMIT_MAX}; got ${limit}`);
}

function idFrom(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new AppError(
    'invalid',
    `id: expected the number that \`session list\` shows; got ${JSON.stringify(text)}`,
  );
}
