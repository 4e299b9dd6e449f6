/** A network path that loses, doubles, delays and reorders packets: usage is what the meters say. */
import { expect, it } from 'vitest';
import { describeEachBlankDatabase } from '../support/databases.ts';
import { expectExact, faultSeed, printFigures } from '../support/fault-figures.ts';
import { useFaultRig } from '../support/fault-rig.ts';
import { UdpRelay } from '../support/udp-relay.ts';

const RECORDS = 1_500;
const STORY_TIMEOUT_MS = 120_000;

describeEachBlankDatabase('a network path between NASes and daemon', (newDatabase, dialect) => {
  const rig = useFaultRig();

  it('counts every record once that it loses, doubles, delays by seconds and reorders', {
    timeout: STORY_TIMEOUT_MS,
  }, async () => {
    const name = `network path on ${dialect}`;
    const seed = faultSeed(name);
    const daemon = await rig.daemon({ databaseUrl: await rig.database(newDatabase()) });
    const relay = rig.closing(
      await UdpRelay.open({
        ...{ seed, toPort: daemon.port, lost: 0.1, doubled: 0.1, delayed: 0.1, delayMaxMs: 3_000 },
      }),
      (opened) => opened.close(),
    );
    const fleet = await rig.fleet({
      ...{ seed, portsOf: () => [relay.port], isOverlapping: true, lanes: 40, pauseMs: [5, 400] },
    });
    await fleet.acknowledgedMore(RECORDS);
    await fleet.finish();
    printFigures(`${name}, packets on the way`, relay.counts);
    const { lost, doubled, delayed } = relay.counts;
    expect(Math.min(lost, doubled, delayed)).toBeGreaterThan(RECORDS / 20);
    expect(fleet.counts.retransmissions).toBeGreaterThan(RECORDS / 20);
    await expectExact(name, { daemon, fleet });
  });
});
