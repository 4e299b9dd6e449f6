/** Usage is a function of the set of records received: proven over whole histories of simulated NASes whose own meters are the truth. `npm run histories` plays the full number, with another seed each time. */
import { expect, it } from 'vitest';
import { runCampaign } from './campaign.ts';

const HISTORIES = 20_000;
const SEED = 2866;

it('usage is what the NASes metered, in order and late, within the limits', { timeout: 120_000 }, () => {
  const tally = runCampaign({ histories: HISTORIES, seed: SEED });
  process.stdout.write(`${tally}\n`);
  expect(tally.failures()).toEqual([]);
});
