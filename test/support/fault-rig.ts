/** Everything one fault test has opened, closed after it whatever happened, the last first. */
import { afterEach } from 'vitest';
import type { BlankDatabase } from './databases.ts';
import { FaultDaemon, type FaultDaemonOptions } from './fault-daemon.ts';
import { failOnLeaks } from './leaks.ts';
import { type FleetOptions, NasFleet } from './nas-fleet.ts';

export interface FaultRig {
  /** Starts a daemon and waits until it receives. */
  daemon(options: FaultDaemonOptions): Promise<FaultDaemon>;
  /** Starts a fleet that sends at once. */
  fleet(options: FleetOptions): Promise<NasFleet>;
  database(made: Promise<BlankDatabase>): Promise<string>;
  /** Has something closed after the test. */
  closing<T>(opened: T, close: (opened: T) => Promise<unknown> | unknown): T;
}

/** Gives each test of a suite a rig, and fails a test that leaves something open. */
export function useFaultRig(): FaultRig {
  failOnLeaks();
  const closings: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    const failures: unknown[] = [];
    for (const close of closings.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'a fault test could not be cleared away');
  });
  const closing: FaultRig['closing'] = (opened, close) => {
    closings.push(() => close(opened));
    return opened;
  };
  return {
    closing,
    daemon: async (options) => closing(await FaultDaemon.start(options), (daemon) => daemon.close()),
    fleet: async (options) => closing(await NasFleet.open(options), (fleet) => fleet.close()),
    database: async (made) => closing(await made, (database) => database.remove()).url,
  };
}
