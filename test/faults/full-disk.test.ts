/** A full disk means no acknowledgement and a loud log, not a crash; with room again everything goes on and is exact. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FaultDaemon } from '../support/fault-daemon.ts';
import { expectExact, faultSeed } from '../support/fault-figures.ts';
import { describeMariadb, useOwnMariadb } from '../support/fault-mariadb.ts';
import { useFaultRig } from '../support/fault-rig.ts';
import type { NasFleet } from '../support/nas-fleet.ts';
import { mountRefusal, PrivateMount } from '../support/private-mount.ts';

const STORY_TIMEOUT_MS = 120_000;
const RECORDS = 150;
const DISK_BYTES = 16 * 1024 ** 2;
const reason = mountRefusal === undefined ? '' : ` (${mountRefusal})`;

describe.skipIf(mountRefusal !== undefined)(`a full disk${reason}`, () => {
  const rig = useFaultRig();

  it('below database and state directory ends answers, not the daemon', {
    timeout: STORY_TIMEOUT_MS,
  }, async () => {
    const name = 'disk full below SQLite and spool';
    const disk = rig.closing(await PrivateMount.open(DISK_BYTES), (mount) => mount.close());
    const daemon = await rig.daemon({
      databaseUrl: `sqlite:${join(disk.path, 'radmeter.db')}`,
      stateDir: disk.path,
    });
    const fleet = await rig.fleet({ seed: faultSeed(name), portsOf: () => [daemon.port] });
    await fleet.acknowledgedMore(RECORDS);
    await expectSilenceWhileFull(disk, { daemon, fleet });
    disk.free();
    await fleet.acknowledgedMore(RECORDS);
    await fleet.finish();
    await expectExact(name, { daemon, fleet });
  });
});

describeMariadb(`a full disk below the spool${reason}`, () => {
  if (mountRefusal !== undefined) {
    it.skip(`needs a mount: ${mountRefusal}`, () => undefined);
    return;
  }
  const mariadb = useOwnMariadb();
  const rig = useFaultRig();

  it('ends answers only while the database is away too', { timeout: STORY_TIMEOUT_MS }, async () => {
    const name = 'disk full below the spool';
    const disk = rig.closing(await PrivateMount.open(DISK_BYTES), (mount) => mount.close());
    const daemon = await rig.daemon({
      databaseUrl: await mariadb.createDatabase('full_disk'),
      stateDir: disk.path,
      settings: { 'db-timeout': '500ms' },
    });
    const fleet = await rig.fleet({ seed: faultSeed(name), portsOf: () => [daemon.port] });
    disk.fill();
    await fleet.acknowledgedMore(RECORDS);
    await mariadb.server().kill();
    await expectSilenceWhileFull(disk, { daemon, fleet });
    disk.free();
    // The database is still away: the spool takes them.
    await fleet.acknowledgedMore(RECORDS);
    expect(await daemon.spooledRecords()).toBeGreaterThan(0);
    await mariadb.server().start();
    await fleet.finish();
    await expectExact(name, { daemon, fleet });
  });
});

/** Fills the disk and expects a loud line and no answer, from a daemon that goes on. */
async function expectSilenceWhileFull(
  disk: PrivateMount,
  { daemon, fleet }: { daemon: FaultDaemon; fleet: NasFleet },
): Promise<void> {
  disk.fill();
  await daemon.logged(/"level":50[^\n]*the disk is full; requests stay unanswered/);
  // What a failed batch gave back is room too.
  disk.fill();
  const waiting = fleet.retransmittedMore(RECORDS);
  const acknowledgedBefore = fleet.counts.acknowledged;
  await waiting;
  expect(fleet.counts.acknowledged - acknowledgedBefore).toBe(0);
  expect(daemon.isAlive).toBe(true);
}
