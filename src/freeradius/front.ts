/** A FreeRADIUS in front, as one daemon serves it: by rlm_rest, by its own tables, by both, or not at all. */
import type { NasKind } from '../nas/nas.ts';
import type { RestDesk } from './rest-desk.ts';
import { RestOperation, type RestOperationOptions } from './rest-operation.ts';

export interface FrontOptions extends RestOperationOptions {
  /** Whether it may ask by rlm_rest. */
  readonly isAsking: boolean;
  /** Of the NASes of the configuration file. */
  readonly configuredKinds: readonly NasKind[];
}

export class FreeradiusFront {
  #rest: RestOperation | undefined;

  constructor(options: FrontOptions) {
    this.#rest = options.isAsking ? new RestOperation(options) : undefined;
  }

  /** What answers rlm_rest; undefined where nothing does. */
  get desk(): RestDesk | undefined {
    return this.#rest?.desk;
  }

  async start(): Promise<void> {
    this.#rest?.start();
  }

  async close(): Promise<void> {
    const rest = this.#rest;
    // Whoever asks while everything stops is told to ask again.
    this.#rest = undefined;
    await rest?.close();
  }
}
