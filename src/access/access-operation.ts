/** Authentication, wired: its sockets, what decides logins, and what is kept of them. */
import type { Clock } from '../clock.ts';
import { createBatchRunner } from '../db/batch-runner.ts';
import type { Database } from '../db/database.ts';
import { isRecordFault } from '../db/dialect.ts';
import { openReader } from '../db/reader.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Nas } from '../nas/nas.ts';
import type { NameRules } from '../profiles/user-names.ts';
import type { Dictionary } from '../radius/dictionary.ts';
import type { Octets } from '../radius/octets.ts';
import { type ListenAddress, RadiusServer, type RadiusServerOptions } from '../radius/server.ts';
import type { WorkLane } from '../sign-in/bounded-work.ts';
import { Passwords } from '../sign-in/passwords.ts';
import { Pbkdf2Iterations } from '../sign-in/pbkdf2-iterations.ts';
import type { SecretBox } from '../sign-in/secret-box.ts';
import { SecretLearning } from '../sign-in/secret-learning.ts';
import type { StoredSecret } from '../sign-in/stored-secret.ts';
import { storedSecretsOf } from '../sign-in/stored-secret-queries.ts';
import type { Calendar } from '../usage/period.ts';
import type { Language } from '../usage/verdict-texts.ts';
import { type AccessUser, findAccessUsers } from './access-user-queries.ts';
import type { ClassTokens } from './class-token.ts';
import { CredentialChecks } from './credential-checks.ts';
import { DatabaseReadiness } from './database-readiness.ts';
import { AccessDecisions, type DefaultLimits } from './decide-access.ts';
import { allFulfilled, GroupWork } from './group-work.ts';
import { type AnsweredLogin, Logins } from './logins.ts';
import { PostAuthLog } from './post-auth-log.ts';
import { ReservationSweep } from './reservation-sweep.ts';
import { VerifiedPasswords } from './verified-passwords.ts';

export interface AccessOperationOptions {
  readonly listen: readonly ListenAddress[];
  readonly receiveBufferBytes: number;
  /** What every port reports alike. */
  readonly hooks: Pick<RadiusServerOptions<Nas>, 'onDatagram' | 'onDiscard' | 'onReplied' | 'onUnknownNas'>;
  readonly findNas: (address: string, nasIdentifier: Octets | undefined) => Nas | undefined;
  readonly onAnswered: (answered: AnsweredLogin) => void;
  readonly classTokens: ClassTokens;
  readonly nameRules: NameRules;
  readonly defaultProfile: DefaultLimits;
  readonly interimIntervalSeconds: number;
  readonly language: Language;
  /** Where the hashing of passwords queues up. */
  readonly passwordLane: WorkLane;
  /** What secrets for CHAP are stored under; undefined where none are. */
  readonly secretBox: SecretBox | undefined;
  readonly dbTimeoutMs: number;
  readonly db: Database;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly dictionary: Dictionary;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export class AccessOperation {
  readonly #server: RadiusServer<Nas>;
  readonly #logins: Logins;
  readonly #decisions: AccessDecisions;
  readonly #postAuth: PostAuthLog;
  readonly #secretLearning: SecretLearning;
  readonly #sweep: ReservationSweep;
  readonly #reader: Database;

  constructor(options: AccessOperationOptions) {
    const { db, clock, logger, calendar, findNas, secretBox } = options;
    this.#reader = openReader(db);
    this.#secretLearning = new SecretLearning({ db, reader: this.#reader, clock, secretBox, logger });
    this.#postAuth = postAuthLog(options);
    this.#sweep = new ReservationSweep({ db, clock, logger });
    const readiness = new DatabaseReadiness(db);
    this.#decisions = new AccessDecisions(
      options,
      createBatchRunner(db, { clock, timeoutMs: options.dbTimeoutMs }),
    );
    const users = usersInGroups(db);
    this.#logins = new Logins({
      ...options,
      timezone: calendar.timezone,
      checks: this.#checks(options),
      findUser: (usernames) => users.take(usernames),
      decisions: this.#decisions,
      postAuth: this.#postAuth,
      readiness,
    });
    this.#server = new RadiusServer<Nas>({
      ...options.hooks,
      listen: options.listen,
      receiveBufferBytes: options.receiveBufferBytes,
      role: 'authentication',
      findNas: (address) => findNas(address, undefined),
      onRequest: (request) => this.#logins.take(request),
      isReadyForStatus: () => readiness.isUp && !this.#logins.isStuck,
      ...{ clock, logger },
    });
  }

  /** Where Access-Requests are received. */
  get addresses(): readonly ListenAddress[] {
    return this.#server.addresses;
  }

  /** Opens the sockets. Throws unavailable when a port is taken or an address is not there. */
  async start(): Promise<void> {
    await this.#server.start();
    this.#sweep.start();
  }

  /** Answers what was taken, writes down what was answered, and closes the sockets. */
  async close(): Promise<void> {
    this.#server.stopReceiving();
    this.#sweep.close();
    await this.#logins.close();
    await this.#decisions.close();
    await this.#postAuth.close();
    await this.#secretLearning.close();
    await this.#reader.close();
    await this.#server.close();
  }

  #checks({ db, secretBox, passwordLane: lane }: AccessOperationOptions): CredentialChecks {
    const iterations = new Pbkdf2Iterations(this.#reader);
    const secrets = secretsInGroups(db, secretBox);
    return new CredentialChecks({
      passwords: new Passwords({ pbkdf2Iterations: (met) => iterations.most(met), lane }),
      verified: new VerifiedPasswords(),
      findSecret: (userId) => secrets.take(userId),
      onProven: (proven) => this.#secretLearning.note(proven),
    });
  }
}

/** The most users looked up at once. */
const LOOKED_UP_MAX = 256;

function usersInGroups({ knex }: Database): GroupWork<readonly string[], AccessUser | undefined> {
  return new GroupWork({
    itemsMax: LOOKED_UP_MAX,
    work: async (logins) => allFulfilled(await findAccessUsers(knex, logins)),
  });
}

function secretsInGroups({ knex }: Database, box: SecretBox | undefined): GroupWork<number, StoredSecret> {
  const none: StoredSecret = { found: false, lack: box === undefined ? 'no-key' : 'never-stored' };
  return new GroupWork({
    itemsMax: LOOKED_UP_MAX,
    work: async (userIds) => {
      const secrets = await storedSecretsOf(knex, box, userIds);
      return allFulfilled(userIds.map((userId) => secrets.get(userId) ?? none));
    },
  });
}

function postAuthLog({ db, clock, dbTimeoutMs, metrics, logger }: AccessOperationOptions): PostAuthLog {
  return new PostAuthLog({
    batches: createBatchRunner(db, { clock, timeoutMs: dbTimeoutMs }),
    isRecordFault: isRecordFault[db.dialect],
    ...{ metrics, logger },
  });
}
