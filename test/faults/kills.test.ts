/** SIGKILL strikes daemons under load at a hundred random instants: nothing acknowledged is lost, nothing is counted twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Random, seededRandom, wholeBetween } from '../../src/simulate/random.ts';
import { describeEachBlankDatabase } from '../support/databases.ts';
import type { FaultDaemon, ProcessEnd } from '../support/fault-daemon.ts';
import { expectExact, faultSeed } from '../support/fault-figures.ts';
import { useFaultRig } from '../support/fault-rig.ts';
import type { NasFleet } from '../support/nas-fleet.ts';

/** On each of two databases; FAULT_KILLS=N for more. */
const KILLS = Number(process.env['FAULT_KILLS'] ?? 50);
/** At once, each with its own database and fleet: while one starts, the others are under load. */
const DAEMONS = 2;
const KILLS_TIMEOUT_MS = 240_000;
/** A NAS that resends sooner has more on its way when the next kill strikes. */
const RETRANSMIT_MS = [100, 400] as const;
const LANES = 8;
/** Nobody gives up: a daemon that is killed all the time is mostly starting. */
const TRIES_MAX = 1_000;
const ACKNOWLEDGED_MAX = 40;
const PAUSE_MS = [10, 100] as const;
const FURTHER_MS = 25;
/** Share of kills that strike before the daemon has started, and how long that takes at most. */
const STARTING_SHARE = 0.2;
const STARTING_MS = 700;

describeEachBlankDatabase('a daemon killed under load', (newDatabase, dialect) => {
  const rig = useFaultRig();

  it(`loses nothing and counts nothing twice across ${KILLS} kills`, {
    timeout: KILLS_TIMEOUT_MS,
  }, async () => {
    const name = `kills on ${dialect}`;
    const seed = faultSeed(name);
    const databaseUrls: string[] = [];
    for (let at = 0; at < DAEMONS; at++) databaseUrls.push(await rig.database(newDatabase()));
    await compileOnce(await rig.daemon({ databaseUrl: await rig.database(newDatabase()) }));
    let kills = 0;
    const loops = databaseUrls.map(async (databaseUrl, at) => {
      const daemon = await rig.daemon({ databaseUrl });
      const fleet = await rig.fleet({
        ...{ seed: seed + at, portsOf: () => [daemon.port], retransmitMs: RETRANSMIT_MS },
        ...{ nases: 2, lanes: LANES, pauseMs: PAUSE_MS, triesMax: TRIES_MAX, isOverlapping: at % 2 === 1 },
      });
      const random = seededRandom(seed - at);
      for (let kill = 0; kill < KILLS / DAEMONS; kill++) {
        const { signal } = await killAtRandom(daemon, fleet, random);
        if (signal === 'SIGKILL') kills++;
      }
      await fleet.finish();
      return expectExact(`${name}, daemon ${at + 1}`, { daemon, fleet });
    });
    // All of them, so that none goes on behind a test that has failed.
    const ended = await Promise.allSettled(loops);
    expect(ended.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(KILLS);
  });
});

/** Node keeps what it compiled when a process ends in good order, which those below never do. */
async function compileOnce(daemon: FaultDaemon): Promise<void> {
  daemon.signal('SIGTERM');
  await daemon.ended();
}

/** Kills it at any instant of its life or of its start, leaves it running again, and returns how it ended. */
async function killAtRandom(daemon: FaultDaemon, fleet: NasFleet, random: Random): Promise<ProcessEnd> {
  if (random() < STARTING_SHARE) {
    await daemon.kill();
    daemon.spawn();
    await sleep(random() * STARTING_MS);
  } else {
    await fleet.acknowledgedMore(wholeBetween(random, 1, ACKNOWLEDGED_MAX));
    await sleep(random() * FURTHER_MS);
  }
  expect(daemon.isAlive).toBe(true);
  const end = await daemon.kill();
  await daemon.start();
  return end;
}
