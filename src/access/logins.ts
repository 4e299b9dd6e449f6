/** Logins on their way from an Access-Request to its answer: bounded, many decided together, none answered without the database. */
import type { Clock } from '../clock.ts';
import { withinCloseWait } from '../db/close-wait.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Nas } from '../nas/nas.ts';
import type { NameRules } from '../profiles/user-names.ts';
import { Code } from '../radius/code.ts';
import type { Octets } from '../radius/octets.ts';
import type { AnswerableRequest } from '../radius/server.ts';
import type { SecretLack } from '../sign-in/stored-secret.ts';
import { vendorOf } from '../vendors/vendor-of.ts';
import { type AccessRequest, decodeAccessRequest, usernamesOf } from './access-request.ts';
import type { AccessUser } from './access-user-queries.ts';
import {
  type AccessAnswer,
  type AnswerWords,
  acceptAnswer,
  checkable,
  refusedAnswer,
  strangerAnswer,
  unprovenReason,
} from './answer.ts';
import type { CheckOutcome, CredentialChecks } from './credential-checks.ts';
import { lackAdvice } from './credential-texts.ts';
import type { CheckableCredentials } from './credentials.ts';
import type { DatabaseReadiness } from './database-readiness.ts';
import type { AccessDecisions } from './decide-access.ts';
import type { PostAuthLog } from './post-auth-log.ts';

/** An answer that was sent, for those who watch. */
export interface AnsweredLogin extends AccessAnswer {
  readonly request: Pick<AnswerableRequest<Nas>, 'packet' | 'source' | 'arrivedAt'>;
  readonly nasName: string;
  /** Undefined where nobody is known by that name. */
  readonly username: string | undefined;
}

export interface LoginsOptions extends AnswerWords {
  readonly clock: Clock;
  /** Returns the user of the first of these names that anybody has. */
  readonly findUser: (usernames: readonly string[]) => Promise<AccessUser | undefined>;
  readonly decisions: AccessDecisions;
  /** Returns the NAS with this NAS-Identifier at an address that several share; undefined when there is none. */
  readonly findNas: (address: string, nasIdentifier: Octets | undefined) => Nas | undefined;
  readonly checks: CredentialChecks;
  readonly nameRules: NameRules;
  readonly postAuth: PostAuthLog;
  readonly readiness: DatabaseReadiness;
  readonly onAnswered: (answered: AnsweredLogin) => void;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Beyond this the newest is dropped unanswered; its NAS asks again (RFC 5080 §2.2.1). */
const PENDING_MAX = 1_024;
/** No NAS waits for longer. */
const LATE_MS = 5_000;
const LOGGED_EVERY_MS = 10_000;
const ADVISED_EVERY_MS = 60_000;

/** One login under way. */
interface Login {
  readonly request: AnswerableRequest<Nas>;
  readonly nas: Nas;
  readonly asked: AccessRequest;
  /** On the clock that never goes back. */
  readonly readAt: number;
}

/** An answer and whom it is for. */
interface Decided {
  readonly answer: AccessAnswer;
  readonly user: AccessUser | undefined;
}

export class Logins {
  readonly #options: LoginsOptions;
  /** Under way, the oldest first, and when each was read. */
  readonly #pending = new Map<Promise<void>, number>();
  #isClosing = false;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #advisedAt = Number.NEGATIVE_INFINITY;

  constructor(options: LoginsOptions) {
    this.#options = options;
  }

  /** Whether a login waits for longer than any NAS does: the database holds it up, whatever other questions it answers. */
  get isStuck(): boolean {
    const [oldest] = this.#pending.values();
    return oldest !== undefined && performance.now() - oldest > LATE_MS;
  }

  /** Takes an authentic Access-Request; it ends in an answer, or in silence where there is no room or no database. */
  take(request: AnswerableRequest<Nas>): void {
    const asked = decodeAccessRequest(request.packet, request.secret);
    const nas = this.#options.findNas(request.source.address, asked.nasIdentifier) ?? request.nas;
    const login = { request, nas, asked, readAt: performance.now() };
    if (this.#isClosing || this.#pending.size >= PENDING_MAX) {
      this.#drop(login, 'queue-full');
      return;
    }
    const answered: Promise<void> = this.#answer(login).finally(() => this.#pending.delete(answered));
    this.#pending.set(answered, login.readAt);
  }

  /** Waits for what was taken, a second at most, and takes nothing more. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await withinCloseWait(Promise.all(this.#pending.keys()), () => {});
  }

  /** The one catch per login. */
  async #answer(login: Login): Promise<void> {
    const { metrics, readiness } = this.#options;
    try {
      const decided = await this.#decide(login);
      if (decided === undefined) this.#drop(login, 'busy');
      else this.#reply(login, decided);
    } catch (error) {
      login.request.abandon();
      metrics.packets.count(login.nas.name, 'Access-Request', 'unanswered');
      readiness.note(false);
      this.#logError(error);
    }
  }

  /** Returns the answer; undefined where too much waits, or it would come too late. */
  async #decide(login: Login): Promise<Decided | undefined> {
    const { request, asked } = login;
    const { nameRules, findUser, readiness } = this.#options;
    const words = this.#options;
    const { packet } = request;
    const sent = checkable(asked.sent);
    if (!sent.ok) return { answer: strangerAnswer(sent.reason, { packet, words }), user: undefined };
    const user = await findUser(usernamesOf(asked, nameRules));
    readiness.note(true);
    const check = await this.#check(login, sent.sent, user);
    if (check.outcome === 'busy' || performance.now() - login.readAt > LATE_MS) return undefined;
    if (check.outcome !== 'right' || user === undefined) {
      if (check.outcome === 'no-stored-secret') this.#adviseOn(check.lack);
      const reason = unprovenReason(check, user !== undefined);
      return { answer: strangerAnswer(reason, { packet, extra: check.attributes, words }), user };
    }
    return { answer: await this.#admit(login, user, check.attributes), user };
  }

  #check(
    { request, asked }: Login,
    sent: CheckableCredentials,
    user: AccessUser | undefined,
  ): Promise<CheckOutcome> {
    const userName = asked.userName ?? '';
    const keys = { secret: request.secret, requestAuthenticator: request.packet.authenticator };
    return this.#options.checks.check({ sent, user, userName, keys });
  }

  /** Decides about somebody who is who they say. */
  async #admit(login: Login, { id: userId }: AccessUser, proof: readonly Buffer[]): Promise<AccessAnswer> {
    const { asked, request, nas } = login;
    const words = this.#options;
    const place = { sourceAddress: request.source.address, station: asked.station };
    const decision = await this.#options.decisions.decide({ userId, place, nas });
    return decision.kind === 'accepted'
      ? acceptAnswer(decision, { vendor: vendorOf(nas.kind), proof, words })
      : refusedAnswer(decision, { sent: asked.sent, words });
  }

  #reply({ request, nas, asked, readAt }: Login, { answer, user }: Decided): void {
    const { metrics, postAuth, clock, onAnswered } = this.#options;
    request.reply(answer.code, answer.attributes);
    const isAccepted = answer.code === Code.AccessAccept;
    metrics.accessSeconds.observe((performance.now() - readAt) / 1000);
    metrics.packets.count(nas.name, 'Access-Request', isAccepted ? 'accepted' : 'rejected');
    if (!isAccepted) metrics.accessRejected.inc({ reason: answer.reason ?? '' });
    postAuth.note({
      at: clock.now(),
      userName: asked.userName,
      reply: isAccepted ? 'Access-Accept' : 'Access-Reject',
      reason: answer.reason,
      classToken: answer.classToken,
    });
    onAnswered({ ...answer, request, nasName: nas.name, username: user?.username });
  }

  #drop({ request, nas }: Login, reason: 'queue-full' | 'busy'): void {
    const { metrics } = this.#options;
    request.abandon();
    metrics.packets.count(nas.name, 'Access-Request', 'discarded');
    metrics.packetsDiscarded.inc({ reason });
  }

  /** Nobody outside is told more than that the password is wrong, so whoever can mend it is. */
  #adviseOn(lack: SecretLack): void {
    const now = performance.now();
    if (now - this.#advisedAt < ADVISED_EVERY_MS) return;
    this.#advisedAt = now;
    this.#options.logger.warn({ lack }, lackAdvice(lack));
  }

  // At a bounded rate: while the database is away every login ends here.
  #logError(error: unknown): void {
    const now = performance.now();
    if (now - this.#loggedAt < LOGGED_EVERY_MS) return;
    this.#loggedAt = now;
    this.#options.logger.error({ err: error }, 'a login could not be decided and stays unanswered');
  }
}
