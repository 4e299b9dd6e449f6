/** The ways to all NASes that have been asked for something lately. */
import type { Nas } from '../nas/nas.ts';
import { NasLine, type NasLineOptions } from './nas-line.ts';

/** An Identifier rests five minutes; a line that is closed sooner would forget which do. */
const IDLE_MS = 360_000;

export class NasLines {
  readonly #options: Pick<NasLineOptions, 'requester' | 'perSecond'>;
  readonly #lines = new Map<string, NasLine>();

  constructor(options: Pick<NasLineOptions, 'requester' | 'perSecond'>) {
    this.#options = options;
  }

  /** Returns the line to a NAS at an address and port, under the secrets it has now. */
  to({ secrets }: Pick<Nas, 'secrets'>, { address, port }: { address: string; port: number }): NasLine {
    const key = [address, port, ...secrets.map((secret) => secret.toString('hex'))].join(' ');
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    const line = new NasLine({ ...this.#options, address, port, secrets });
    this.#lines.set(key, line);
    return line;
  }

  /** Closes lines that nobody has used for minutes. */
  async closeIdle(): Promise<void> {
    const before = performance.now() - IDLE_MS;
    const idle = [...this.#lines].filter(
      ([, { idleSinceMs }]) => idleSinceMs !== undefined && idleSinceMs < before,
    );
    for (const [key] of idle) this.#lines.delete(key);
    await Promise.all(idle.map(([, line]) => line.close()));
  }

  /** Closes all of them; what is under way ends as `not-now`. */
  async close(): Promise<void> {
    const lines = [...this.#lines.values()];
    this.#lines.clear();
    await Promise.all(lines.map((line) => line.close()));
  }
}
