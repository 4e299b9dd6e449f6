/** What every fault test ends with: the spool empty, `radmeter verify` content, and the fleet's meters held against the database. */
import { expect } from 'vitest';
import type { FaultDaemon } from './fault-daemon.ts';
import type { NasFleet } from './nas-fleet.ts';
import { type FleetFigures, NOTHING_LOST } from './nas-fleet-truth.ts';

const DRAIN_WAIT_MS = 30_000;

/** Waits until nothing waits in a spool any more. */
export async function drained(daemon: FaultDaemon): Promise<void> {
  await expect
    .poll(() => daemon.spooledRecords(), {
      timeout: DRAIN_WAIT_MS,
      interval: 200,
      message: 'records in the spool',
    })
    .toBe(0);
}

/** Prints the figures and expects that nothing acknowledged is lost, nothing is counted twice and verify finds no difference; with `everything`, that every record sent was acknowledged too, so that usage is exactly what was sent. */
export async function expectExact(
  name: string,
  { daemon, fleet, everything = true }: { daemon: FaultDaemon; fleet: NasFleet; everything?: boolean },
): Promise<FleetFigures> {
  await drained(daemon);
  const figures = await daemon.figuresOf(fleet);
  printFigures(name, { ...figures, retransmissions: fleet.counts.retransmissions });
  expect(figures).toMatchObject(NOTHING_LOST);
  expect(figures.acknowledged).toBeGreaterThan(0);
  if (everything) {
    expect(figures).toMatchObject({ givenUp: 0, octetsOfGivenUp: 0, acknowledged: figures.recordsSent });
  }
  const { code, said } = await daemon.verify();
  expect({ code, said }).toEqual({ code: 0, said: expect.stringMatching(/, no difference\n$/) });
  return figures;
}

/** Writes what a run has counted below the name of its test. */
export function printFigures(name: string, figures: object): void {
  process.stdout.write(`${name}: ${JSON.stringify(figures)}\n`);
}

/** Returns the seed of this run, told in its output: FAULT_SEED=N runs it again. */
export function faultSeed(name: string): number {
  const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 2 ** 31);
  process.stdout.write(`${name}: FAULT_SEED=${seed}\n`);
  return seed;
}
