/** One instance's word that it is receiving, again and again. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { forgetInstances, saveBeat, withdrawBeat } from './reception-store.ts';

export interface ReceptionBeatOptions {
  readonly db: Database;
  /** The database's, which all instances share. */
  readonly clock: Clock;
  /** One for each installation, the same after a restart: else the others wait an hour for the one before. */
  readonly instanceId: string;
  readonly host: string;
  /** Whether a record that came now would be acknowledged. */
  readonly isReceiving: () => boolean;
  readonly spooledRecords: () => number;
}

/** Beats once each time it is told to. */
export class ReceptionBeat {
  readonly #options: ReceptionBeatOptions;
  #hasBeaten = false;
  #beating: Promise<void> | undefined;

  constructor(options: ReceptionBeatOptions) {
    this.#options = options;
  }

  /** Says that this instance is receiving, if it is; rejects when the database does not take it. A beat that is under way counts. */
  beat(): Promise<void> {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = undefined;
    });
    return this.#beating;
  }

  /** Says that this instance has ended in good order: nobody takes it for running any more. Its row stays for those that wait for it. */
  async end(): Promise<void> {
    const { db, clock, instanceId } = this.#options;
    // One that is under way would be the newer word; how it ends does not matter.
    await this.#beating?.catch(() => {});
    await inTransaction(db, clock, (transaction) => withdrawBeat(transaction, instanceId));
    this.#hasBeaten = false;
  }

  /** Deletes the instances nobody waits for any more; not while this one's own row is locked, so that two cannot deadlock. */
  async forgetOthers(): Promise<void> {
    await inTransaction(this.#options.db, this.#options.clock, forgetInstances);
  }

  async #beat(): Promise<void> {
    const { db, clock, instanceId, host, isReceiving, spooledRecords } = this.#options;
    // The break this leaves between two beats says that nobody listened.
    if (!isReceiving()) return;
    await inTransaction(db, clock, (transaction) =>
      saveBeat(transaction, {
        id: instanceId,
        host,
        spooledRecords: spooledRecords(),
        isFirst: !this.#hasBeaten,
      }),
    );
    this.#hasBeaten = true;
  }
}
