/** Refusing attempts to sign in that come too often: answered each, counted each, told in the log once a minute. */
import type { FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics.ts';
import type { AttemptLimit } from './attempt-limit.ts';
import { addressOf, siteOf } from './caller-address.ts';
import { rateLimitExceeded } from './refusal.ts';

/** Counts an attempt by this name; throws Refusal (429) where it is one too many. */
export type LimitAttempt = (request: FastifyRequest, name: string) => void;

export interface LimitAttemptsOptions {
  readonly limit: AttemptLimit;
  readonly metrics: Pick<Metrics, 'signInsRefused'>;
}

/** Returns what routes ask before they look at a password. */
export function limitAttempts({ limit, metrics }: LimitAttemptsOptions): LimitAttempt {
  return (request, name) => {
    const address = addressOf(request);
    const refused = limit.refuse({ name, site: siteOf(address) });
    if (refused === undefined) return;
    metrics.signInsRefused.inc();
    // Not the name: people type their password there.
    if (refused.isFirst)
      request.log.info({ address }, 'too many sign-ins; more within the minute are counted');
    throw rateLimitExceeded(refused.waitSeconds);
  };
}
