/** `radmeter jobs`: what radmeter does by itself, when, and how it went. */
import { hostname } from 'node:os';
import { alertCheck } from '../alerts/alert-check.ts';
import { channelsOf, waysOf } from '../alerts/senders.ts';
import { AppError } from '../errors.ts';
import { createMetrics } from '../metrics.ts';
import type { Job } from '../schedule/job.ts';
import { type JobRunListing, newestRuns } from '../schedule/job-queries.ts';
import { jobRunShape } from '../schedule/job-shape.ts';
import { jobTable } from '../schedule/job-table.ts';
import { type JobOutcome, runJob } from '../schedule/run-job.ts';
import { Calendar } from '../usage/period.ts';
import { timezoneOf } from '../usage/stored-timezone.ts';
import { type Command, defineCommand, defineGroup, withJson } from './command.ts';
import { type DatabaseTools, withMigratedDatabase } from './open.ts';
import { type Column, instantShown, printJson, printLine, printTable } from './output.ts';
import { showProgress } from './progress-line.ts';
import { RETENTION_SETTINGS, TELLING_SETTINGS, withSettings } from './setting-flags.ts';

/** What the jobs go by. */
const SETTINGS = [...RETENTION_SETTINGS, ...TELLING_SETTINGS];

const listCommand: Command = defineCommand({
  command: 'list',
  describe: 'Show every job, when it is due next and how its last run ended',
  examples: [['jobs list', 'All of them, and their last runs']],
  builder: (yargs) => withJson(yargs),
  run: (argv) =>
    withMigratedDatabase(argv, async (tools) => {
      const calendar = await calendarOf(tools);
      const jobs = jobsOf(tools);
      const runs = await newestRuns(
        tools.db,
        jobs.map(({ name }) => name),
      );
      const listed = jobs.map((job) => ({
        job,
        nextAt: job.cadence.nextDue(calendar, tools.clock.now()),
        run: runs.get(job.name),
      }));
      if (argv.json) printJson(listed.map(jobJson));
      else printTable(listed, COLUMNS, '');
    }),
});

const runCommand: Command = defineCommand({
  command: 'run <name>',
  describe: 'Run a job now, as the schedule does',
  examples: [
    ['jobs run daily-reset --dry-run', 'What it would do'],
    ['jobs run daily-reset', 'Do it; nothing is done twice'],
    ['jobs run retention --keep-audit-log 90d --dry-run', 'What a setting would come to'],
  ],
  builder: (yargs) =>
    withJson(withSettings(yargs, SETTINGS))
      .positional('name', { type: 'string', demandOption: true, describe: 'As `radmeter jobs list` has it' })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'Count what it would do and change nothing',
      }),
  run: (argv) => withMigratedDatabase(argv, (tools) => runNow(tools, argv), { settings: SETTINGS }),
});

/** `radmeter jobs list` and `radmeter jobs run NAME`. */
export const jobsCommand: Command = defineGroup('jobs', 'Show and run what radmeter does by itself', [
  listCommand,
  runCommand,
]);

interface Listed {
  readonly job: Job;
  readonly nextAt: number;
  readonly run: JobRunListing | undefined;
}

const COLUMNS: readonly Column<Listed>[] = [
  { heading: 'JOB', value: ({ job }) => job.name },
  { heading: 'RUNS', value: ({ job }) => job.cadence.words },
  { heading: 'NEXT', value: ({ nextAt }) => instantShown(nextAt) },
  { heading: 'LAST DUE', value: ({ run }) => instantShown(run?.dueAt ?? null) },
  { heading: 'STATUS', value: ({ run }) => run?.status ?? null },
  { heading: 'TOOK', value: ({ run }) => tookText(run), align: 'right' },
  { heading: 'ITEMS', value: ({ run }) => run?.itemCount ?? null, align: 'right' },
  { heading: 'ERROR', value: ({ run }) => run?.error ?? null },
];

function tookText(run: JobRunListing | undefined): string | null {
  if (run === undefined || run.finishedAt === null) return null;
  return `${((run.finishedAt - run.startedAt) / 1000).toFixed(1)} s`;
}

function jobJson({ job, nextAt, run }: Listed) {
  return {
    job: job.name,
    description: job.describe,
    runs: job.cadence.words,
    next_at: instantShown(nextAt),
    last_run: run === undefined ? null : jobRunShape(run),
  };
}

interface RunFlags {
  readonly name: string;
  readonly 'dry-run': boolean;
  readonly json: boolean;
}

async function runNow(tools: DatabaseTools, { name, 'dry-run': isDryRun, json }: RunFlags): Promise<void> {
  const jobs = jobsOf(tools);
  const job = jobs.find((each) => each.name === name);
  if (job === undefined) {
    const names = jobs.map((each) => each.name).join(', ');
    throw new AppError('not_found', `there is no job ${JSON.stringify(name)}; there are ${names}`);
  }
  let seen = 0;
  const onItems = (count: number) => {
    seen += count;
  };
  const progress = showProgress(() => `${name}: ${seen} items`);
  const notes: string[] = [];
  const onNote = (line: string) => void notes.push(line);
  const work = isDryRun
    ? tryJob(tools, job, { onItems, onNote })
    : runJobNow(tools, job, { onItems, onNote });
  const { itemCount, tookMs } = await work.finally(() => progress.end());
  if (json) {
    printJson({ job: name, dry_run: isDryRun, item_count: itemCount, took_ms: Math.round(tookMs), notes });
    return;
  }
  for (const line of notes) printLine(`${isDryRun ? '[DRY RUN] ' : ''}${line}`);
  if (isDryRun) printLine(`[DRY RUN] ${name} would deal with ${countText(itemCount)}.`);
  else printLine(`${name} dealt with ${countText(itemCount)} in ${(tookMs / 1000).toFixed(1)} s.`);
}

interface Watched {
  readonly onItems: (count: number) => void;
  readonly onNote: (line: string) => void;
}

interface Worked {
  readonly itemCount: number;
  readonly tookMs: number;
}

async function tryJob(tools: DatabaseTools, job: Job, watched: Watched): Promise<Worked> {
  const calendar = await calendarOf(tools);
  const { signal } = new AbortController();
  const beganAt = performance.now();
  const itemCount = await job.run({ ...watched, calendar, isDryRun: true, signal });
  return { itemCount, tookMs: performance.now() - beganAt };
}

/** By hand it is due now; a run that is under way is not run beside. */
async function runJobNow(tools: DatabaseTools, job: Job, watched: Watched): Promise<Worked> {
  const { db, clock } = tools;
  const outcome = await runJob(job, {
    ...{ ...watched, db, clock },
    holder: `cli:${process.pid}@${hostname()}`.slice(0, HOLDER_LENGTH_MAX),
    calendar: await calendarOf(tools),
    dueAt: clock.now(),
    signal: new AbortController().signal,
  });
  if (outcome.outcome === 'failed') throw outcome.error;
  if (outcome.outcome !== 'done' || !('itemCount' in outcome)) throw refusal(job, outcome);
  return outcome;
}

const HOLDER_LENGTH_MAX = 64;

function refusal({ name }: Job, outcome: JobOutcome): AppError {
  if (outcome.outcome === 'busy') {
    const until = instantShown(outcome.until);
    return new AppError(
      'conflict',
      `${name} is being run by ${outcome.holder}, which has it until ${until} at least`,
    );
  }
  return new AppError(
    'conflict',
    `${name} was taken over by another radmeter, because this one was not heard of`,
  );
}

function countText(items: number): string {
  return items === 1 ? '1 item' : `${items} items`;
}

async function calendarOf({ db, config }: DatabaseTools): Promise<Calendar> {
  return new Calendar(await timezoneOf(db, config.timezone));
}

/** With what a running radmeter would know; what is queued for users leaves with the next that runs. */
function jobsOf({ db, clock, config, secrets }: DatabaseTools): readonly Job[] {
  const telling = { channels: channelsOf(waysOf(config, secrets)), language: config.language };
  const checkAlerts = alertCheck({ ...{ reader: db, db, clock, metrics: createMetrics(), ...telling } });
  return jobTable({
    ...{ db, clock, defaultProfile: config.defaultProfile, ages: config },
    ...{ checkAlerts, telling },
  });
}
