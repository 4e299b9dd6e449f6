/** Draws for a simulation: everything of a history follows from its one seed. */
import { seededRandom } from '../../../src/simulate/random.ts';

export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** Returns true with the given probability. */
  happens(probability: number): boolean {
    return this.#random() < probability;
  }

  /** Returns a number at least `from` and below `to`. */
  between(from: number, to: number): number {
    return from + this.#random() * (to - from);
  }

  /** Returns a whole number, both ends included. */
  whole(from: number, to: number): number {
    return Math.floor(this.between(from, to + 1));
  }

  /** Returns a number whose order of magnitude is what is even, not its size. */
  magnitude(from: number, to: number): number {
    return Math.exp(this.between(Math.log(from), Math.log(to)));
  }

  /** Returns one of the things. */
  pick<T>(things: readonly [T, ...T[]]): T {
    return things[Math.floor(this.#random() * things.length)] ?? things[0];
  }

  /** Returns one of the things by their weights. */
  weigh<T extends string>(weights: Readonly<Record<T, number>>): T {
    const names = Object.keys(weights).filter((name): name is T => name in weights);
    let left = this.#random() * names.reduce((sum, name) => sum + weights[name], 0);
    for (const name of names) {
      left -= weights[name];
      if (left < 0) return name;
    }
    throw new RangeError('weights without one above zero');
  }
}
