/** `radmeter import-legacy`: the way over from the old system. */
import { createInterface } from 'node:readline/promises';
import {
  type AmbiguousBandwidth,
  ambiguousBandwidths,
  BANDWIDTH_UNITS,
  type BandwidthUnit,
} from '../import/bandwidth-unit.ts';
import { countLegacy, importLegacy } from '../import/import-legacy.ts';
import { ImportReport } from '../import/import-report.ts';
import type { SourceDatabase } from '../import/source-database.ts';
import { defineCommand, withJson } from './command.ts';
import { printReport, printReportJson } from './import-output.ts';
import { withDatabase } from './open.ts';
import { onOneLine, printNote } from './output.ts';
import { showProgress } from './progress-line.ts';
import { sourceUrl, withDryRun, withFrom, withSource } from './source-url.ts';

/** `radmeter import-legacy --from URL [--dry-run] [--bandwidth-unit kbps|mbps] [--json]`. */
export const importLegacyCommand = defineCommand({
  command: 'import-legacy',
  aliases: ['import_legacy'],
  describe:
    'Bring profiles, promotions, users, counters, alerts and history over from the old system; may be repeated',
  examples: [
    ['import-legacy --from sqlite:/srv/portal/db.sqlite3 --dry-run', 'What would be brought over'],
    ['import-legacy --from-file /run/secrets/portal-url', 'Do it; run it again if it is stopped'],
    [
      'import-legacy --from mysql://reader@old.example/portal --bandwidth-unit mbps',
      'From a newer version of it, whose profiles have Mbit/s',
    ],
  ],
  builder: (yargs) =>
    withJson(withDryRun(withFrom(yargs))).option('bandwidth-unit', {
      type: 'string',
      choices: BANDWIDTH_UNITS,
      requiresArg: true,
      describe:
        'What the bandwidths of its profiles are in; newer versions of it have Mbit/s (1 = 1024 kbit/s)',
    }),
  run: (argv) => {
    const url = sourceUrl(argv);
    return withDatabase(argv, (tools) =>
      withSource(url, async (source) => {
        const isDryRun = argv['dry-run'];
        const total = await countLegacy(tools, source);
        const bandwidthUnit = argv['bandwidth-unit'] ?? (await askedUnit(source));
        const report = new ImportReport();
        const progress = showProgress(
          () => `${report.rowCount} of ${total} rows, ${report.problems.length} that need a look`,
        );
        try {
          await importLegacy(tools, { source, isDryRun, bandwidthUnit, report });
        } finally {
          progress.end();
        }
        if (argv.json) printReportJson(report, { isDryRun });
        else printReport(report, { isDryRun });
      }),
    );
  },
});

/** Asks a person at a terminal; undefined where nobody is there to ask, or nothing has to be asked. */
async function askedUnit(source: SourceDatabase): Promise<BandwidthUnit | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const ambiguous = await ambiguousBandwidths(source);
  if (ambiguous.length === 0) return undefined;
  for (const profile of ambiguous) printNote(shown(profile));
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question('Are these kbps or mbps? ');
    return BANDWIDTH_UNITS.find((unit) => unit === answer.trim().toLowerCase());
  } finally {
    terminal.close();
  }
}

function shown({ profile, upload, download }: AmbiguousBandwidth): string {
  return onOneLine(`${profile}: ${upload} up, ${download} down`);
}
