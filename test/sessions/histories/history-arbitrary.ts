/** Histories for fast-check: each follows from one seed, and shrinks by records that are not received. */
import fc from 'fast-check';
import { deliver, type History, receivingOnly } from './delivery.ts';
import { describeHistory } from './describe-history.ts';
import { drawStory } from './story.ts';

const SEED_MAX = 2 ** 32 - 1;

class HistoryArbitrary extends fc.Arbitrary<History> {
  generate(random: fc.Random): fc.Value<History> {
    return readable(historyOf(random.nextInt(0, SEED_MAX)));
  }

  canShrinkWithoutContext(_value: unknown): _value is History {
    return false;
  }

  /** Whatever is received is a history: the truth follows from it. */
  shrink(history: History): fc.Stream<fc.Value<History>> {
    return fc.stream(fewer(history));
  }
}

/** Returns any history. */
export function anyHistory(): fc.Arbitrary<History> {
  return new HistoryArbitrary();
}

/** Returns the history of a seed. */
export function historyOf(seed: number): History {
  return deliver(drawStory(seed));
}

/** Half of the records left out, then quarters, and so on down to single ones. */
function* fewer(history: History): IterableIterator<fc.Value<History>> {
  const { received } = history;
  for (let size = Math.ceil(received.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < received.length; from += size) {
      const left = received.filter((_, index) => index < from || index >= from + size);
      yield readable(receivingOnly(history, left));
    }
  }
}

/** What fails is shown as a table and not as an object of a hundred lines. */
function readable(history: History): fc.Value<History> {
  return new fc.Value(
    Object.assign(history, { [fc.toStringMethod]: () => describeHistory(history) }),
    undefined,
  );
}
