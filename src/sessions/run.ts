/** A run: one user connection whose counters never fall, one row of `radacct` (design: runs). */
import type { AddressDetails, SessionDetails } from '../accounting/record.ts';
import type { Octets } from '../radius/octets.ts';

/** `stopped` by the session's own Stop, which is final; `presumed` by silence, a NAS's restart or a successor, which a later record revokes. */
export type CloseKind = 'open' | 'stopped' | 'presumed';

/** Why a run was presumed closed, as `acctterminatecause` names it (RFC 2866 §5.10). */
export type PresumedCause = 'Lost-Carrier' | 'NAS-Reboot' | 'User-Request';

/** Instants are epoch milliseconds; `undefined` = not known. Octets are those of the user's side: input = from the user. */
export interface Run {
  /** The row's primary key; undefined until it is inserted. */
  readonly radacctId: number | undefined;
  readonly runKey: Octets;
  /** Orders the runs of one key; leaves gaps for runs that are found late. */
  readonly runNumber: number;
  readonly userId: number | undefined;
  readonly userName: Octets | undefined;
  readonly station: Octets | undefined;
  /** The Class of ours that its NAS sends with its records (RFC 2865 §5.25). */
  readonly classToken: Octets | undefined;
  readonly closeKind: CloseKind;
  readonly closedAt: number | undefined;
  /** Acct-Terminate-Cause by name; empty while the run is open. */
  readonly terminateCause: string;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly nasStartedAt: number | undefined;
  readonly nasUpdatedAt: number | undefined;
  readonly arrivalStartedAt: number;
  readonly arrivalUpdatedAt: number;
  readonly sessionTimeSeconds: number | undefined;
  /** The NAS's totals with wraps added: high-water marks and metered octets at once. */
  readonly inputOctets: number;
  readonly outputOctets: number;
  /** The part of the totals nobody was charged for. */
  readonly unmeteredOctets: number;
  readonly inputPackets: number;
  readonly outputPackets: number;
  /** Frozen when the run begins: a changed option of the NAS must not reinterpret what was counted. */
  readonly isReversed: boolean;
  readonly octetUnit: number;
  readonly hasGigawords: boolean;
  readonly mayHaveWrapped: boolean;
  readonly hasInterim: boolean;
  /** Whether its Stop left one counter out: the two may be of before and of after a restart. */
  readonly isHalfStopped: boolean;
  readonly intervalSeconds: number | undefined;
  /** Stands for the limits its NAS was told; undefined while nobody has judged its user. */
  readonly limitsTold: number | undefined;
  /** What scopes an Accounting-On or -Off. */
  readonly sourceAddress: string | undefined;
  readonly nasIdentifier: Octets | undefined;
  readonly calledStationId: Octets | undefined;
  readonly address: AddressDetails;
  /** The Stop's Connect-Info as display text; empty before. */
  readonly connectInfoStop: string;
  /** Whether `address`, `connectInfoStop`, `classToken` or `limitsTold` is not in the row yet. */
  readonly hasNewDetails: boolean;
  /** What only the row's insertion needs; undefined once it is there. */
  readonly origin: RunOrigin | undefined;
}

/** Where and how a session began, as its first record said it. */
export interface RunOrigin {
  readonly acctSessionId: Octets;
  readonly nasIpAddress: string | undefined;
  readonly classes: readonly Octets[];
  readonly details: SessionDetails;
}

/** Octets per direction. */
export interface OctetPair {
  readonly input: number;
  readonly output: number;
}

/** Session times and clocks jitter: differences up to this are none. */
export const SLACK_SECONDS = 10;
export const SLACK_MS = SLACK_SECONDS * 1000;

/** Returns the run presumed closed at an instant; a run that is not open stays as it is. */
export function presumeClosed(run: Run, closedAt: number, cause: PresumedCause): Run {
  return run.closeKind === 'open' ? { ...run, closeKind: 'presumed', closedAt, terminateCause: cause } : run;
}

/** Returns whether two runs are of one session: the later one began as startsOf the earlier says. */
export function isOfOneSession(a: Run, b: Run): boolean {
  return (
    a.startedAt === b.startedAt &&
    a.nasStartedAt === b.nasStartedAt &&
    a.arrivalStartedAt === b.arrivalStartedAt
  );
}

/** Returns when a run began, for one that goes on with its session. */
export function startsOf({
  startedAt,
  nasStartedAt,
  arrivalStartedAt,
}: Run): Pick<Run, 'startedAt' | 'nasStartedAt' | 'arrivalStartedAt'> {
  return { startedAt, nasStartedAt, arrivalStartedAt };
}
