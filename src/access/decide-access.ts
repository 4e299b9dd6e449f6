/** Whether a user whose credentials are right comes in, under which limits; and the place they then take (design §6). */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import type { Nas } from '../nas/nas.ts';
import type { Limits } from '../profiles/limits.ts';
import type { Octets } from '../radius/octets.ts';
import { freshCounters } from '../usage/counters.ts';
import { type Explanation, explainUser } from '../usage/explain-queries.ts';
import { type LimitTerms, limits } from '../usage/limits.ts';
import type { Calendar } from '../usage/period.ts';
import { isExceeded } from '../usage/quota.ts';
import { insertUsageRow, lockUsageRow } from '../usage/usage-row.ts';
import { verdictPeriods } from '../usage/verdict.ts';
import { vendorOf } from '../vendors/vendor-of.ts';
import type { ClassTokens } from './class-token.ts';
import { type Place, placesTaken } from './place.ts';
import { insertReservation, selectPlaces } from './reservation-store.ts';

/** The limits of users whom neither a profile nor a promotion gives any (contract §0.2); seconds and kbit/s. */
export interface DefaultLimits {
  readonly sessionTimeoutSeconds: number;
  readonly idleTimeoutSeconds: number | null;
  readonly bandwidthUploadKbps: number;
  readonly bandwidthDownloadKbps: number;
  readonly simultaneousUse: number;
}

/** What deciding needs beside the login. */
export interface AccessContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly classTokens: ClassTokens;
  readonly defaultProfile: DefaultLimits;
  readonly interimIntervalSeconds: number;
}

/** A login whose credentials are right. */
export interface ProvenLogin {
  readonly userId: number;
  readonly place: Place;
  readonly nas: Nas;
}

/** What is decided; the explanation says why, with the numbers. */
export type AccessDecision =
  | {
      readonly kind: 'accepted';
      readonly explanation: Explanation;
      readonly limits: Limits;
      readonly classToken: Octets;
    }
  | { readonly kind: 'refused'; readonly explanation: Explanation };

/** Decides a login in one transaction, under the lock of the user's usage: two that race for the last place cannot both win, on whichever instance. Whoever is accepted has usage from then on, and a place that is held for a minute. Throws AppError `not_found` for a user who was deleted meanwhile. */
export function decideAccess(context: AccessContext, login: ProvenLogin): Promise<AccessDecision> {
  return inTransaction(context.db, context.clock, async (transaction): Promise<AccessDecision> => {
    const { userId, place, nas } = login;
    const usage = await lockUsageRow(transaction, userId);
    const openSessions = placesTaken(await selectPlaces(transaction, userId), place);
    const explain = () => explained(context, transaction, { userId, openSessions });
    let explanation = await explain();
    if (!explanation.verdict.isAllowed) return { kind: 'refused', explanation };
    if (usage === undefined) {
      await beginUsage(context, transaction, explanation);
      // Its validity runs from now on.
      explanation = await explain();
    }
    const classToken = context.classTokens.issue(userId);
    await insertReservation(transaction, { userId, ...place, nasId: nas.id, classToken });
    return {
      kind: 'accepted',
      explanation,
      limits: limitsOf(context, explanation, { nas, now: transaction.now }),
      classToken,
    };
  });
}

function explained(
  { db, calendar, defaultProfile }: AccessContext,
  { trx, now }: Transaction,
  { userId, openSessions }: { userId: number; openSessions: number },
): Promise<Explanation> {
  const periods = verdictPeriods(calendar, now);
  return explainUser({ ...db, knex: trx }, userId, { now, periods, defaultProfile, openSessions });
}

/** As accounting begins it with the first octets; somebody who does so at this very moment makes this one decided again. */
async function beginUsage(
  { calendar }: AccessContext,
  transaction: Transaction,
  { userId, effectiveProfile }: Explanation,
): Promise<void> {
  const { now } = transaction;
  const counters = freshCounters(calendar.periodStarts(now), calendar.dayOf(now).day);
  const state = { counters, isExceeded: isExceeded(counters, effectiveProfile), isActive: true };
  await insertUsageRow(transaction, userId, state);
}

function limitsOf(
  { defaultProfile, interimIntervalSeconds }: AccessContext,
  { effectiveProfile, verdict }: Explanation,
  { nas, now }: { nas: Nas; now: number },
): Limits {
  const terms = effectiveProfile ?? defaultLimitTerms(defaultProfile);
  return limits({ terms, verdict, nas: vendorOf(nas.kind), interimIntervalSeconds, now });
}

function defaultLimitTerms(profile: DefaultLimits): LimitTerms {
  return {
    bandwidthUpload: profile.bandwidthUploadKbps,
    bandwidthDownload: profile.bandwidthDownloadKbps,
    sessionTimeout: profile.sessionTimeoutSeconds,
    idleTimeout: profile.idleTimeoutSeconds ?? 0,
    simultaneousUse: profile.simultaneousUse,
    overQuotaAction: 'disconnect',
    throttleUpload: null,
    throttleDownload: null,
  };
}
