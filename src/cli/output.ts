/** What commands print: tables and facts for people, JSON for programs, short errors. */
import { styleText } from 'node:util';
import { AppError, ConfigError } from '../errors.ts';

/** One column of a table: its heading and what it shows of a row; null shows as a dash. */
export interface Column<Row> {
  readonly heading: string;
  readonly value: (row: Row) => string | number | null;
  /** Numbers read better with their units below each other. */
  readonly align?: 'left' | 'right';
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Writes one line to standard output. */
export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes one line to standard error: what is not the answer itself. */
export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Writes a value as JSON. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value, null, 2));
}

/** Writes rows below their headings; without rows, what to do about it. */
export function printTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  whenEmpty: string,
): void {
  if (rows.length === 0) {
    printLine(whenEmpty);
    return;
  }
  const cells = rows.map((row) => columns.map((column) => onOneLine(column.value(row) ?? '-')));
  const widths = columns.map((column, at) =>
    Math.max(column.heading.length, ...cells.map((line) => textWidth(line[at] ?? ''))),
  );
  const lineOf = (line: readonly string[]) =>
    line
      .map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.align))
      .join('  ')
      .trimEnd();
  printLine(heading(lineOf(columns.map((column) => column.heading))));
  for (const line of cells) printLine(lineOf(line));
}

/** Writes named facts about one thing, each on its line. */
export function printFacts(facts: readonly (readonly [name: string, value: string | number | null])[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) printLine(`${name.padEnd(width)}  ${onOneLine(value ?? '-')}`);
}

/** Returns text that stands out as a heading, on a terminal only. */
export function heading(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}

/** Returns a number of octets exactly and, from 1 KiB on, as a person reads it: `53687091200 (50.00 GiB)`. */
export function octetsText(octets: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(1, Math.abs(octets))) / 10), UNITS.length);
  const unit = UNITS[power - 1];
  return unit === undefined ? String(octets) : `${octets} (${(octets / 1024 ** power).toFixed(2)} ${unit})`;
}

/** Returns an instant (epoch milliseconds) as UTC to the second; null where there is none. */
export function instantShown(epochMs: number | null): string | null {
  return epochMs === null ? null : `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

/** Returns what a person is told about an error: operating errors in their own words, anything else as internal with the way to learn more. */
export function errorText(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof AppError) return error.message;
  if (process.env['DEBUG'] !== undefined && error instanceof Error) return `Internal error.\n${error.stack}`;
  const reason = error instanceof Error ? error.message : String(error);
  return `Internal error: ${reason} (DEBUG=1 shows where)`;
}

/** Writes an error to standard error, each line under the program's name. */
export function printError(error: unknown): void {
  for (const line of errorText(error).split('\n')) {
    printNote(`${styleText('red', 'radmeter:', { stream: process.stderr })} ${line}`);
  }
}

/** Returns text that others named without its line breaks and control characters; a terminal must not obey them. */
export function onOneLine(value: string | number): string {
  return String(value).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

function textWidth(text: string): number {
  return [...text].length;
}

function pad(cell: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(cell)));
  return align === 'right' ? blanks + cell : cell + blanks;
}
