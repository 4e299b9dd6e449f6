import { describe, expect, it } from 'vitest';
import { newRun } from '../../src/sessions/begin-run.ts';
import {
  isBeforeKept,
  isBeforeKeptRun,
  RUNS_KEPT,
  retirable,
  retiredKey,
} from '../../src/sessions/retired-runs.ts';
import type { Run } from '../../src/sessions/run.ts';
import { sessionRecord } from '../support/records.ts';

const HOUR = 3_600;
const record = (at: number, time: number) => sessionRecord({ at, time, up: 1, down: 0 });
const run = (runNumber: number, at: number): Run => ({
  ...newRun(record(at, 0), { runNumber, userId: 1, classToken: undefined, totals: { input: 1, output: 0 } }),
  closeKind: 'stopped',
});
/** Runs an hour apart, numbered from a multiple of 1024 on. */
const runs = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => run((first + index) * 1024, (first + index) * HOUR));
const isIdle = () => false;

describe('of the runs of one key', () => {
  it('none is retired while they are few', () => {
    expect(retirable(runs(2 * RUNS_KEPT), isIdle)).toEqual([]);
  });

  it('the oldest are, so that the newest stay', () => {
    expect(retirable(runs(2 * RUNS_KEPT + 1), isIdle)).toHaveLength(RUNS_KEPT + 1);
  });

  it('none is from the first open one on, nor from the first that is being written', () => {
    const many = runs(2 * RUNS_KEPT + 1);
    const withOpen = many.with(10, { ...run(10 * 1024, 10 * HOUR), closeKind: 'open' });
    expect(retirable(withOpen, isIdle)).toHaveLength(10);
    expect(retirable(many, ({ runNumber }) => runNumber === 3 * 1024)).toHaveLength(3);
  });
});

describe('a record', () => {
  it.each<[string, Run[], number, number, boolean]>([
    ['of a key without runs', [], 0, 0, false],
    ['from before all runs of a key that has lost none', runs(3), -HOUR, 0, false],
    ['that began before the kept runs of a key that has lost some', runs(3, 100), 99 * HOUR + 60, 60, true],
    ['of a session that began then and is reported on late', runs(3, 100), 101 * HOUR, 2 * HOUR, true],
    ['that began with the oldest kept run', runs(3, 100), 100 * HOUR + 60, 60, false],
    ['that began after it', runs(3, 100), 101 * HOUR + 60, 60, false],
  ])('%s', (_, kept, at, time, isBefore) => {
    expect(isBeforeKept(kept, record(at, time))).toBe(isBefore);
  });

  it('makes no run where retired ones stand, be its start that of the kept ones', () => {
    expect(isBeforeKeptRun(runs(3, 100), run(99 * 1024, 100 * HOUR))).toBe(true);
    expect(isBeforeKeptRun(runs(3, 100), run(101 * 1024 + 512, 101 * HOUR))).toBe(false);
    expect(isBeforeKeptRun(runs(3), run(-1024, -HOUR))).toBe(false);
  });
});

it('the key of the retired is another one, and leads back', () => {
  const { runKey } = record(0, 0);
  expect(retiredKey(runKey)).toHaveLength(16);
  expect(retiredKey(runKey)).not.toBe(runKey);
  expect(retiredKey(retiredKey(runKey))).toBe(runKey);
});
