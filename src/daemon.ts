/** The daemon: the only place where the parts are wired, started in order and closed in reverse. */
import type { Clock } from './clock.ts';
import type { Config, Secrets } from './config/load-config.ts';
import type { Logger } from './logger.ts';

export interface DaemonOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** One running radmeter. */
export class Daemon {
  readonly #options: DaemonOptions;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  /** Where Accounting-Requests are received. */
  get addresses(): readonly { readonly address: string; readonly port: number }[] {
    return [];
  }

  async start(): Promise<void> {
    this.#options.logger.info({ config: this.#options.config }, 'starting');
    this.#keepAlive = setInterval(() => {}, 60_000);
    this.#options.logger.info('started');
  }

  async close(): Promise<void> {
    this.#options.logger.info('stopping');
    clearInterval(this.#keepAlive);
    this.#options.logger.info('stopped');
  }

  /** Stops waiting for what is still going on. */
  hurry(): void {}
}
