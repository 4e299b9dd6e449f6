/** A FreeRADIUS in front, as one daemon serves it: by rlm_rest, by its own tables, by both, or not at all. */
import { inTransaction } from '../db/database.ts';
import type { NasKind } from '../nas/nas.ts';
import { endFollowing } from '../profiles/freeradius-changes.ts';
import { BridgeSync } from './bridge-sync.ts';
import type { RestDesk } from './rest-desk.ts';
import { RestOperation, type RestOperationOptions } from './rest-operation.ts';

export interface FrontOptions extends RestOperationOptions {
  /** Whether it may ask by rlm_rest. */
  readonly isAsking: boolean;
  /** Whether its tables are kept in step. */
  readonly isSyncing: boolean;
  /** Of the NASes of the configuration file. */
  readonly configuredKinds: readonly NasKind[];
}

export class FreeradiusFront {
  readonly #options: FrontOptions;
  readonly #sync: BridgeSync | undefined;
  #rest: RestOperation | undefined;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#rest = options.isAsking ? new RestOperation(options) : undefined;
    this.#sync = options.isSyncing ? new BridgeSync(options) : undefined;
  }

  /** What answers rlm_rest; undefined where nothing does. */
  get desk(): RestDesk | undefined {
    return this.#rest?.desk;
  }

  async start(): Promise<void> {
    const { db, clock } = this.#options;
    this.#rest?.start();
    if (this.#sync !== undefined) await this.#sync.start();
    // Nobody takes away what is noted for nobody.
    else await inTransaction(db, clock, endFollowing);
  }

  async close(): Promise<void> {
    await this.#sync?.close();
    const rest = this.#rest;
    // Whoever asks while everything stops is told to ask again.
    this.#rest = undefined;
    await rest?.close();
  }
}
