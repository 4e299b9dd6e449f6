/** Usage is a function of the set of records received: shown over whole histories of simulated NASes whose own meters are the truth. `npm run histories` plays others. */
import { expect, it } from 'vitest';
import { runCampaign } from './campaign.ts';

const HISTORIES = 100_000;
const SEED = 2866;

it('usage is what the NASes metered, in order and late, within the limits', { timeout: 600_000 }, () => {
  const tally = runCampaign({ histories: HISTORIES, seed: SEED });
  process.stdout.write(`${tally}\n`);
  expect(tally.failures()).toEqual([]);
});
