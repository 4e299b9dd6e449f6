/** `radmeter import-radacct`: the sessions of a FreeRADIUS, so that counters start right and open sessions go on. */
import { createBatchRunner } from '../db/batch-runner.ts';
import { countRadacct, importRadacct } from '../import/import-radacct.ts';
import { ImportReport } from '../import/import-report.ts';
import { identifiersOf, nasIdentities } from '../import/nas-identity.ts';
import { createReplayMeter, meteringOptions } from '../metering.ts';
import { configuredNases } from '../nas/configured-nas.ts';
import { formerNas, mergeNases } from '../nas/nas.ts';
import { listNas, listSenders } from '../nas/nas-queries.ts';
import { NasTable } from '../nas/nas-table.ts';
import { Calendar } from '../usage/period.ts';
import { timezoneOf } from '../usage/stored-timezone.ts';
import { defineCommand, withJson } from './command.ts';
import { printReport, printReportJson } from './import-output.ts';
import { type CommandTools, withDatabase } from './open.ts';
import { pastInstant } from './past-instant.ts';
import { showProgress } from './progress-line.ts';
import { sourceUrl, withDryRun, withFrom, withSource } from './source-url.ts';

/** A command can wait longer than a NAS for its turn. */
const TRANSACTION_MS_MIN = 10_000;

/** `radmeter import-radacct --from URL [--since DATE] [--nas-identifier ADDRESS=NAME] [--from-radmeter] [--dry-run] [--json]`. */
export const importRadacctCommand = defineCommand({
  command: 'import-radacct',
  aliases: ['import_radacct'],
  describe:
    "Bring a FreeRADIUS's sessions over, so that today, this week and this month start right; may be repeated",
  examples: [
    ['import-radacct --from-file /run/secrets/radius-url --since 2026-01-01 --dry-run', 'Try it'],
    [
      'import-radacct --from-file /run/secrets/radius-url --nas-identifier 192.0.2.1=hall',
      'Say what a NAS calls itself that has not sent us anything yet',
    ],
  ],
  builder: (yargs) =>
    withJson(withDryRun(withFrom(yargs)))
      .option('since', {
        type: 'string',
        requiresArg: true,
        describe: 'Only sessions that are open or ended since: 31d, 2026-01-31',
      })
      .option('from-radmeter', {
        type: 'boolean',
        default: false,
        describe: 'Take sessions that another radmeter metered; a copy of this database has none to bring',
      })
      .option('nas-identifier', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe:
          'What a NAS calls itself (ADDRESS=NAME, nothing after = where it does not), where it has not sent us anything yet; its next Accounting-On then ends the sessions it left open',
      }),
  run: (argv) => {
    const url = sourceUrl(argv);
    return withDatabase(argv, (tools) =>
      withSource(url, async (source) => {
        const isDryRun = argv['dry-run'];
        const { clock } = tools;
        const since = argv.since === undefined ? undefined : pastInstant('--since', argv.since, clock.now());
        const given = identifiersOf(argv['nas-identifier'] ?? []);
        const isOfRadmeter = argv['from-radmeter'];
        const total = await countRadacct(tools, { source, since, isOfRadmeter });
        const report = new ImportReport();
        const of = total === undefined ? '' : ` of ${total}`;
        const progress = showProgress(() => `${report.rowCount}${of} sessions`);
        const batches = batchRunner(tools);
        try {
          const parts = await meteringParts(tools, given);
          const { keepSessionsMs } = tools.config;
          await importRadacct(tools, { ...parts, source, since, isDryRun, report, batches, keepSessionsMs });
        } finally {
          progress.end();
          await batches.close();
        }
        if (argv.json) printReportJson(report, { isDryRun });
        else printReport(report, { isDryRun });
      }),
    );
  },
});

function batchRunner({ db, clock, config }: CommandTools) {
  return createBatchRunner(db, { clock, timeoutMs: Math.max(config.dbTimeoutMs, TRANSACTION_MS_MIN) });
}

/** Everything sessions are metered by, as a running radmeter does. */
async function meteringParts({ db, config, secrets }: CommandTools, given: ReadonlyMap<string, string>) {
  const { nases } = await listNas(db);
  const known = mergeNases(nases, configuredNases(config.nas, secrets.nas));
  const table = new NasTable(known);
  const calendar = new Calendar(await timezoneOf(db, config.timezone));
  const metering = meteringOptions(config, calendar);
  return {
    meter: createReplayMeter(metering),
    nameRules: metering.nameRules,
    findNas: (address: string, nasIdentifier: string | undefined) =>
      table.find(address, nasIdentifier) ?? formerNas(address),
    identityOf: nasIdentities({
      given,
      nases: known.map(({ nas }) => nas),
      senders: await listSenders(db),
    }),
    dayEnd: (instant: number) => calendar.dayOf(instant).end,
  };
}
