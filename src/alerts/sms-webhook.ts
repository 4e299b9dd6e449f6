/** The webhook that sends text messages: one POST of JSON for each (contract §0.13). */
import type { WebhookRow } from './queue-row.ts';
import type { Outlet } from './queue-sender.ts';
import type { Attempt } from './retry-rule.ts';

export interface WebhookOptions {
  /** May hold a key of its own, so it is never shown. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; null without. */
  readonly secret: string | null;
  readonly answerMsMax?: number;
}

const ANSWER_MS_MAX = 60_000;

/** Returns the way to the webhook. A status of 200 to 299 means that it took the message; anything else, and no answer, that it is to be asked again. `Idempotency-Key` is the same at every attempt. */
export function openWebhook({
  url,
  secret,
  answerMsMax = ANSWER_MS_MAX,
}: WebhookOptions): Outlet<WebhookRow> {
  const authorization: Record<string, string> = secret === null ? {} : { authorization: `Bearer ${secret}` };
  return {
    send: async (row, signal) => {
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'idempotency-key': row.message_id,
            ...authorization,
          },
          body: row.body,
          // Whoever answers with another address has not taken the message, and the secret is not for them.
          redirect: 'manual',
          signal: AbortSignal.any([signal, AbortSignal.timeout(answerMsMax)]),
        });
        // It may be long, and says nothing we need.
        await answer.body?.cancel();
        return judgeStatus(answer.status);
      } catch (error) {
        const isCounted = !NEVER_REACHED.has(codeOf(error));
        return { isSent: false, reason: faultText(error), isPermanent: false, isServerAway: true, isCounted };
      }
    },
    close() {},
  };
}

function judgeStatus(status: number): Attempt {
  if (status >= 200 && status < 300) return { isSent: true };
  const isServerAway = status >= 500 || status === 429;
  const reason = `the webhook answered ${status}`;
  return { isSent: false, reason, isPermanent: false, isServerAway, isCounted: !AWAY_STATUSES.has(status) };
}

/** Answers of somebody in its place, or that it has too much to do. */
const AWAY_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Errors before a request could be made: the webhook cannot have taken the message. */
const NEVER_REACHED: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'],
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** fetch says only "fetch failed"; its cause knows more, and of several addresses tried the first is named. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

/** The URL is in no part of it. */
function faultText(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'the webhook did not answer in time';
  const code = codeOf(error);
  return `the webhook cannot be reached${code === '' ? '' : ` (${code})`}`;
}
