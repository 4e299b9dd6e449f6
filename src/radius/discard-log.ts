/** Discarded datagrams in the log: each one at debug, and at a bounded rate a line that says how many of each kind. */
import type { Logger } from '../logger.ts';
import type { Discard, DiscardReason } from './discard.ts';

const SUMMARY_INTERVAL_MS = 60_000;

/** What an administrator can do about a reason; the others are noise of the network. */
const ADVICE: Partial<Record<DiscardReason, string>> = {
  'bad-authenticator': 'the shared secret differs between the NAS and radmeter',
  'bad-message-authenticator': 'the shared secret differs between the NAS and radmeter',
  'missing-message-authenticator':
    'a Status-Server needs a Message-Authenticator (RFC 5997), and an Access-Request too (CVE-2024-3596) unless require-message-authenticator is false for this NAS',
  'eap-without-message-authenticator':
    'EAP is answered only with a Message-Authenticator (RFC 3579), whatever require-message-authenticator says',
  'proxied-without-message-authenticator':
    'a proxy must send a Message-Authenticator (CVE-2024-3596), whatever require-message-authenticator says',
};

/** What was discarded of one NAS for one reason; `address` is the first it came from. */
interface Counted {
  readonly reason: DiscardReason;
  readonly nas: string | undefined;
  count: number;
  readonly address: string;
  readonly advice: string | undefined;
}

export class DiscardLog {
  readonly #logger: Logger;
  readonly #counts = new Map<string, Counted>();
  #timer: NodeJS.Timeout | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Takes note of a discarded datagram; the first of a kind is logged at once. */
  note({ reason, address, port, nas }: Discard<{ readonly name: string }>): void {
    this.#logger.debug({ reason, address, port, nas: nas?.name }, 'datagram discarded');
    // Unknown sources have a list and a log line of their own; a request in progress will be answered.
    if (reason === 'unknown-nas' || reason === 'duplicate-in-progress') return;
    const key = nas === undefined ? reason : `${reason} ${nas.name}`;
    const known = this.#counts.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    this.#counts.set(key, { reason, nas: nas?.name, count: 1, address, advice: ADVICE[reason] });
    if (this.#timer !== undefined) return;
    this.#summarise();
    this.#timer = setInterval(() => this.#summarise(), SUMMARY_INTERVAL_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#summarise();
  }

  #summarise(): void {
    for (const [key, counted] of this.#counts) {
      if (counted.count === 0) this.#counts.delete(key);
      else this.#logger.warn({ ...counted }, 'datagrams discarded');
    }
    for (const counted of this.#counts.values()) counted.count = 0;
  }
}
