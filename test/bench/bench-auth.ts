/** `npm run bench:auth`: logins by PAP and CHAP, on radmeter and on FreeRADIUS with SQL, beside each other on one database server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import {
  type Column,
  printError,
  printJson,
  printLine,
  printNote,
  printTable,
} from '../../src/cli/output.ts';
import { AppError, EXIT_CODES, exitCodeOf } from '../../src/errors.ts';
import { type BenchDatabases, openBenchDatabases } from './bench-database.ts';
import { freeradiusVersion, startFreeradius } from './freeradius.ts';
import { fillForFreeradius, fillForRadmeter, PASSWORD, SECRETS_KEY, USER_PREFIX } from './login-databases.ts';
import { type LoginMethod, makeLogins } from './logins.ts';
import { cpuSecondsOf } from './process-figures.ts';
import { compileReplay, type ReplayResult, replay } from './replay.ts';
import { machineLine } from './report.ts';
import { SECRET, startDaemon, type Target } from './target.ts';

const HELP = `npm run bench:auth -- [options]

  --users N      users who log in (default: 300)
  --logins N     logins of each kind but the first ones (default: 20000)
  --window N     logins outstanding (default: 64)
  --json         JSON instead of a table

Every user's first PAP login costs radmeter a check of the stored hash; for five minutes after it the password is
remembered. FreeRADIUS compares with a password in clear. Exit code 1 when a login was refused or lost.
`;

const OPTIONS = {
  users: { type: 'string', default: '300' },
  logins: { type: 'string', default: '20000' },
  window: { type: 'string', default: '64' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} satisfies ParseArgsOptionsConfig;

/** Logins that wait for a hash: more than a second's worth is given up, so only a few are under way at once. */
const FIRST_WINDOW = 4;
const TIMEOUT_MS = 5_000;

interface Plan {
  readonly users: number;
  readonly logins: number;
  readonly window: number;
}

interface LoginRun {
  readonly target: string;
  readonly logins: string;
  readonly window: number;
  readonly replay: ReplayResult;
  /** CPU seconds per 1,000 logins. */
  readonly serverCpu: number;
  readonly databaseCpu: number | undefined;
}

// Exiting, and not just dying, takes the servers and the directory along.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

async function main(): Promise<number> {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    return await bench(values.json, {
      users: wholeNumber('users', values.users),
      logins: wholeNumber('logins', values.logins),
      window: wholeNumber('window', values.window),
    });
  } catch (error) {
    printError(error);
    return exitCodeOf(error);
  }
}

async function bench(isJson: boolean, plan: Plan): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'radmeter-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const program = compileReplay(directory);
  const version = freeradiusVersion();
  if (program === undefined || version === undefined) {
    printNote(
      'It needs a C compiler and FreeRADIUS: apt-get install gcc libc6-dev freeradius freeradius-mysql',
    );
    return EXIT_CODES.unavailable;
  }
  const databases = await openBenchDatabases.mysql(directory);
  try {
    const machine = machineLine([await databases.settings(), `FreeRADIUS ${version}`], []);
    if (!isJson) printLine(machine);
    const place = { directory, program, databases, plan };
    const runs = [...(await runFreeradius(place)), ...(await runRadmeter(place))];
    if (isJson) printJson({ machine, runs });
    else printTable(runs, COLUMNS, 'No logins.');
    return runs.every(({ replay: { lost, rejected } }) => lost + rejected === 0) ? 0 : 1;
  } finally {
    await databases.stop();
  }
}

interface Place {
  readonly directory: string;
  readonly program: string;
  readonly databases: BenchDatabases;
  readonly plan: Plan;
}

async function runFreeradius(place: Place): Promise<LoginRun[]> {
  const databaseUrl = await place.databases.create();
  await fillForFreeradius(databaseUrl, place.plan.users);
  const target = await startFreeradius({ databaseUrl, directory: join(place.directory, 'freeradius') });
  try {
    const { window, logins: loginCount } = place.plan;
    const of = { target, name: 'FreeRADIUS, SQL', window, loginCount };
    return [
      await measure(place, { ...of, method: 'PAP', logins: 'PAP' }),
      await measure(place, { ...of, method: 'CHAP', logins: 'CHAP' }),
    ];
  } finally {
    await target.stop();
  }
}

async function runRadmeter(place: Place): Promise<LoginRun[]> {
  const databaseUrl = await place.databases.create();
  await fillForRadmeter(databaseUrl, place.plan.users);
  const target = await startDaemon({
    databaseUrl,
    stateDir: join(place.directory, 'state'),
    settings: [`radius-secrets-key=${SECRETS_KEY}`],
    servesLogins: true,
  });
  try {
    const { users, window, logins: loginCount } = place.plan;
    const of = { target, name: 'radmeter', window, loginCount };
    return [
      await measure(place, {
        ...of,
        ...{ method: 'PAP', logins: 'PAP, first', window: FIRST_WINDOW, loginCount: users },
      }),
      await measure(place, { ...of, method: 'PAP', logins: 'PAP, repeated' }),
      await measure(place, { ...of, method: 'CHAP', logins: 'CHAP' }),
    ];
  } finally {
    await target.stop();
  }
}

interface Measured {
  readonly target: Target;
  readonly name: string;
  readonly method: LoginMethod;
  readonly logins: string;
  readonly window: number;
  readonly loginCount: number;
}

async function measure(
  { directory, program, databases, plan }: Place,
  measured: Measured,
): Promise<LoginRun> {
  const { target, method, window, loginCount } = measured;
  const file = join(directory, 'logins');
  const users = { userPrefix: USER_PREFIX, userCount: plan.users, password: PASSWORD, secret: SECRET };
  writeFileSync(file, makeLogins({ method, loginCount, ...users }));
  const cpu = () => ({
    server: cpuSecondsOf(target.pid),
    database: databases.pid === undefined ? undefined : cpuSecondsOf(databases.pid),
  });
  const before = cpu();
  const replayed = await replay({ program, file, port: target.authPort, window, timeoutMs: TIMEOUT_MS });
  const after = cpu();
  const per1000 = (seconds: number) => (1_000 * seconds) / Math.max(1, replayed.answered);
  printNote(`${measured.name}, ${measured.logins}: ${perSecond(replayed).toFixed(0)} logins/s`);
  return {
    target: measured.name,
    logins: measured.logins,
    window,
    replay: replayed,
    serverCpu: per1000(after.server - before.server),
    databaseCpu: after.database === undefined ? undefined : per1000(after.database - (before.database ?? 0)),
  };
}

function perSecond({ answered, seconds }: ReplayResult): number {
  return answered / seconds;
}

const COLUMNS: readonly Column<LoginRun>[] = [
  { heading: 'TARGET', value: ({ target }) => target },
  { heading: 'LOGINS', value: ({ logins }) => logins },
  right('WINDOW', ({ window }) => window),
  right('LOGINS/S', ({ replay: result }) => perSecond(result).toFixed(0)),
  right('P50 MS', ({ replay: { p50Microseconds } }) => (p50Microseconds / 1_000).toFixed(1)),
  right('P99 MS', ({ replay: { p99Microseconds } }) => (p99Microseconds / 1_000).toFixed(1)),
  right('REFUSED', ({ replay: { rejected } }) => rejected),
  right('RETRANSMITS', ({ replay: { retransmits } }) => retransmits),
  right('LOST', ({ replay: { lost } }) => lost),
  right('CPU S PER 1000: SERVER', ({ serverCpu }) => serverCpu.toFixed(2)),
  right('DATABASE', ({ databaseCpu }) => databaseCpu?.toFixed(2) ?? null),
];

function right(heading: string, value: Column<LoginRun>['value']): Column<LoginRun> {
  return { heading, value, align: 'right' };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new AppError('invalid', `--${name}: expected a whole number from 1, got "${text}"`);
}

// Last, so that everything above is there.
process.exitCode = await main();
