/** A daemon that is told to stop under load: what it took is answered or left to the NAS, never acknowledged and lost; a second signal hurries. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { describeEachBlankDatabase } from '../support/databases.ts';
import { expectExact, faultSeed } from '../support/fault-figures.ts';
import { describeMariadb, useOwnMariadb } from '../support/fault-mariadb.ts';
import { useFaultRig } from '../support/fault-rig.ts';

const STOPS = 4;
const RECORDS_BETWEEN = 150;
const STORY_TIMEOUT_MS = 120_000;
/** Signals closer together than half a second count as one. */
const SECOND_SIGNAL_MS = 600;
/** What an orderly end may take at most while the database hangs. */
const ORDERLY_END_MS = 15_000;
const TIMER = { ref: false };
/** What a hurried end may take at most, whatever hangs. */
const HURRIED_END_MS = 8_000;

describeEachBlankDatabase('a daemon that is told to stop under load', (newDatabase, dialect) => {
  const rig = useFaultRig();

  it(`ends in good order ${STOPS} times and loses nothing`, { timeout: STORY_TIMEOUT_MS }, async () => {
    const name = `shutdown on ${dialect}`;
    const daemon = await rig.daemon({ databaseUrl: await rig.database(newDatabase()) });
    const fleet = await rig.fleet({
      ...{ seed: faultSeed(name), portsOf: () => [daemon.port], retransmitMs: [500, 1_000] },
    });
    for (let stop = 0; stop < STOPS; stop++) {
      await fleet.acknowledgedMore(RECORDS_BETWEEN);
      daemon.signal(stop % 2 === 0 ? 'SIGTERM' : 'SIGINT');
      expect(await daemon.ended()).toEqual({ code: 0, signal: null });
      expect(daemon.log).toMatch(/"msg":"stopped"/);
      await daemon.start();
    }
    await fleet.finish();
    await expectExact(name, { daemon, fleet });
  });
});

describeMariadb('a daemon that is told to stop while its MariaDB hangs', () => {
  const mariadb = useOwnMariadb();
  const rig = useFaultRig();

  it('keeps what it took in the spool and ends, and drains it at the next start', {
    timeout: STORY_TIMEOUT_MS,
  }, async () => {
    const name = 'shutdown with a MariaDB that hangs';
    const databaseUrl = await mariadb.createDatabase('stopped');
    const daemon = await rig.daemon({ databaseUrl, settings: { 'db-timeout': '500ms' } });
    const fleet = await rig.fleet({ seed: faultSeed(name), portsOf: () => [daemon.port] });
    await fleet.acknowledgedMore(RECORDS_BETWEEN);
    await rig.closing(mariadb, (server) => server.goOn()).hang();
    await fleet.acknowledgedMore(RECORDS_BETWEEN);
    daemon.signal('SIGTERM');
    expect(await Promise.race([daemon.ended(), sleep(ORDERLY_END_MS, 'still running', TIMER)])).toEqual({
      code: 0,
      signal: null,
    });
    expect(await daemon.spooledRecords()).toBeGreaterThan(0);
    mariadb.goOn();
    await daemon.start();
    await fleet.finish();
    await expectExact(name, { daemon, fleet });
  });

  it('ends at once at the second signal, and loses nothing', { timeout: STORY_TIMEOUT_MS }, async () => {
    const name = 'second signal with a MariaDB that hangs';
    const databaseUrl = await mariadb.createDatabase('hurried');
    const daemon = await rig.daemon({ databaseUrl });
    const fleet = await rig.fleet({ seed: faultSeed(name), portsOf: () => [daemon.port] });
    await fleet.acknowledgedMore(RECORDS_BETWEEN);
    await rig.closing(mariadb, (server) => server.goOn()).hang();
    await fleet.retransmittedMore(20);
    daemon.signal('SIGTERM');
    await daemon.logged(/"msg":"stopping"/);
    await sleep(SECOND_SIGNAL_MS);
    const hurriedAt = performance.now();
    daemon.signal('SIGTERM');
    await daemon.ended();
    expect(performance.now() - hurriedAt).toBeLessThan(HURRIED_END_MS);
    mariadb.goOn();
    await daemon.start();
    await fleet.finish();
    await expectExact(name, { daemon, fleet });
  });
});
