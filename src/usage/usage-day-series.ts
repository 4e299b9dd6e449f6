/** Octets by day, every day of a range present. Pure. */
import type { DayOctets } from './usage-day-queries.ts';

const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Returns whether a text is a date that a calendar has, as YYYY-MM-DD. */
export function isDate(text: string): boolean {
  return DATE.test(text) && dateText(Date.parse(`${text}T00:00:00Z`)) === text;
}

/** Returns a date so many days later, or earlier. */
export function daysLater(date: string, days: number): string {
  return dateText(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS) ?? date;
}

/** Returns how many days a range of dates has, both ends included. */
export function dayCount(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

/** Returns the dates of a range, both ends included. */
export function datesBetween(from: string, to: string): string[] {
  return Array.from({ length: Math.max(0, dayCount(from, to)) }, (_, index) => daysLater(from, index));
}

/** Returns dates, which ascend, as stretches of following days, none longer than `max`. */
export function runsOf(dates: readonly string[], max: number): string[][] {
  const runs: string[][] = [];
  for (const date of dates) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    const follows = before !== undefined && daysLater(before, 1) === date;
    if (run === undefined || !follows || run.length >= max) runs.push([date]);
    else run.push(date);
  }
  return runs;
}

/** Returns the JSON of a series: input, output and total octets of each day, and of all of them. */
export function daySeriesShape(days: readonly string[], octetsOf: (day: string) => DayOctets) {
  const octets = days.map((day) => ({ day, ...octetsShape(octetsOf(day)) }));
  const inputOctets = octets.reduce((sum, { input_octets }) => sum + input_octets, 0);
  const outputOctets = octets.reduce((sum, { output_octets }) => sum + output_octets, 0);
  return { days: octets, ...octetsShape({ inputOctets, outputOctets }) };
}

function octetsShape({ inputOctets, outputOctets }: DayOctets) {
  return {
    input_octets: inputOctets,
    output_octets: outputOctets,
    total_octets: inputOctets + outputOctets,
  };
}

function dateText(instant: number): string | undefined {
  return Number.isFinite(instant) ? new Date(instant).toISOString().slice(0, 10) : undefined;
}
