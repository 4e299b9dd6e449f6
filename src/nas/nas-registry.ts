/** The NASes in force, found by source address; follows the table without being told. */
import type { Database } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import type { Octets } from '../radius/octets.ts';
import { type KnownNas, mergeNases, type Nas } from './nas.ts';
import { listNas, type UnusableNas } from './nas-queries.ts';
import { NasTable } from './nas-table.ts';

export interface NasRegistryOptions {
  readonly db: Pick<Database, 'knex'>;
  readonly logger: Logger;
  /** The NASes of the configuration file. */
  readonly configured: readonly Nas[];
  /** How long a change of the table may go unseen, at most; ten seconds are promised. */
  readonly reloadIntervalMs?: number;
}

const RELOAD_INTERVAL_MS = 5_000;

/** The NASes of table, file and the built-in ones; while the database is away, those it last held. */
export class NasRegistry {
  readonly #options: NasRegistryOptions;
  #known: readonly KnownNas[];
  #table: NasTable;
  #timer: NodeJS.Timeout | undefined;
  #reloading: Promise<void> | undefined;
  #isClosed = false;
  #isTableAway = false;
  readonly #reported = new Set<string>();

  constructor(options: NasRegistryOptions) {
    this.#options = options;
    // Until the table has been read nobody can say that no NAS is configured, so the built-in ones wait.
    this.#known = options.configured.map((nas) => ({ nas, source: 'file' }));
    this.#table = new NasTable(this.#known);
  }

  /** Every NAS in force. */
  get known(): readonly KnownNas[] {
    return this.#known;
  }

  /** Reads the table, and from then on again and again. An unreachable database is a warning, not an error. */
  async start(): Promise<void> {
    await this.reload();
    this.#scheduleReload();
  }

  /** Stops following the table. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#reloading;
  }

  /** Returns the NAS a packet from this address is from: the longest prefix, in it the one with this NAS-Identifier, else the one without; undefined for an unknown source. */
  find(address: string, nasIdentifier?: Octets): Nas | undefined {
    return this.#table.find(address, nasIdentifier);
  }

  /** Reads the table now; a reading that is under way counts. */
  reload(): Promise<void> {
    this.#reloading ??= this.#readTable().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  #scheduleReload(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.reload().then(() => this.#scheduleReload());
    }, this.#options.reloadIntervalMs ?? RELOAD_INTERVAL_MS);
    this.#timer.unref();
  }

  async #readTable(): Promise<void> {
    const { db, logger, configured } = this.#options;
    try {
      const { nases, unusable } = await listNas(db);
      this.#replace(mergeNases(nases, configured));
      for (const row of unusable) this.#reportUnusable(row);
      if (this.#isTableAway) logger.info('table nas can be read again');
      this.#isTableAway = false;
    } catch (error) {
      if (!this.#isTableAway)
        logger.warn({ err: error }, 'table nas cannot be read; the NASes known so far stay');
      this.#isTableAway = true;
    }
  }

  #replace(known: readonly KnownNas[]): void {
    const { logger } = this.#options;
    const before = this.#known.map(placeText).join();
    this.#known = known;
    this.#table = new NasTable(known);
    if (known.some(({ source }) => source === 'built-in')) this.#warnOfBuiltIn();
    else if (known.map(placeText).join() !== before) logger.info({ nasCount: known.length }, 'NASes changed');
  }

  #warnOfBuiltIn(): void {
    if (this.#reported.has('built-in')) return;
    this.#reported.add('built-in');
    this.#options.logger.warn(
      'no NAS is configured: packets from 127.0.0.1 and ::1 are accepted with the secret testing123; `radmeter nas add` ends that',
    );
  }

  #reportUnusable({ id, nasname, reason }: UnusableNas): void {
    const report = `${id} ${nasname} ${reason}`;
    if (this.#reported.has(report)) return;
    this.#reported.add(report);
    this.#options.logger.warn({ nasId: id, nasname, reason }, 'row of table nas is not used');
  }
}

function placeText({ nas, source }: KnownNas): string {
  return `${source} ${nas.id} ${nas.prefix} ${nas.matchIdentifier}`;
}
