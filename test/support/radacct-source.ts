/** A FreeRADIUS's database and one of ours, with a user john, and sessions from the one into the other. */
import { afterEach, beforeEach } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import type { Dialect } from '../../src/db/dialect.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { type InProcessResult, runInProcess } from './cli-in-process.ts';
import type { BlankDatabase } from './databases.ts';
import { freeradiusTables } from './freeradius-tables.ts';
import { startTestDaemon } from './test-daemon.ts';

export const HOUR = 3600;
export const DAY = 24 * HOUR;
export const NOW = Math.floor(Date.now() / 1000);
/** The start of today in UTC, which the tests count in. */
export const TODAY = Math.floor(NOW / DAY) * DAY;

/** Times in seconds since 1970. */
export interface SessionWords {
  readonly start: number;
  readonly stop?: number;
  readonly updated?: number;
  readonly input?: number;
  readonly output?: number;
  readonly acctsessionid?: string;
  readonly nasipaddress?: string;
  readonly username?: string;
}

/** What tests look at of a row of usage. */
export interface UsageColumns {
  readonly user_id: number;
  readonly used_today: number;
  readonly used_week: number;
  readonly used_month: number;
  readonly used_total: number;
  readonly activation_date: string;
}

/** What a test asks of the two databases; inside hooks and tests only. */
export interface RadacctSource {
  radius(): Database;
  db(): Database;
  urls(): { readonly from: string; readonly to: string };
  /** Runs a command line on our database and returns how it ended. */
  tryRun(...args: string[]): Promise<InProcessResult>;
  /** Runs one that must succeed and returns what it printed. */
  run(...args: string[]): Promise<string>;
  importAll(...flags: string[]): Promise<string>;
  /** Adds a session as FreeRADIUS writes it. */
  addSession(id: number, words: SessionWords): Promise<void>;
  /** Sends requests to a daemon on our database, one after the other. */
  report(...requests: readonly Buffer[]): Promise<void>;
  /** Returns john's usage. */
  usage(): Promise<UsageColumns>;
  /** Returns the octets of each day. */
  days(): Promise<Record<string, number>>;
  /** Returns what is counted on all days together. */
  total(): Promise<number>;
}

/** Gives each test of a suite both databases, empty but for the user. */
export function useRadacctSource(newDatabase: () => Promise<BlankDatabase>, dialect: Dialect): RadacctSource {
  let blanks: BlankDatabase[] = [];
  let both: { radius: Database; db: Database } | undefined;
  const opened = () => {
    if (both === undefined) throw new Error('asked outside a hook or test');
    return both;
  };
  const db = () => opened().db;
  const urls = () => {
    const [from, to] = blanks.map(({ url }) => url);
    if (from === undefined || to === undefined) throw new Error('there are no databases');
    return { from, to };
  };
  const tryRun = (...args: string[]) =>
    runInProcess(args, { RADMETER_DATABASE_URL: urls().to, RADMETER_TIMEZONE: 'UTC' });
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await tryRun(...args);
    if (code !== 0) throw new Error(`radmeter ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  };
  const days = async (): Promise<Record<string, number>> => {
    const rows: { day: string; octets: number }[] = await db()
      .knex('usage_days')
      .orderBy('day')
      .select('day', db().knex.raw('input_octets + output_octets as octets'));
    return Object.fromEntries(rows.map(({ day, octets }) => [day, octets]));
  };
  beforeEach(async () => {
    blanks = [await newDatabase(), await newDatabase()];
    const { from, to } = urls();
    both = { radius: openDatabase(from), db: openDatabase(to) };
    for (const statement of freeradiusTables(dialect)) await both.radius.knex.raw(statement);
    await migrateToLatest(both.db);
    await run('profile', 'create', '--name', 'Student');
    await run('user', 'create', '--username', 'john', '--profile', 'Student');
  });
  afterEach(async () => {
    await both?.radius.close();
    await both?.db.close();
    for (const blank of blanks) await blank.remove();
  });
  return {
    radius: () => opened().radius,
    ...{ db, urls, tryRun, run, days },
    importAll: (...flags) => run('import-radacct', '--from', urls().from, ...flags),
    addSession: (id, words) => addSession(opened().radius, id, words),
    report: async (...requests) => {
      const daemon = await startTestDaemon(urls().to);
      try {
        for (const request of requests) await daemon.ask(request);
      } finally {
        await daemon.close();
      }
    },
    usage: async () => {
      const [row]: UsageColumns[] = await db().knex('user_profile_usage').select('*');
      if (row === undefined) throw new Error('john has no usage');
      return row;
    },
    total: async () => Object.values(await days()).reduce((sum, octets) => sum + octets, 0),
  };
}

async function addSession(
  { knex, dialect }: Database,
  id: number,
  { start, stop, updated = stop ?? NOW, input = 0, output = 0, ...columns }: SessionWords,
): Promise<void> {
  const time = (seconds: number | undefined) =>
    seconds === undefined || dialect === 'sqlite'
      ? (seconds ?? null)
      : knex.raw('FROM_UNIXTIME(?)', [seconds]);
  await knex('radacct').insert({
    radacctid: id,
    acctsessionid: `s${id}`,
    acctuniqueid: `u${id}`,
    username: 'john',
    nasipaddress: '127.0.0.1',
    acctstarttime: time(start),
    acctupdatetime: time(updated),
    acctstoptime: time(stop),
    acctsessiontime: updated - start,
    acctinputoctets: input,
    acctoutputoctets: output,
    callingstationid: '02-00-00-00-00-john',
    acctterminatecause: stop === undefined ? '' : 'User-Request',
    ...columns,
  });
}
