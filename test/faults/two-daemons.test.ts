/** Two daemons on one MariaDB, the load split between them and every packet sent to both: usage is exact. */
import { expect, it } from 'vitest';
import { expectExact, faultSeed } from '../support/fault-figures.ts';
import { describeMariadb, useOwnMariadb } from '../support/fault-mariadb.ts';
import { useFaultRig } from '../support/fault-rig.ts';

const RECORDS = 2_500;
const STORY_TIMEOUT_MS = 120_000;

describeMariadb('two daemons on one MariaDB', () => {
  const mariadb = useOwnMariadb();
  const rig = useFaultRig();

  it.each([
    {
      story: 'every packet sent to both',
      database: 'fleet_both',
      portsOf: (ports: readonly number[]) => ports,
    },
    {
      story: 'the NASes split between them and users at both',
      database: 'fleet_split',
      portsOf: (ports: readonly number[], nas: number) => ports.slice(nas % 2).slice(0, 1),
    },
  ])('count every record once with $story', { timeout: STORY_TIMEOUT_MS }, async (each) => {
    const name = `two daemons, ${each.story}`;
    const databaseUrl = await mariadb.createDatabase(each.database);
    const daemons = [await rig.daemon({ databaseUrl }), await rig.daemon({ databaseUrl })] as const;
    const ports = daemons.map(({ port }) => port);
    const fleet = await rig.fleet({
      ...{ seed: faultSeed(name), portsOf: (nas: number) => each.portsOf(ports, nas), lanes: 12, users: 6 },
    });
    await fleet.acknowledgedMore(RECORDS);
    await fleet.finish();
    await expectExact(name, { daemon: daemons[0], fleet });
    expect(await daemons[1].spooledRecords()).toBe(0);
  });
});
