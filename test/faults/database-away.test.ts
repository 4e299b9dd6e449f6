/** A MariaDB that is killed, hangs, restarts in mid-batch, deadlocks or is slow under load: answers go on from the spool, which drains in order. */
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import type { FaultDaemon } from '../support/fault-daemon.ts';
import { drained, expectExact, faultSeed } from '../support/fault-figures.ts';
import { describeMariadb, useOwnMariadb } from '../support/fault-mariadb.ts';
import { useFaultRig } from '../support/fault-rig.ts';
import type { FleetOptions, NasFleet } from '../support/nas-fleet.ts';

const STORY_TIMEOUT_MS = 120_000;
/** Acknowledged before, during and after each fault. */
const RECORDS = 200;
const RESTARTS = 3;
const DEADLOCK_TRIES = 40;
const SETTINGS = { 'db-timeout': '500ms' };

describeMariadb('a MariaDB that fails under load', () => {
  const mariadb = useOwnMariadb();
  const rig = useFaultRig();

  const begin = async (
    name: string,
    { database, settings = {}, load = {} }: Story,
  ): Promise<{ daemon: FaultDaemon; fleet: NasFleet; databaseUrl: string }> => {
    const databaseUrl = await mariadb.createDatabase(database);
    const daemon = await rig.daemon({ databaseUrl, settings: { ...SETTINGS, ...settings } });
    const fleet = await rig.fleet({ seed: faultSeed(name), portsOf: () => [daemon.port], ...load });
    await fleet.acknowledgedMore(RECORDS);
    return { daemon, fleet, databaseUrl };
  };
  /** Answers go on while the database is away, then the spool empties under load. */
  const throughTheSpool = async (daemon: FaultDaemon, fleet: NasFleet, comeBack: () => unknown) => {
    await fleet.acknowledgedMore(RECORDS);
    expect(await daemon.spooledRecords()).toBeGreaterThan(0);
    await expectInOrder(daemon);
    await comeBack();
    await daemon.logged(/the database takes records again/);
    await drained(daemon);
    await fleet.acknowledgedMore(RECORDS);
    await fleet.finish();
  };

  it('killed, it is waited for with answers from the spool', { timeout: STORY_TIMEOUT_MS }, async () => {
    const name = 'mariadbd killed';
    const { daemon, fleet } = await begin(name, { database: 'killed' });
    await mariadb.server().kill();
    await throughTheSpool(daemon, fleet, () => mariadb.server().start());
    await expectExact(name, { daemon, fleet });
  });

  it('hanging, it is given up after db-timeout', { timeout: STORY_TIMEOUT_MS }, async () => {
    const name = 'mariadbd stopped and continued';
    const { daemon, fleet } = await begin(name, { database: 'hanging' });
    await rig.closing(mariadb, (server) => server.goOn()).hang();
    await throughTheSpool(daemon, fleet, () => mariadb.goOn());
    await expectExact(name, { daemon, fleet });
  });

  it(`restarted in mid-batch ${RESTARTS} times, it misses nothing`, {
    timeout: STORY_TIMEOUT_MS,
  }, async () => {
    const name = 'mariadbd restarted in mid-batch';
    const { daemon, fleet } = await begin(name, { database: 'restarted' });
    for (let restart = 0; restart < RESTARTS; restart++) {
      await mariadb.server().kill();
      await mariadb.server().start();
      await fleet.acknowledgedMore(RECORDS);
    }
    await fleet.finish();
    await expectExact(name, { daemon, fleet });
  });

  it('slow, it is given up and caught up with', { timeout: STORY_TIMEOUT_MS }, async () => {
    const name = 'tables locked for longer than db-timeout';
    const { daemon, fleet, databaseUrl } = await begin(name, { database: 'slow' });
    const other = rig.closing(openDatabase(databaseUrl), ({ close }) => close());
    const connection = await other.knex.client.acquireConnection();
    await other.knex.raw('LOCK TABLES radacct WRITE').connection(connection);
    await throughTheSpool(daemon, fleet, async () => {
      await other.knex.raw('UNLOCK TABLES').connection(connection);
      await other.knex.client.releaseConnection(connection);
    });
    await expectExact(name, { daemon, fleet });
  });

  it('deadlocked by others, it is asked again', { timeout: STORY_TIMEOUT_MS }, async () => {
    const name = 'deadlocks with another connection';
    const { daemon, fleet, databaseUrl } = await begin(name, { database: 'deadlocked' });
    const other = rig.closing(openDatabase(databaseUrl), ({ close }) => close());
    for (let tried = 0; tried < DEADLOCK_TRIES; tried++) {
      // The order that nobody in the house locks in.
      const lost = other.knex.transaction(async (trx) => {
        await trx.raw('SELECT id FROM user_profile_usage FOR UPDATE');
        await fleet.retransmittedMore(0);
        await trx.raw('SELECT radacctid FROM radacct FOR UPDATE');
      });
      await lost.catch(ignoreDeadlock);
    }
    const [[row]] = await other.knex.raw("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'");
    expect(Number(row.Value)).toBeGreaterThan(0);
    await fleet.finish();
    await expectExact(`${name} (${row.Value} deadlocks)`, { daemon, fleet });
  });

  it('away until the spool is at spool-max, it costs answers, never records', {
    timeout: STORY_TIMEOUT_MS,
  }, async () => {
    const name = 'spool at spool-max';
    const load = { nases: 8, lanes: 24, pauseMs: [1, 10], isOverlapping: true } as const;
    const settings = { 'spool-max': '1MiB' };
    const { daemon, fleet } = await begin(name, { database: 'spool_max', settings, load });
    await mariadb.server().kill();
    await daemon.logged(/has reached spool-max, 1048576 bytes; requests stay unanswered/);
    expect(await daemon.spooledRecords()).toBeGreaterThan(0);
    const acknowledgedBefore = fleet.counts.acknowledged;
    await fleet.retransmittedMore(RECORDS);
    expect(fleet.counts.acknowledged).toBe(acknowledgedBefore);
    await mariadb.server().start();
    await fleet.acknowledgedMore(RECORDS);
    await fleet.finish();
    await expectExact(name, { daemon, fleet });
  });
});

interface Story {
  readonly database: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly load?: Partial<FleetOptions>;
}

/** Expects the records in the spool in the order of their arrival. */
async function expectInOrder(daemon: FaultDaemon): Promise<void> {
  const { stdout } = await daemon.run('spool', 'list', '--json', '--limit', '10000');
  const waiting: { id: number; arrived_at: string }[] = JSON.parse(stdout);
  const byArrival = waiting.toSorted((a, b) => a.arrived_at.localeCompare(b.arrived_at) || a.id - b.id);
  expect(waiting.map(({ id }) => id)).toEqual(byArrival.map(({ id }) => id));
}

/** Being the victim is what this connection is for. */
function ignoreDeadlock(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ER_LOCK_DEADLOCK') return;
  throw error;
}
