/** Many histories, each played in order and late, and what they came to. */
import fc from 'fast-check';
import type { History } from './delivery.ts';
import { anyHistory } from './history-arbitrary.ts';
import { judge } from './judge.ts';
import { judgePeriods } from './judge-periods.ts';
import { playDeliveries } from './player.ts';
import { Tally } from './tally.ts';

export interface CampaignOptions {
  readonly histories: number;
  /** The same seed always gives the same histories. */
  readonly seed: number;
}

/** Plays histories and returns their figures. Throws with the shortest history and the seed that gives it again where one in order is overcounted, or where counters are not the sum of days and adjustments. */
export function runCampaign({ histories, seed }: CampaignOptions): Tally {
  const tally = new Tally();
  const property = fc.property(anyHistory(), (history) => playHistory(history, tally));
  fc.assert(property, { numRuns: histories, seed });
  return tally;
}

function playHistory(history: History, tally: Tally): void {
  const { story, inOrder, scrambled } = history;
  const ordered = playDeliveries(inOrder, story);
  const late = playDeliveries(scrambled, story);
  const verdicts = { inOrder: judge(history, ordered), late: judge(history, late) };
  refuse([
    ...(verdicts.inOrder.over > 0 ? [`${verdicts.inOrder.over} octets too many in order`] : []),
    ...[...ordered.usage.unequal(), ...late.usage.unequal()].map(
      (userId) => `the counters of user ${userId} are not their days and adjustments`,
    ),
  ]);
  if (isExact(verdicts.inOrder)) tally.addPeriods(judgePeriods(history, ordered));
  tally.add(history, { ...verdicts, refusedInOrder: ordered.refused, refusedLate: late.refused });
  tally.mark([...story.marks, ...history.marks, ...ordered.marks, ...late.marks]);
}

function isExact({ over, under, moved }: { over: number; under: number; moved: number }): boolean {
  return over + under + moved === 0;
}

function refuse(complaints: readonly string[]): void {
  if (complaints.length > 0) throw new Error(complaints.join('; '));
}
