/** Packets by NAS, type and outcome. */
import { expect, it } from 'vitest';
import { createMetrics } from '../src/metrics.ts';

it('counts packets by NAS, type and outcome, and leaves out what never was', async () => {
  const { packets, registry } = createMetrics();
  packets.count('hall', 'Start', 'recorded');
  packets.count('hall', 'Start', 'recorded');
  packets.count('hall', 'other', 'duplicate');
  packets.count('a "quoted"\nname', 'Stop', 'spooled');
  packets.count(undefined, 'other', 'discarded');
  const lines = async () =>
    (await registry.getSingleMetricAsString('radmeter_packets_total'))
      .split('\n')
      .filter((line) => !line.startsWith('#'));
  const expected = [
    'radmeter_packets_total{nas="hall",type="Start",outcome="recorded"} 2',
    'radmeter_packets_total{nas="hall",type="other",outcome="duplicate"} 1',
    'radmeter_packets_total{nas="a \\"quoted\\"\\nname",type="Stop",outcome="spooled"} 1',
    'radmeter_packets_total{nas="(unknown)",type="other",outcome="discarded"} 1',
  ];
  expect(await lines()).toEqual(expected);
  // Reading them changes nothing.
  expect(await lines()).toEqual(expected);
});

it('counts the NASes beyond a thousand as one, and forgets no packet', async () => {
  const { packets, registry } = createMetrics();
  for (let nas = 0; nas < 1_500; nas++) packets.count(`nas-${nas}`, 'Start', 'recorded');
  packets.count('nas-3', 'Start', 'recorded');
  const metric = await registry.getSingleMetric('radmeter_packets_total')?.get();
  const values = metric?.values ?? [];
  expect(values).toHaveLength(1_001);
  expect(values.find(({ labels }) => labels['nas'] === '(others)')?.value).toBe(500);
  expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(1_501);
});
