/** The clock of a simulated NAS: right, off, stepping, or in 1970. */
import type { Chance } from './chance.ts';
import type { Habits } from './habits.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface NasClock {
  /** What it shows at an instant, in whole seconds as Event-Timestamp has them (epoch milliseconds, RFC 2869 §5.3). */
  read(instant: number): number;
  /** When it is set to another time; empty for most. */
  readonly steps: readonly number[];
}

/** Returns a clock for a history that begins and ends at instants (epoch milliseconds). */
export function drawClock(
  chance: Chance,
  habit: Habits['clock'],
  { begin, end }: { begin: number; end: number },
): NasClock {
  // A device without battery counts from its boot.
  const since1970 = -begin + chance.between(0, DAY_MS);
  const midway = chance.between(begin, end);
  switch (habit) {
    case 'right':
      return steppingClock(0, []);
    case 'off':
      return steppingClock(chance.pick([-1, 1]) * chance.magnitude(SECOND_MS, 400 * DAY_MS), []);
    case 'steps': {
      const offset = chance.pick([-1, 1]) * chance.magnitude(SECOND_MS, HOUR_MS);
      return steppingClock(offset, [{ from: midway, offset: offset + stepMs(chance) }]);
    }
    case 'wakes-in-1970':
      return steppingClock(since1970, [{ from: midway, offset: 0 }]);
    case 'stays-in-1970':
      return steppingClock(since1970, []);
  }
}

function stepMs(chance: Chance): number {
  return chance.pick([-1, 1]) * chance.magnitude(5 * SECOND_MS, 3 * HOUR_MS);
}

function steppingClock(
  offset: number,
  steps: readonly { readonly from: number; readonly offset: number }[],
): NasClock {
  return {
    read(instant) {
      const step = steps.findLast(({ from }) => from <= instant);
      return Math.floor((instant + (step?.offset ?? offset)) / SECOND_MS) * SECOND_MS;
    },
    steps: steps.map(({ from }) => from),
  };
}
