/** `radmeter session show`: the whole life of one session, as far as the database tells it. */

import { type SetAsideListing, scanSetAside } from '../accounting/set-aside-queries.ts';
import { setAsideShape } from '../accounting/set-aside-shape.ts';
import type { Database } from '../db/database.ts';
import { intentsOf } from '../enforcement/intent-queries.ts';
import { intentShape } from '../enforcement/intent-shape.ts';
import { AppError } from '../errors.ts';
import { getSessionLife, type SessionLife, type SessionListing } from '../sessions/session-queries.ts';
import { runsBeside, sessionLifeShape } from '../sessions/session-shape.ts';
import { Calendar } from '../usage/period.ts';
import { timezoneInForce } from '../usage/stored-timezone.ts';
import { listUsageDays, type UsageDayListing } from '../usage/usage-day-queries.ts';
import { defineCommand, withJson } from './command.ts';
import { printIntents } from './intent-table.ts';
import { type DatabaseTools, withMigratedDatabase } from './open.ts';
import {
  type Column,
  heading,
  instantShown,
  octetsText,
  onOneLine,
  printFacts,
  printJson,
  printLine,
  printTable,
} from './output.ts';
import { endingText, sessionFacts, whose } from './session-texts.ts';
import { shortOctets } from './short-octets.ts';

/** `radmeter session show ID`. */
export const showCommand = defineCommand({
  command: 'show <id>',
  describe: 'Show the whole life of one session: how it began and ended, who was charged, what was left out',
  examples: [
    ['session show 12', 'By the id that `session list` shows'],
    ['session show 12 --json', 'The same for programs'],
  ],
  builder: (yargs) =>
    withJson(yargs).positional('id', { type: 'string', demandOption: true, describe: "The session's id" }),
  run: (argv) => {
    const id = sessionIdFrom(argv.id);
    return withMigratedDatabase(argv, async (tools) => {
      const life = await getSessionLife(tools.db, id);
      const days = await daysOf(tools, life.session);
      const kept = await setAsideOf(tools.db, life.session);
      const intents = await intentsOf(tools.db, id);
      if (argv.json) {
        printJson({
          ...sessionLifeShape(life),
          user_days: days.map((day) => ({
            day: day.day,
            input_octets: day.inputOctets,
            output_octets: day.outputOctets,
          })),
          set_aside: kept.found.map(setAsideShape),
          has_all_set_aside: kept.isComplete,
          intents: intents.map(intentShape),
        });
        return;
      }
      printFacts(sessionFacts(life));
      printRuns(life);
      printDays(life.session, days);
      printSetAside(kept);
      printIntents('What was decided about it', intents);
    });
  },
});

const DAYS_MAX = 62;

/** A session's octets are not kept by day, its user's are. */
async function daysOf(
  { db, config, clock }: DatabaseTools,
  session: SessionListing,
): Promise<UsageDayListing[]> {
  const { userId, startedAt, updatedAt } = session;
  if (userId === null) return [];
  const calendar = new Calendar((await timezoneInForce(db, config.timezone)).timezone);
  const dateOf = (instant: number | null) => calendar.dayOf(instant ?? clock.now()).date;
  const range = { from: dateOf(startedAt), to: dateOf(updatedAt) };
  return listUsageDays(db, { userId, ...range, limit: DAYS_MAX });
}

/** Records are believed up to a day late. */
const LATENESS_MS = 86_400_000;
const SCANNED_MAX = 20_000;
const SET_ASIDE_MAX = 100;

interface KeptOfSession {
  readonly found: readonly SetAsideListing[];
  readonly isComplete: boolean;
}

/** What was set aside in the time of a session, and calls session and NAS as it does. */
async function setAsideOf(db: Database, session: SessionListing): Promise<KeptOfSession> {
  const found: SetAsideListing[] = [];
  const until = session.closeKind === 'open' ? null : (session.stoppedAt ?? session.arrivalUpdatedAt);
  let scannedCount = 0;
  for await (const request of scanSetAside(db, {
    arrivedFrom: session.arrivalStartedAt ?? session.startedAt ?? undefined,
    arrivedUntil: until === null ? undefined : until + LATENESS_MS,
    withReplayed: true,
  })) {
    if (scannedCount++ >= SCANNED_MAX || found.length >= SET_ASIDE_MAX) return { found, isComplete: false };
    const isOfNas =
      request.sourceAddress === session.sourceAddress ||
      (request.nasIdentifier !== null && request.nasIdentifier === session.nasIdentifier);
    if (isOfNas && request.acctSessionId === session.acctSessionId) found.push(request);
  }
  return { found, isComplete: true };
}

function printRuns(life: SessionLife): void {
  if (life.others.length === 0) return;
  const columns: readonly Column<SessionListing>[] = [
    { heading: 'ID', value: ({ id }) => id, align: 'right' },
    { heading: 'USER', value: (run) => whose(run) },
    { heading: 'UP', value: ({ inputOctets }) => shortOctets(inputOctets), align: 'right' },
    { heading: 'DOWN', value: ({ outputOctets }) => shortOctets(outputOctets), align: 'right' },
    { heading: 'NOT CHARGED', value: ({ unmeteredOctets }) => shortOctets(unmeteredOctets), align: 'right' },
    { heading: 'BEGAN', value: ({ startedAt }) => instantShown(startedAt) },
    {
      heading: 'ENDED',
      value: (session) => endingText({ ...life, session, others: runsBeside(life, session) }),
    },
  ];
  printSection('Other sessions with this Acct-Session-Id on this NAS, in their order');
  printTable(life.others, columns, '');
  if (!life.isComplete) printLine('There are more: only the nearest are shown.');
}

function printDays(session: SessionListing, days: readonly UsageDayListing[]): void {
  if (days.length === 0) return;
  printSection(`All octets of ${whose(session)} on the days of this session`);
  printTable(
    days,
    [
      { heading: 'DAY', value: ({ day }) => day },
      { heading: 'UP', value: ({ inputOctets }) => octetsText(inputOctets), align: 'right' },
      { heading: 'DOWN', value: ({ outputOctets }) => octetsText(outputOctets), align: 'right' },
    ],
    '',
  );
}

function printSetAside({ found, isComplete }: KeptOfSession): void {
  if (found.length > 0) {
    printSection('Records of it that were set aside, not metered (`radmeter set-aside show ID`)');
    printTable(
      found,
      [
        { heading: 'ID', value: ({ id }) => id, align: 'right' },
        { heading: 'ARRIVED', value: ({ arrivedAt }) => instantShown(arrivedAt) },
        { heading: 'REASON', value: ({ reason }) => reason },
        { heading: 'REPLAYED', value: ({ replayedAt }) => instantShown(replayedAt) },
        { heading: 'DETAIL', value: ({ detail }) => detail },
      ],
      '',
    );
  }
  if (!isComplete)
    printLine('There may be more of it among what was set aside: too much was to look through all.');
}

function printSection(title: string): void {
  printLine('');
  printLine(heading(onOneLine(title)));
}

/** Returns the id of a session that somebody typed; throws AppError `invalid`. */
export function sessionIdFrom(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new AppError(
    'invalid',
    `id: expected the number that \`session list\` shows; got ${JSON.stringify(text)}`,
  );
}
