/** What an import prints: what became of how many rows, and every row that needs a look. */
import type { ImportReport, OutcomeCounts, RowProblem } from '../import/import-report.ts';
import { type Column, onOneLine, printJson, printLine, printTable } from './output.ts';

interface CountedKind extends OutcomeCounts {
  readonly kind: string;
}

const KINDS: readonly Column<CountedKind>[] = [
  { heading: 'ROWS', value: ({ kind }) => kind },
  { heading: 'CREATED', value: ({ created }) => created, align: 'right' },
  { heading: 'UPDATED', value: ({ updated }) => updated, align: 'right' },
  { heading: 'UNCHANGED', value: ({ unchanged }) => unchanged, align: 'right' },
  { heading: 'KEPT', value: ({ kept }) => kept, align: 'right' },
  { heading: 'SKIPPED', value: ({ skipped }) => skipped, align: 'right' },
];

/** Prints a report; `isDryRun` says that it is what would be done. */
export function printReport(report: ImportReport, { isDryRun }: { readonly isDryRun: boolean }): void {
  for (const problem of report.problems) printLine(problemLine(problem));
  const kinds = [...report.counts].map(([kind, counts]) => ({ kind, ...counts }));
  printTable(kinds, KINDS, 'Nothing to import.');
  if (report.problems.length > 0) printLine(`${report.problems.length} rows above need a look.`);
  if (isDryRun) printLine('Dry run: nothing was changed.');
}

/** Prints a report as JSON. */
export function printReportJson(report: ImportReport, { isDryRun }: { readonly isDryRun: boolean }): void {
  printJson({
    dry_run: isDryRun,
    rows: Object.fromEntries(report.counts),
    problems: report.problems,
  });
}

function problemLine({ table, id, name, outcome, reason }: RowProblem): string {
  const row = id === null ? '' : ` row ${id}`;
  const called = name === null ? '' : ` ${JSON.stringify(name)}`;
  return onOneLine(`${outcome}: ${table}${row}${called}: ${reason}`);
}
