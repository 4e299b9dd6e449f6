/** Whether users whose credentials are right come in, under which limits, and the places they then take (design §6). Pure but for the Class values it is given. */
import type { Nas } from '../nas/nas.ts';
import type { Limits } from '../profiles/limits.ts';
import type { Octets } from '../radius/octets.ts';
import type { Counters } from '../usage/counters.ts';
import type { Explanation } from '../usage/explain-queries.ts';
import { type LimitTerms, limits } from '../usage/limits.ts';
import { defaultTerms, type VerdictPeriods, verdict } from '../usage/verdict.ts';
import { vendorOf } from '../vendors/vendor-of.ts';
import { isSameDevice, type Place, placesTaken } from './place.ts';

/** The limits of users whom neither a profile nor a promotion gives any (contract §0.2); seconds and kbit/s. */
export interface DefaultLimits {
  readonly sessionTimeoutSeconds: number;
  readonly idleTimeoutSeconds: number | null;
  readonly bandwidthUploadKbps: number;
  readonly bandwidthDownloadKbps: number;
  readonly simultaneousUse: number;
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

/** A place held for a session yet to begin. */
export interface HeldPlace extends Place {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** A place to hold. */
export interface Reservation extends Place {
  readonly userId: number;
  /** The row of table `nas`; null where it is not of that table. */
  readonly nasId: number | null;
  readonly classToken: Octets;
}

/** A user and what applies to them. */
export interface LoginUser
  extends Pick<Explanation, 'userId' | 'username' | 'effectiveProfile' | 'profileSource' | 'promotion'> {
  readonly isActive: boolean;
  readonly isRadiusEnabled: boolean;
}

/** Everything about one user that a login rests on, and that one changes for the next. */
export interface LoginStanding {
  readonly user: LoginUser;
  /** Null = nothing was ever used. */
  readonly counters: Counters | null;
  readonly openPlaces: readonly Place[];
  /** Those that have expired among them. */
  readonly heldPlaces: readonly HeldPlace[];
  /** Taken in this group. */
  readonly reservations: readonly Reservation[];
}

/** What holds for all logins of a group; instants are epoch milliseconds. */
export interface LoginTerms {
  readonly now: number;
  readonly periods: VerdictPeriods;
  /** Of whoever begins to use anything now. */
  readonly freshCounters: Counters;
  readonly defaultProfile: DefaultLimits;
  readonly interimIntervalSeconds: number;
  readonly issueToken: (userId: number) => Octets;
}

/** Decisions, one for each login, undefined where the user is no more; and how their users stand afterwards. */
export interface DecidedLogins {
  readonly decisions: readonly (AccessDecision | undefined)[];
  readonly standings: ReadonlyMap<number, LoginStanding>;
}

/** Decides logins one after the other: each finds what those before it took. */
export function decideLogins(
  logins: readonly ProvenLogin[],
  before: ReadonlyMap<number, LoginStanding>,
  terms: LoginTerms,
): DecidedLogins {
  const standings = new Map(before);
  const decisions = logins.map((login) => {
    const standing = standings.get(login.userId);
    if (standing === undefined) return undefined;
    const { decision, after } = decideLogin(login, standing, terms);
    standings.set(login.userId, after);
    return decision;
  });
  return { decisions, standings };
}

function decideLogin(
  { place, nas }: ProvenLogin,
  standing: LoginStanding,
  terms: LoginTerms,
): { decision: AccessDecision; after: LoginStanding } {
  const explanation = explained(standing, place, terms);
  if (!explanation.verdict.isAllowed) return { decision: { kind: 'refused', explanation }, after: standing };
  const { userId } = standing.user;
  const classToken = terms.issueToken(userId);
  const reservation = { userId, ...place, nasId: nas.id, classToken };
  const begun = { ...standing, counters: standing.counters ?? terms.freshCounters };
  // Whose use begins has a validity from now on.
  const told = standing.counters === null ? explained(begun, place, terms) : explanation;
  return {
    decision: { kind: 'accepted', explanation: told, limits: limitsOf(told, nas, terms), classToken },
    after: withReservation(begun, reservation, terms),
  };
}

/** What the same device held on the same NAS is gone, and what has expired. */
function withReservation(standing: LoginStanding, own: Reservation, { now }: LoginTerms): LoginStanding {
  return {
    ...standing,
    heldPlaces: standing.heldPlaces.filter((place) => place.expiresAt > now && !isSameDevice(place, own)),
    reservations: [...standing.reservations.filter((place) => !isSameDevice(place, own)), own],
  };
}

function explained(standing: LoginStanding, own: Place, terms: LoginTerms): Explanation {
  const { user, counters, openPlaces, heldPlaces, reservations } = standing;
  const { userId, username, isActive, isRadiusEnabled, ...applying } = user;
  const { now, periods, defaultProfile } = terms;
  const held = heldPlaces.filter(({ expiresAt }) => expiresAt > now);
  const openSessions = placesTaken([...openPlaces, ...held, ...reservations], own);
  const profileTerms = applying.effectiveProfile ?? defaultTerms(defaultProfile);
  return {
    ...{ userId, username, ...applying, openSessions },
    verdict: verdict({
      user: { isActive, isRadiusEnabled },
      terms: profileTerms,
      isPromotionActive:
        applying.profileSource === 'promotion' ? (applying.promotion?.isActive ?? null) : null,
      ...{ counters, openSessions, periods, now },
    }),
    simultaneousUse: profileTerms.simultaneousUse,
    at: now,
  };
}

function limitsOf(
  { effectiveProfile, verdict: given }: Explanation,
  nas: Nas,
  { defaultProfile, interimIntervalSeconds, now }: LoginTerms,
): Limits {
  const profileTerms: LimitTerms = effectiveProfile ?? defaultLimitTerms(defaultProfile);
  return limits({
    terms: profileTerms,
    verdict: given,
    nas: vendorOf(nas.kind),
    interimIntervalSeconds,
    now,
  });
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
