/** A fuzzing run: round after round of requests to everything that is served, each answer looked at, up to the first that is wrong. */
import type { InjectOptions } from 'fastify';
import type { Database } from '../../../src/db/database.ts';
import type { Dialect } from '../../../src/db/dialect.ts';
import type { Routes } from '../../../src/http/http-app.ts';
import { Random } from '../../fuzz/random.ts';
import { type Operation, operationsIn } from '../../support/api-operations.ts';
import { logLines } from '../../support/log-lines.ts';
import type { SignedInApi } from '../../support/signed-in-api.ts';
import { emptyTables } from '../../support/tables.ts';
import { wholeApi } from '../../support/whole-api.ts';
import { seedEverything } from '../../support/whole-seed.ts';
import { type Credentials, makeCredentials } from './credentials.ts';
import { changesNothing, type FuzzAnswer, faultOf } from './expectations.ts';
import { OutcomeCounts } from './outcome-counts.ts';
import { type FuzzRequest, makeRequest } from './requests.ts';
import { type TableWatch, watchTables } from './table-watch.ts';

/** Requests between two restorations of the rows. */
export const ROUND_REQUESTS = 250;

export interface CampaignOptions {
  /** Migrated; whatever stands in it goes. */
  readonly db: Database;
  readonly seed: number;
  /** The first round; each is the same whichever ran before. */
  readonly from?: number;
  readonly roundCount: number;
  /** Routes beside those there are. */
  readonly routes?: readonly Routes[];
  /** The paths that are asked; every one if not given. */
  readonly only?: RegExp;
  readonly onRound?: (round: number) => void;
}

/** A request that was not answered as it must be. */
export interface CampaignFailure {
  readonly round: number;
  readonly at: number;
  readonly request: FuzzRequest;
  readonly answer: FuzzAnswer;
  readonly fault: string;
}

export interface CampaignResult {
  readonly counts: OutcomeCounts;
  readonly failure: CampaignFailure | undefined;
}

/** Runs the rounds in order. Throws only where the requests could not be made or sent. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { db, from = 0, roundCount, routes = [], only = /^/, onRound } = options;
  const log = logLines();
  await hasten[db.dialect](db);
  const api = await wholeApi(db, { logger: log.logger, routes });
  const watch = await watchTables[db.dialect](db);
  try {
    const all = operationsIn((await api.app.inject('/api/docs/json')).json());
    const operations = all.filter(({ path }) => only.test(path));
    const run = { ...options, api, watch, operations, log, counts: new OutcomeCounts(operations) };
    for (let round = from; round < from + roundCount; round++) {
      onRound?.(round);
      const failure = await runRound(run, round);
      if (failure !== undefined) return { counts: run.counts, failure };
    }
    return { counts: run.counts, failure: undefined };
  } finally {
    watch.close();
    await api.close();
  }
}

/** Nothing here outlives the run. */
const hasten: Record<Dialect, (db: Database) => Promise<void>> = {
  mysql: async () => {},
  sqlite: async ({ knex }) => {
    await knex.raw('PRAGMA synchronous = OFF');
  },
};

interface Run extends CampaignOptions {
  readonly api: SignedInApi;
  readonly watch: TableWatch;
  readonly operations: readonly Operation[];
  readonly log: ReturnType<typeof logLines>;
  readonly counts: OutcomeCounts;
}

async function runRound(run: Run, round: number): Promise<CampaignFailure | undefined> {
  const { api, db, operations, seed, watch, log, counts } = run;
  await emptyTables(db);
  await seedEverything(db);
  // Attempts to sign in of the round before count no more.
  api.clock.set(new Date(FIRST_ROUND_AT + round * ROUND_MS).toISOString());
  const random = new Random(seed, round);
  let credentials: Credentials = await makeCredentials(api, db);
  let before = await watch.state();
  for (let at = 0; at < ROUND_REQUESTS; at++) {
    const request = makeRequest(random, operations, credentials);
    const answer = await answerTo(api, request);
    const after = await watch.state();
    const isUntouched = !changesNothing(request, answer) || after === before;
    const logged = log.lines.find(({ level }) => Number(level) >= ERROR_LEVEL);
    const fault =
      faultOf(request, answer) ??
      (isUntouched ? undefined : 'it has changed something in the database') ??
      (logged === undefined ? undefined : `it was logged: ${JSON.stringify(logged)}`);
    if (fault !== undefined) return { round, at, request, answer, fault };
    counts.add(request, answer);
    // Whoever signs out or changes a password is somebody else from then on.
    if (mayEndSignIns(request)) credentials = await makeCredentials(api, db);
    before = await watch.state();
  }
  return undefined;
}

const FIRST_ROUND_AT = Date.parse('2025-12-11T12:00:00Z');
const ROUND_MS = 61_000;
/** Of pino. */
const ERROR_LEVEL = 50;

function mayEndSignIns({ operation, method }: FuzzRequest): boolean {
  return operation.path.includes('/auth/') && method === 'POST';
}

async function answerTo(
  { app }: SignedInApi,
  { method, url, headers, body }: FuzzRequest,
): Promise<FuzzAnswer> {
  const options: InjectOptions = { url, headers, ...(body === undefined ? {} : { payload: body }) };
  // Its types do not know every method there is.
  Object.assign(options, { method });
  const answer = await app.inject(options);
  return { status: answer.statusCode, headers: answer.headers, text: answer.body };
}
