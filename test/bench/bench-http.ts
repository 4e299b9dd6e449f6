/** `npm run bench:http`: asks the real server for every list, statistic and explanation over very many users, and prints how long answers take. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { printError, printNote } from '../../src/cli/output.ts';
import { systemClock } from '../../src/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { AppError, exitCodeOf } from '../../src/errors.ts';
import { createToken } from '../../src/sign-in/token-commands.ts';
import { type DatabaseName, openBenchDatabases } from './bench-database.ts';
import { fillForHttp } from './http-fill.ts';
import { measureRoute, type RouteFigures } from './http-measure.ts';
import { isWithinLimit, printFigures } from './http-report.ts';
import { ROUTES } from './http-routes.ts';
import { machineLine } from './report.ts';
import { startDaemon } from './target.ts';

const HELP = `npm run bench:http -- [options]

  --databases LIST   sqlite, mysql or both (default: mysql)
  --users N          so many users, usages, sessions and history rows (default: 1000000, on SQLite 200000)
  --only TEXT        only routes whose line has this in it
  --json             JSON instead of a table

Exit code 1 when an answer was not 200, or a p99 not below 250 ms.
`;

const OPTIONS = {
  databases: { type: 'string', default: 'mysql' },
  users: { type: 'string' },
  only: { type: 'string', default: '' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} satisfies ParseArgsOptionsConfig;

const USERS: Record<DatabaseName, number> = { mysql: 1_000_000, sqlite: 200_000 };

interface Plan {
  readonly directory: string;
  readonly users: number | undefined;
  readonly only: string;
  readonly isJson: boolean;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    return await bench();
  } catch (error) {
    printError(error);
    return exitCodeOf(error);
  }
}

async function bench(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const directory = mkdtempSync(join(tmpdir(), 'radmeter-bench-http-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const users = values.users === undefined ? undefined : wholeNumber('users', values.users);
  const plan = { directory, users, only: values.only, isJson: values.json };
  let isGood = true;
  for (const text of values.databases.split(',')) {
    isGood = (await benchOn(databaseName(text), plan)) && isGood;
  }
  return isGood ? 0 : 1;
}

async function benchOn(name: DatabaseName, plan: Plan): Promise<boolean> {
  const databases = await openBenchDatabases[name](plan.directory);
  try {
    const userCount = plan.users ?? USERS[name];
    const url = await databases.create();
    const beganAt = performance.now();
    await fillForHttp(url, { userCount, now: Date.now() }, (table) => printNote(`filling ${table}`));
    printNote(`filled in ${((performance.now() - beganAt) / 1000).toFixed(0)} s`);
    const figures = await measureAll(url, { ...plan, userCount });
    printFigures(
      `${machineLine([await databases.settings()], [])}; ${userCount} users`,
      figures,
      plan.isJson,
    );
    return figures.every(isWithinLimit);
  } finally {
    await databases.stop();
  }
}

async function measureAll(
  url: string,
  { directory, only, userCount }: Plan & { readonly userCount: number },
): Promise<RouteFigures[]> {
  const token = await tokenFor(url);
  const stateDir = join(directory, 'state');
  const daemon = await startDaemon({ databaseUrl: url, stateDir, settings: [], servesHttp: true });
  try {
    const figures: RouteFigures[] = [];
    for (const route of ROUTES.filter(({ name }) => name.includes(only))) {
      const measured = await measureRoute({ port: daemon.httpPort, token }, route, { userCount });
      printNote(`${measured.name}: p99 ${measured.p99Ms.toFixed(1)} ms`);
      figures.push(measured);
    }
    return figures;
  } finally {
    await daemon.stop();
  }
}

async function tokenFor(url: string): Promise<string> {
  const db = openDatabase(url);
  try {
    const context = { db, clock: systemClock, actor: { name: 'cli:bench', userId: null } };
    const { text } = await createToken(context, {
      name: 'bench',
      role: 'admin',
      user: null,
      expiresAt: null,
    });
    return text;
  } finally {
    await db.close();
  }
}

function databaseName(text: string): DatabaseName {
  if (text === 'sqlite' || text === 'mysql') return text;
  throw new AppError('invalid', `--databases: expected sqlite, mysql or both; got "${text}"`);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new AppError('invalid', `--${name}: expected a whole number from 1; got "${text}"`);
}
