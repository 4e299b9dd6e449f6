/** What has been started, in order, so that it can be closed in reverse. */
import type { Logger } from '../logger.ts';

interface Part {
  readonly name: string;
  readonly close: () => Promise<void> | void;
}

export class StartedParts {
  readonly #parts: Part[] = [];

  /** Takes note of a part that has been started, and how it is closed. */
  add(name: string, close: Part['close']): void {
    this.#parts.push({ name, close });
  }

  /** As add, but closed only after the part of another name. */
  addBefore(other: string, name: string, close: Part['close']): void {
    const at = this.#parts.findIndex((part) => part.name === other);
    this.#parts.splice(at === -1 ? this.#parts.length : at, 0, { name, close });
  }

  /** Closes every part, the last one started first; one that cannot be closed does not keep the others open. */
  async close(logger: Logger): Promise<void> {
    for (const part of this.#parts.splice(0).reverse()) {
      try {
        await part.close();
      } catch (error) {
        logger.warn({ err: error, part: part.name }, 'could not be closed in good order');
      }
    }
  }
}
