/** How the HTTP bench prints what it measured. */
import { type Column, printJson, printLine, printTable } from '../../src/cli/output.ts';
import type { RouteFigures } from './http-measure.ts';

const P99_MS_MAX = 250;

/** Whether every answer was good, and ninety-nine of a hundred came in time. */
export function isWithinLimit({ others, isUnlimited, p99Ms }: RouteFigures): boolean {
  return Object.keys(others).length === 0 && (isUnlimited || p99Ms < P99_MS_MAX);
}

/** Prints the figures under a line that says what they were measured on. */
export function printFigures(machine: string, figures: readonly RouteFigures[], isJson: boolean): void {
  if (isJson) {
    printJson({ machine, routes: figures.map((each) => ({ ...each, isWithinLimit: isWithinLimit(each) })) });
    return;
  }
  printLine(machine);
  printTable(figures, COLUMNS, 'nothing was asked for');
}

function right(heading: string, value: Column<RouteFigures>['value']): Column<RouteFigures> {
  return { heading, value, align: 'right' };
}

const COLUMNS: readonly Column<RouteFigures>[] = [
  { heading: 'ROUTE', value: ({ name }) => name },
  right('REQUESTS', ({ requests }) => requests),
  right('FIRST MS', ({ firstMs }) => firstMs.toFixed(1)),
  right('P50 MS', ({ p50Ms }) => p50Ms.toFixed(1)),
  right('P99 MS', ({ p99Ms }) => p99Ms.toFixed(1)),
  right('MAX MS', ({ maxMs }) => maxMs.toFixed(1)),
  {
    heading: '',
    value: (figures) => {
      if (Object.keys(figures.others).length > 0) return `NOT 200: ${JSON.stringify(figures.others)}`;
      if (figures.isUnlimited) return 'no limit';
      return isWithinLimit(figures) ? 'ok' : `ABOVE ${P99_MS_MAX} MS`;
    },
  },
];
