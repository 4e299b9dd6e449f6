/** What a FreeRADIUS in front asks by rlm_rest, answered: may this user come in, who takes a place, what is to be counted (design §6). */
import { type AccessRequest, decodeAccessRequest, usernamesOf } from '../access/access-request.ts';
import { type AccessUser, findAccessUser } from '../access/access-user-queries.ts';
import { checkable, unprovenReason } from '../access/answer.ts';
import type { CredentialChecks } from '../access/credential-checks.ts';
import { lackAdvice } from '../access/credential-texts.ts';
import type { CheckableCredentials } from '../access/credentials.ts';
import type { AccessContext, AccessDecision, AccessDecisions } from '../access/decide-access.ts';
import { explainAccess } from '../access/explain-access.ts';
import type { PostAuthLog } from '../access/post-auth-log.ts';
import { replyMessages, wrongCredentialsText } from '../access/reply-message.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { formerNas, type Nas } from '../nas/nas.ts';
import type { NameRules } from '../profiles/user-names.ts';
import { Code } from '../radius/code.ts';
import type { Dictionary } from '../radius/dictionary.ts';
import { type Octets, octetsToBytes } from '../radius/octets.ts';
import type { ServerRequest } from '../radius/server-request.ts';
import { BoundedWork, type WorkLane } from '../sign-in/bounded-work.ts';
import type { StoredSecret } from '../sign-in/stored-secret.ts';
import type { Explanation } from '../usage/explain-queries.ts';
import { type Language, verdictSentence } from '../usage/verdict-texts.ts';
import { vendorOf } from '../vendors/vendor-of.ts';
import type { ToldPasswords } from './password-check.ts';
import { rebuiltRequest } from './request-packet.ts';
import { type RestAttribute, sourceOf } from './rest-attributes.ts';
import { type RestPair, type RestReply, restReply } from './rest-reply.ts';
import { toldLimits } from './told-limits.ts';

/** A status that rlm_rest understands, and what it reads of the body. */
export interface RestAnswer {
  readonly status: 200 | 204 | 401 | 404 | 503;
  readonly body?: RestReply;
}

export interface RestDeskOptions extends AccessContext {
  readonly dictionary: Dictionary;
  readonly nameRules: NameRules;
  readonly language: Language;
  /** What FreeRADIUS is told of passwords. */
  readonly passwords: ToldPasswords;
  readonly findSecret: (userId: number) => Promise<StoredSecret>;
  readonly checks: CredentialChecks;
  readonly decisions: Pick<AccessDecisions, 'decide'>;
  readonly postAuth: PostAuthLog;
  /** Returns the NAS with this NAS-Identifier at an address; undefined when there is none. */
  readonly findNas: (address: string, nasIdentifier: Octets | undefined) => Nas | undefined;
  /** Takes an authentic Accounting-Request. */
  readonly intake: (request: ServerRequest<Nas>) => void;
  readonly logger: Logger;
}

/** Whoever asks, beyond these, is told to ask again. */
const WAITING_MAX = 1_000;
/** The database's other connections are for everything else. */
const AT_ONCE = 3;
const ADVISED_EVERY_MS = 60_000;

/** A login as FreeRADIUS tells of it. */
interface Asked {
  readonly request: AccessRequest;
  readonly nas: Nas;
  readonly sourceAddress: string;
}

export class RestDesk {
  readonly #options: RestDeskOptions;
  readonly #database: WorkLane = new BoundedWork({ atOnceMax: AT_ONCE }).lane({ waitingMax: WAITING_MAX });
  #advisedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RestDeskOptions) {
    this.#options = options;
  }

  /**
   * Answers what is asked before FreeRADIUS authenticates, several times for one EAP conversation: 404 for a name nobody
   * has; 401 for a wrong password or a user who may not come in, with the reason; else 200 with what the password is
   * proven by. A password that comes in clear is proven here. Takes no place. Throws AppError `unavailable`.
   */
  async authorize(attributes: readonly RestAttribute[]): Promise<RestAnswer> {
    const asked = this.#read(attributes);
    const user = await this.#userOf(asked);
    const sent = checkable(asked.request.sent);
    if (user === undefined && !sent.ok) return { status: 404 };
    const proof = sent.ok ? await this.#prove(asked, user, sent.sent) : undefined;
    if (user === undefined) return { status: 404 };
    if (proof !== undefined && proof.status !== 200) return proof;
    const { sourceAddress, request } = asked;
    const place = { sourceAddress, station: request.station };
    const explanation = await this.#database.run(() => explainAccess(this.#options, user.id, place));
    if (!explanation.verdict.isAllowed) return this.#refuse(asked, explanation);
    return proof ?? { status: 200, body: restReply(await this.#passwordPairs(user)) };
  }

  /** Answers what is asked once somebody is authenticated: takes their place and returns their limits and our Class, or 401. Throws AppError `unavailable`. */
  async postAuth(attributes: readonly RestAttribute[]): Promise<RestAnswer> {
    const asked = this.#read(attributes);
    const user = await this.#userOf(asked);
    if (user === undefined) return { status: 404 };
    const { nas, sourceAddress, request } = asked;
    const place = { sourceAddress, station: request.station };
    const decision = await this.#options.decisions.decide({ userId: user.id, place, nas });
    return decision.kind === 'accepted'
      ? this.#accept(asked, decision)
      : this.#refuse(asked, decision.explanation);
  }

  /** Counts a record; 204 only once it is durable, 503 where FreeRADIUS must not answer its NAS. */
  accounting(attributes: readonly RestAttribute[]): Promise<RestAnswer> {
    const { dictionary, clock, intake } = this.#options;
    const { packet } = rebuiltRequest(attributes, { code: Code.AccountingRequest, dictionary });
    const address = sourceOf(attributes) ?? '';
    return new Promise((resolve) => {
      intake({
        packet,
        nas: this.#options.findNas(address, undefined) ?? formerNas(address),
        source: { address, port: 0 },
        arrivedAt: clock.now(),
        acknowledge: () => resolve({ status: 204 }),
        abandon: () => resolve({ status: 503 }),
      });
    });
  }

  #read(attributes: readonly RestAttribute[]): Asked {
    const { dictionary, findNas } = this.#options;
    const { packet, secret } = rebuiltRequest(attributes, { code: Code.AccessRequest, dictionary });
    const request = decodeAccessRequest(packet, secret);
    const sourceAddress = sourceOf(attributes) ?? '';
    // FreeRADIUS has let it in: who its NASes are is a matter of its own configuration.
    const nas = findNas(sourceAddress, request.nasIdentifier) ?? formerNas(sourceAddress);
    return { request, nas, sourceAddress };
  }

  #userOf({ request }: Asked): Promise<AccessUser | undefined> {
    const { db, nameRules } = this.#options;
    return this.#database.run(() => findAccessUser(db.knex, usernamesOf(request, nameRules)));
  }

  /** Returns how a password that came in clear, or a device, stands; undefined for what FreeRADIUS proves itself. */
  async #prove(
    asked: Asked,
    user: AccessUser | undefined,
    sent: CheckableCredentials,
  ): Promise<RestAnswer | undefined> {
    if (sent.kind !== 'pap' && sent.kind !== 'mac') return undefined;
    const userName = asked.request.userName ?? '';
    const outcome = await this.#options.checks.check({ sent, user, userName, keys: NO_KEYS });
    if (outcome.outcome === 'busy') throw new AppError('unavailable', 'too many passwords wait');
    if (user === undefined) return { status: 404 };
    if (outcome.outcome === 'right')
      return {
        status: 200,
        body: restReply([{ list: 'control', name: 'Auth-Type', value: 'Accept' }]),
      };
    return this.#reject(asked, {
      text: wrongCredentialsText(this.#options.language),
      reason: unprovenReason(outcome, true),
    });
  }

  async #passwordPairs({ id }: AccessUser): Promise<RestPair[]> {
    const { passwords, findSecret } = this.#options;
    if (passwords === 'hashed') return [];
    const secret = await this.#database.run(() => findSecret(id));
    if (!secret.found) {
      this.#advise(lackAdvice(secret.lack));
      return [];
    }
    return passwords === 'clear'
      ? [{ list: 'control', name: 'Cleartext-Password', value: secret.password }]
      : [{ list: 'control', name: 'NT-Password', value: secret.ntHash }];
  }

  #accept(
    { request, nas }: Asked,
    { explanation, limits, classToken }: Extract<AccessDecision, { kind: 'accepted' }>,
  ): RestAnswer {
    const { clock, postAuth } = this.#options;
    const attributes = toldLimits(vendorOf(nas.kind), limits);
    const { reasons } = explanation.verdict;
    postAuth.note({
      at: clock.now(),
      userName: request.userName,
      reply: 'Access-Accept',
      reason: reasons.length === 0 ? null : reasons.map(({ code }) => code).join(','),
      classToken,
    });
    const pairs: RestPair[] = [
      ...attributes.map(([name, value]): RestPair => ({ list: 'reply', name, value })),
      { list: 'reply', name: 'Class', value: octetsToBytes(classToken) },
    ];
    return { status: 200, body: restReply(pairs) };
  }

  #refuse(asked: Asked, { verdict, username }: Explanation): RestAnswer {
    const { language, calendar } = this.#options;
    const { timezone } = calendar;
    return this.#reject(asked, {
      text: verdictSentence(verdict, { username, language, timezone }),
      reason: verdict.reasons.map(({ code }) => code).join(','),
    });
  }

  #reject({ request }: Asked, { text, reason }: { text: string; reason: string }): RestAnswer {
    const { clock, postAuth } = this.#options;
    postAuth.note({
      at: clock.now(),
      userName: request.userName,
      reply: 'Access-Reject',
      reason,
      classToken: undefined,
    });
    const pairs = replyMessages(text).map(
      (bytes): RestPair => ({ list: 'reply', name: 'Reply-Message', value: bytes.toString('utf8') }),
    );
    return { status: 401, body: restReply(pairs) };
  }

  /** Nobody outside is told more than that the password is wrong, so whoever can mend it is. */
  #advise(advice: string): void {
    const now = performance.now();
    if (now - this.#advisedAt < ADVISED_EVERY_MS) return;
    this.#advisedAt = now;
    this.#options.logger.warn(advice);
  }
}

/** What is encrypted for a NAS is FreeRADIUS's to encrypt. */
const NO_KEYS = { secret: Buffer.alloc(0), requestAuthenticator: Buffer.alloc(0) };
