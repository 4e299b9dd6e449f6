/** The numbers that order the runs of one key. Pure. */
import type { Run } from './run.ts';

/** Numbers leave room for runs that are found late, between two that are known. */
const STEP = 1024;

/** Returns the number of a run after all known ones, which are in the order of theirs. */
export function nextNumber(runs: readonly Run[]): number {
  const last = runs.at(-1);
  return last === undefined ? 0 : last.runNumber + STEP;
}

/** Returns a number between those of two runs; the first one's where none is left. */
export function numberBetween(before: Run | undefined, after: Run): number {
  const low = before?.runNumber ?? after.runNumber - 2 * STEP;
  return Math.floor((low + after.runNumber) / 2);
}
