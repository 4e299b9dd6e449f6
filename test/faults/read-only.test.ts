/** A database that turns read-only under load: records go to the spool, and drain when it can be written again. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FaultDaemon } from '../support/fault-daemon.ts';
import { drained, expectExact, faultSeed } from '../support/fault-figures.ts';
import { describeMariadb, useOwnMariadb } from '../support/fault-mariadb.ts';
import { useFaultRig } from '../support/fault-rig.ts';
import type { NasFleet } from '../support/nas-fleet.ts';

const STORY_TIMEOUT_MS = 120_000;
const RECORDS = 200;
const refusal = immutableRefusal();

describeMariadb('a MariaDB that turns read-only', () => {
  const mariadb = useOwnMariadb();
  const rig = useFaultRig();

  it('is spooled for until it can be written again', { timeout: STORY_TIMEOUT_MS }, async () => {
    const name = 'MariaDB read-only';
    const ownUrl = await mariadb.createDatabase('read_only');
    // An administrator may write all the same; this one has no rights beyond its database.
    await mariadb.administer("CREATE USER metering@'127.0.0.1' IDENTIFIED BY 'metering'");
    await mariadb.administer("GRANT ALL ON `read_only`.* TO metering@'127.0.0.1'");
    const databaseUrl = ownUrl.replace('radmeter:radmeter@', 'metering:metering@');
    const daemon = await rig.daemon({ databaseUrl });
    const fleet = await rig.fleet({ seed: faultSeed(name), portsOf: () => [daemon.port] });
    await fleet.acknowledgedMore(RECORDS);
    await mariadb.administer('SET GLOBAL read_only = 1');
    await throughTheSpool(daemon, fleet, () => mariadb.administer('SET GLOBAL read_only = 0'));
    await expectExact(name, { daemon, fleet });
  });
});

describe.skipIf(refusal !== undefined)(
  `an SQLite file that turns read-only${refusal === undefined ? '' : ` (${refusal})`}`,
  () => {
    const rig = useFaultRig();

    it('is spooled for until it can be written again', { timeout: STORY_TIMEOUT_MS }, async () => {
      const name = 'SQLite read-only';
      const directory = rig.closing(mkdtempSync(join(tmpdir(), 'radmeter-read-only-')), (made) => {
        setImmutable(made, false);
        rmSync(made, { recursive: true });
      });
      const daemon = await rig.daemon({ databaseUrl: `sqlite:${join(directory, 'radmeter.db')}` });
      const fleet = await rig.fleet({ seed: faultSeed(name), portsOf: () => [daemon.port] });
      await fleet.acknowledgedMore(RECORDS);
      setImmutable(directory, true);
      await throughTheSpool(daemon, fleet, () => setImmutable(directory, false));
      await expectExact(name, { daemon, fleet });
    });
  },
);

/** Answers go on while nothing can be written, then the spool empties. */
async function throughTheSpool(daemon: FaultDaemon, fleet: NasFleet, comeBack: () => unknown): Promise<void> {
  await daemon.logged(/records go to the spool until it takes them/);
  await fleet.acknowledgedMore(RECORDS);
  expect(await daemon.spooledRecords()).toBeGreaterThan(0);
  await comeBack();
  await daemon.logged(/the database takes records again/);
  await drained(daemon);
  await fleet.acknowledgedMore(RECORDS);
  await fleet.finish();
}

/** Root may write where modes forbid it, and a file system in use cannot be remounted; the immutable flag refuses every write, as a disk does that the kernel has turned read-only. */
function setImmutable(directory: string, isImmutable: boolean): void {
  const files = ['radmeter.db', 'radmeter.db-wal'].map((name) => join(directory, name)).filter(existsSync);
  chattr(isImmutable ? '+i' : '-i', files);
}

function chattr(flag: '+i' | '-i', files: readonly string[]): string | undefined {
  const { status, stderr } = spawnSync('chattr', [flag, ...files], { encoding: 'utf8' });
  return status === 0 ? undefined : (stderr ?? 'there is no chattr').trim();
}

/** Why an open file cannot be made read-only here; undefined where it can. */
function immutableRefusal(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'radmeter-read-only-'));
  const name = join(directory, 'probe');
  const file = openSync(name, 'w');
  try {
    const refused = chattr('+i', [name]);
    if (refused !== undefined) return refused;
    writeSync(file, 'x');
    return 'this file system lets an immutable file be written that is open';
  } catch {
    return undefined;
  } finally {
    chattr('-i', [name]);
    closeSync(file);
    rmSync(directory, { recursive: true });
  }
}
