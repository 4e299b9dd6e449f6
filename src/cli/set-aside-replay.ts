/** `radmeter set-aside replay`: what was set aside, decided again by what is known now. */
import { knownClassTokens } from '../access/class-key.ts';
import { createReopen } from '../accounting/reopen.ts';
import { countSetAside, type SetAsideSelection } from '../accounting/set-aside-queries.ts';
import { REPLAYED_TOGETHER, type ReplayResult, replaySetAside } from '../accounting/set-aside-replay.ts';
import { createBatchRunner } from '../db/batch-runner.ts';
import { AppError } from '../errors.ts';
import { createReplayMeter, type Metered, meteringOptions } from '../metering.ts';
import { configuredNases } from '../nas/configured-nas.ts';
import { formerNas, mergeNases } from '../nas/nas.ts';
import { listNas } from '../nas/nas-queries.ts';
import { NasTable } from '../nas/nas-table.ts';
import { loadDictionary, valueNames } from '../radius/dictionary.ts';
import { Calendar } from '../usage/period.ts';
import { timezoneOf } from '../usage/stored-timezone.ts';
import { defineCommand, withJson } from './command.ts';
import { type DatabaseTools, withMigratedDatabase } from './open.ts';
import { printNote } from './output.ts';
import { showProgress } from './progress-line.ts';
import { idsFrom, refuseUnlessOne } from './set-aside-ids.ts';
import { JsonReport, type ReplayReport, TextReport } from './set-aside-report.ts';

/** A command can wait longer than a NAS for its turn. */
const TRANSACTION_MS_MIN = 10_000;

/** `radmeter set-aside replay`. */
export const replayCommand = defineCommand({
  command: 'replay [ids..]',
  describe:
    'Meter records now, on the day they happened; exit code 73 where one named by its id still cannot be',
  examples: [
    ['nas update hall --max-rate 10000000', 'First change what stood in the way …'],
    ['set-aside replay --reason implausible-growth --dry-run', '… see what would be added'],
    ['set-aside replay --reason implausible-growth', '… and add it'],
    ['set-aside replay 12 13 --json', 'These two, what became of each as JSON'],
  ],
  builder: (yargs) =>
    withJson(yargs)
      .positional('ids', { type: 'string', array: true, describe: 'Ids that `set-aside list` shows' })
      .option('reason', { type: 'string', requiresArg: true, describe: 'All that wait for this reason' })
      .option('all', { type: 'boolean', default: false, describe: 'All that wait' })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'Show what would be added and change nothing',
      }),
  repeatable: ['ids'],
  run: (argv) => {
    const ids = idsFrom(argv.ids);
    const isNamed = ids.length > 0;
    refuseUnlessOne('replay', '--reason', {
      ids: isNamed,
      filter: argv.reason !== undefined,
      all: argv.all,
    });
    return withMigratedDatabase(argv, async (tools) => {
      const selection = isNamed ? { ids } : { reason: argv.reason, withReplayed: false };
      const calendar = new Calendar(await timezoneOf(tools.db, tools.config.timezone));
      const dayOf = (instant: number) => calendar.dayOf(instant).date;
      const isDryRun = argv['dry-run'];
      const report = argv.json ? new JsonReport(isDryRun, dayOf) : new TextReport(isDryRun, dayOf);
      const notMetered = await replay(tools, { selection, calendar, report, isDryRun });
      if (isNamed && notMetered > 0) {
        throw new AppError('conflict', `${notMetered} of ${new Set(ids).size} records were not metered`);
      }
    });
  },
});

interface Replay {
  readonly selection: SetAsideSelection;
  readonly calendar: Calendar;
  readonly report: ReplayReport;
  readonly isDryRun: boolean;
}

/** Returns how many were not metered by it. */
async function replay(
  tools: DatabaseTools,
  { selection, calendar, report, isDryRun }: Replay,
): Promise<number> {
  const total = await countSetAside(tools.db, selection);
  let count = 0;
  let notMetered = 0;
  const progress = showProgress(() => `${count} of ${total} records`);
  try {
    for await (const result of results(tools, { selection, calendar, isDryRun })) {
      count++;
      if (result.kind !== 'metered') notMetered++;
      report.add(result);
    }
  } catch (error) {
    progress.end();
    // What was said until then is in the database.
    if (count > 0) report.end();
    throw error;
  }
  progress.end();
  report.end();
  if (isDryRun && count > REPLAYED_TOGETHER) {
    printNote(
      `A dry run decides ${REPLAYED_TOGETHER} records at a time as if nothing came before them: one that was sent twice may show twice.`,
    );
  }
  return notMetered;
}

async function* results(
  tools: DatabaseTools,
  { selection, calendar, isDryRun }: Pick<Replay, 'selection' | 'calendar' | 'isDryRun'>,
): AsyncGenerator<ReplayResult<Metered>> {
  const { db, clock, config, secrets, actor } = tools;
  const { nases } = await listNas(db);
  const nasTable = new NasTable(mergeNases(nases, configuredNases(config.nas, secrets.nas)));
  const timeoutMs = Math.max(config.dbTimeoutMs, TRANSACTION_MS_MIN);
  const classTokens = await knownClassTokens(db);
  const batches = createBatchRunner(db, { clock, timeoutMs });
  try {
    yield* replaySetAside<Metered>(db, selection, {
      batches,
      meter: createReplayMeter({ ...meteringOptions(config, calendar), classTokens }),
      reopen: createReopen({
        findNas: (address, nasIdentifier) => nasTable.find(address, nasIdentifier) ?? formerNas(address),
        valueName: valueNames(loadDictionary(config.dictionaries)),
      }),
      isDryRun,
      actor,
    });
  } finally {
    await batches.close();
  }
}
