/** Everything that answers a FreeRADIUS in front, wired: what proves passwords, decides, and is kept of it. */
import { CredentialChecks } from '../access/credential-checks.ts';
import { AccessDecisions } from '../access/decide-access.ts';
import { PostAuthLog } from '../access/post-auth-log.ts';
import { ReservationSweep } from '../access/reservation-sweep.ts';
import { VerifiedPasswords } from '../access/verified-passwords.ts';
import { createBatchRunner } from '../db/batch-runner.ts';
import type { Database } from '../db/database.ts';
import { isRecordFault } from '../db/dialect.ts';
import { openReader } from '../db/reader.ts';
import type { Metrics } from '../metrics.ts';
import type { WorkLane } from '../sign-in/bounded-work.ts';
import { Passwords } from '../sign-in/passwords.ts';
import { Pbkdf2Iterations } from '../sign-in/pbkdf2-iterations.ts';
import type { SecretBox } from '../sign-in/secret-box.ts';
import { SecretLearning } from '../sign-in/secret-learning.ts';
import { storedSecretOf } from '../sign-in/stored-secret-queries.ts';
import { RestDesk, type RestDeskOptions } from './rest-desk.ts';

export interface RestOperationOptions
  extends Omit<RestDeskOptions, 'checks' | 'decisions' | 'postAuth' | 'findSecret'> {
  /** Where the hashing of passwords queues up. */
  readonly passwordLane: WorkLane;
  /** What secrets are stored under; undefined where none are. */
  readonly secretBox: SecretBox | undefined;
  readonly dbTimeoutMs: number;
  readonly metrics: Metrics;
}

export class RestOperation {
  readonly desk: RestDesk;
  readonly #reader: Database;
  readonly #decisions: AccessDecisions;
  readonly #secretLearning: SecretLearning;
  readonly #postAuth: PostAuthLog;
  readonly #sweep: ReservationSweep;

  constructor(options: RestOperationOptions) {
    const { db, clock, logger, metrics, secretBox, dbTimeoutMs } = options;
    this.#reader = openReader(db);
    const batches = () => createBatchRunner(db, { clock, timeoutMs: dbTimeoutMs });
    this.#decisions = new AccessDecisions(options, batches());
    this.#secretLearning = new SecretLearning({ db, reader: this.#reader, clock, secretBox, logger });
    this.#postAuth = new PostAuthLog({
      batches: batches(),
      isRecordFault: isRecordFault[db.dialect],
      ...{ metrics, logger },
    });
    this.#sweep = new ReservationSweep({ db, clock, logger });
    this.desk = new RestDesk({
      ...options,
      checks: this.#checks(options),
      decisions: this.#decisions,
      postAuth: this.#postAuth,
      findSecret: (userId) => storedSecretOf(db.knex, secretBox, userId),
    });
  }

  start(): void {
    this.#sweep.start();
  }

  /** Writes down what was answered, and stops. */
  async close(): Promise<void> {
    this.#sweep.close();
    await this.#decisions.close();
    await this.#postAuth.close();
    await this.#secretLearning.close();
    await this.#reader.close();
  }

  #checks({ db, secretBox, passwordLane: lane }: RestOperationOptions): CredentialChecks {
    const iterations = new Pbkdf2Iterations(this.#reader);
    return new CredentialChecks({
      passwords: new Passwords({ pbkdf2Iterations: (met) => iterations.most(met), lane }),
      verified: new VerifiedPasswords(),
      findSecret: (userId) => storedSecretOf(db.knex, secretBox, userId),
      onProven: (proven) => this.#secretLearning.note(proven),
    });
  }
}
