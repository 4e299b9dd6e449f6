/** `radmeter simulate`: plays access points against any RADIUS server, with real packets. */
import { lookup } from 'node:dns/promises';
import { systemClock } from '../clock.ts';
import { durationMs } from '../config/values.ts';
import { AppError } from '../errors.ts';
import { loadDictionary } from '../radius/dictionary.ts';
import { Requester } from '../radius/requester.ts';
import type { ServerAddress } from '../radius/source-port.ts';
import { Playback } from '../simulate/playback.ts';
import { Simulation } from '../simulate/simulation.ts';
import { type Command, defineCommand, withJson } from './command.ts';
import { numberFlag } from './number-flag.ts';
import { configFor } from './open.ts';
import { showProgress } from './progress-line.ts';
import type { WatchSignals } from './signals.ts';
import { printSummary } from './simulate-summary.ts';

const DEFAULT_ACCT_PORT = 1813;
/** Requests per second: one in a quarter of an hour. */
const RATE_MIN = 0.001;
const DAY_MS = 24 * 60 * 60 * 1_000;
/** The longest between two reports of a session where nothing is said, and what it is in time that runs faster. */
const INTERIM_SECONDS = 60;

/** A simulated access point waits 1, 2, 4 and 8 seconds for an answer, then gives the request up. */
const RETRANSMISSION = { timeoutMs: 1_000, maxTimeoutMs: 8_000, tries: 4 };

/** `radmeter simulate`. */
export function simulateCommand(watchSignals: WatchSignals): Command {
  return defineCommand({
    command: 'simulate',
    describe: 'Play access points against a RADIUS server and say what it must have charged',
    examples: [
      ['simulate', '10 users on one access point against the daemon on this machine, for 30 seconds'],
      ['simulate --users 2000 --nases 20 --rate 1000 --duration 1m', 'A campus in a hurry'],
      ['simulate --server 192.0.2.1:1813 --secret s3cret --user-prefix student', 'student1, student2, …'],
    ],
    builder: (yargs) =>
      withJson(yargs)
        .option('server', {
          type: 'string',
          default: `127.0.0.1:${DEFAULT_ACCT_PORT}`,
          describe: 'Where Accounting-Requests go: HOST, HOST:PORT or [IPv6]:PORT',
        })
        .option('secret', { type: 'string', default: 'testing123', describe: 'The shared secret' })
        .option('users', {
          ...numberFlag({ flag: 'users', min: 1, max: 1_000_000 }),
          default: 10,
          describe: 'How many users, each with one station',
        })
        .option('user', {
          type: 'string',
          requiresArg: true,
          describe: 'One user of this name, instead of --users and --user-prefix',
        })
        .option('user-prefix', { type: 'string', default: 'user', describe: 'What their names begin with' })
        .option('nases', {
          ...numberFlag({ flag: 'nases', min: 1, max: 65_536 }),
          default: 1,
          describe: 'How many access points',
        })
        .option('rate', {
          ...numberFlag({ flag: 'rate', min: RATE_MIN, mayBeFraction: true }),
          default: 10,
          describe: 'Requests per second',
        })
        .option('duration', { type: 'string', default: '30s', describe: 'After this long all sessions stop' })
        .option('interim', {
          type: 'string',
          describe: `Time between two reports of a session (default: what the rate asks for, ${INTERIM_SECONDS}s at most)`,
        })
        .option('speed', {
          ...numberFlag({ flag: 'speed', min: 1, mayBeFraction: true }),
          default: 1,
          describe:
            'Simulated seconds per second, for longer sessions; above 1 they begin in the past, before some counters were last reset',
        })
        .option('seed', {
          ...numberFlag({ flag: 'seed', min: 0, max: 2 ** 32 - 1 }),
          default: 1,
          describe: 'The same seed plays the same stations',
        }),
    run: (argv) =>
      simulate({
        ...argv,
        durationMs: durationOf('duration', argv.duration),
        interimMs: argv.interim === undefined ? undefined : durationOf('interim', argv.interim),
        dictionaries: configFor(argv).config.dictionaries,
        watchSignals,
      }),
  });
}

interface SimulateOptions {
  readonly server: string;
  readonly secret: string;
  readonly users: number;
  readonly user: string | undefined;
  readonly userPrefix: string;
  readonly nases: number;
  readonly rate: number;
  readonly durationMs: number;
  readonly interimMs: number | undefined;
  readonly speed: number;
  readonly seed: number;
  readonly json: boolean;
  readonly dictionaries: string;
  readonly watchSignals: WatchSignals;
}

async function simulate(options: SimulateOptions): Promise<void> {
  const server = await resolveServer(options.server);
  const requester = new Requester({
    ...RETRANSMISSION,
    server,
    secret: Buffer.from(options.secret),
    // Many packets from few ports: the server's duplicate cache tells them apart by their authenticators.
    identifierRestMs: 0,
  });
  await requester.start();
  const { stop, hurry } = options.watchSignals();
  hurry.addEventListener('abort', () => void requester.close(), { once: true });
  try {
    const playback = newPlayback(options, { requester, stop, hurry });
    const progress = showProgress(() => progressText(playback));
    const summary = await playback.run().finally(() => progress.end());
    printSummary({
      summary,
      server,
      isJson: options.json,
      isAccelerated: options.speed > 1,
      forgedAnswers: requester.counts.forged,
    });
    refuseUnanswered(summary.total.unanswered, options.server);
  } finally {
    await requester.close();
  }
}

function newPlayback(
  options: SimulateOptions,
  { requester, stop, hurry }: { requester: Requester; stop: AbortSignal; hurry: AbortSignal },
): Playback {
  const { rate, speed, seed } = options;
  const userNames = userNamesOf(options);
  const simulation = new Simulation({
    userNames,
    nasCount: options.nases,
    interimSeconds: interimSecondsOf(options, userNames.length),
    seed,
    sessionIdPrefix: systemClock.now().toString(16),
  });
  return new Playback({
    simulation,
    ratePerSecond: rate,
    durationMs: options.durationMs,
    // Time runs as it does, if nothing else is asked for: what happened before a counter's last reset does not count in it.
    speed,
    dictionary: loadDictionary(options.dictionaries),
    requester,
    clock: systemClock,
    stop,
    hurry,
  });
}

/** Each station sends one request per interval. */
function interimSecondsOf({ interimMs, speed, rate }: SimulateOptions, stationCount: number): number {
  if (interimMs !== undefined) return interimMs / 1_000;
  return Math.min(INTERIM_SECONDS, (stationCount / rate) * speed);
}

function userNamesOf({ user, users, userPrefix }: SimulateOptions): string[] {
  if (user !== undefined) return [user];
  return Array.from({ length: users }, (_, index) => `${userPrefix}${index + 1}`);
}

function progressText(playback: Playback): string {
  const { seconds, total, acknowledgedPerSecond, retransmits } = playback.summary();
  return `${seconds.toFixed(0)} s: ${total.sent} sent, ${total.acknowledged} acknowledged (${acknowledgedPerSecond.toFixed(0)}/s), ${total.unanswered} unanswered, ${retransmits} retransmitted`;
}

function refuseUnanswered(unanswered: number, server: string): void {
  if (unanswered === 0) return;
  throw new AppError(
    'unavailable',
    `${unanswered} requests stayed unanswered by ${server}; a server discards silently what comes from a NAS it does not know or under another secret`,
  );
}

function durationOf(name: string, given: string): number {
  let problem = 'expected a duration such as 30s';
  const value = durationMs(1_000, 30 * DAY_MS)(given, (reason) => {
    problem = reason;
  });
  if (value === undefined) throw new AppError('invalid', `${name}: ${problem}; got "${given}"`);
  return value;
}

/** Returns the address of HOST, HOST:PORT, [IPv6]:PORT or a bare IPv6 address; throws `invalid` or `not_found`. */
async function resolveServer(given: string): Promise<ServerAddress> {
  const written = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d{1,5}))?$/.exec(given)?.groups;
  const host = written?.['v6'] ?? written?.['host'] ?? given;
  const port = Number(written?.['port'] ?? DEFAULT_ACCT_PORT);
  if (port < 1 || port > 65_535) {
    throw new AppError('invalid', `server: expected HOST:PORT with a port from 1 to 65535; got "${given}"`);
  }
  try {
    return { address: (await lookup(host)).address, port };
  } catch (error) {
    throw new AppError('not_found', `server: the host "${host}" has no address`, { cause: error });
  }
}
