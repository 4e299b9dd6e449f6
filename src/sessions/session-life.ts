/** How a session began and ended, and who paid for what of it, told from its runs. Pure. */
import type { SessionLife, SessionListing } from './session-queries.ts';

/** `record`: with a record of its own; `successor`: because the counters of the run before restarted, or its id was given again; `handover`: from another user, in mid-session. */
export interface Beginning {
  readonly how: 'record' | 'successor' | 'handover';
  /** Epoch milliseconds on our clock; null where it is not known. */
  readonly at: number | null;
  /** The run before it; null where it has none. */
  readonly from: SessionListing | null;
}

/** `stop`: by its own Stop; the others are presumed, and a later record ends them: by `silence`, by its NAS's Accounting-On or -Off (`nas-restart`), by a run that took its place (`successor`), or by another user (`handover`). */
export interface Ending {
  readonly how: 'open' | 'stop' | 'silence' | 'nas-restart' | 'successor' | 'handover';
  readonly at: number | null;
  /** The run after it, for `successor` and `handover`; null where it is not known. */
  readonly to: SessionListing | null;
}

/** Returns how a run began. */
export function beginningOf({ session, others }: SessionLife): Beginning {
  const earlier = others.filter(({ runNumber }) => runNumber < session.runNumber).reverse();
  const from = earlier.find((other) => isHandedOver(other, session));
  if (from !== undefined) return { how: 'handover', at: handedOverAt(from), from };
  const before = earlier.find((other) => isFollowedBy(other, session));
  return { how: before === undefined ? 'record' : 'successor', at: session.startedAt, from: before ?? null };
}

/** Returns how a run ended, if it did. */
export function endingOf({ session, others }: SessionLife): Ending {
  const { closeKind, stoppedAt: at, terminateCause } = session;
  if (closeKind === 'open') return { how: 'open', at: null, to: null };
  if (closeKind === 'stopped') return { how: 'stop', at, to: null };
  if (terminateCause === 'NAS-Reboot') return { how: 'nas-restart', at, to: null };
  const later = others.filter(({ runNumber }) => runNumber > session.runNumber);
  if (terminateCause === 'User-Request') {
    return { how: 'handover', at, to: later.find((other) => isHandedOver(session, other)) ?? null };
  }
  const to = later.find((other) => isFollowedBy(session, other)) ?? null;
  return { how: to === null ? 'silence' : 'successor', at, to };
}

/** What became of a run's octets, both directions together. */
export interface OctetShares {
  /** Charged to the run's user. */
  readonly charged: number;
  /** Counted before another user handed the session over, and charged to that user as far as their own run says. */
  readonly handedOver: number;
  /** Charged to nobody. */
  readonly unmetered: number;
}

/** Returns the shares; they add up to the run's octets. */
export function octetSharesOf(life: SessionLife): OctetShares {
  const { inputOctets, outputOctets, unmeteredOctets } = life.session;
  const { how, from } = beginningOf(life);
  // The row of a handed-over session begins with the totals of the row before, none of which its user is charged for.
  const before = how === 'handover' && from !== null ? from.inputOctets + from.outputOctets : 0;
  const handedOver = Math.min(before, unmeteredOctets);
  return {
    charged: inputOctets + outputOctets - unmeteredOctets,
    handedOver,
    unmetered: unmeteredOctets - handedOver,
  };
}

/** A handed-over session goes on in a row of its own that began when the session did and with the totals of the row before, none of them charged. One id given to several users at once is none. */
function isHandedOver(from: SessionListing, to: SessionListing): boolean {
  const before = from.inputOctets + from.outputOctets;
  return (
    from.userId !== null &&
    to.userId !== null &&
    from.userId !== to.userId &&
    from.startedAt !== null &&
    from.startedAt === to.startedAt &&
    (from.station === to.station || from.station === null || to.station === null) &&
    to.unmeteredOctets >= before &&
    (before > 0 || from.closeKind === 'presumed')
  );
}

function handedOverAt({ terminateCause, stoppedAt }: SessionListing): number | null {
  return terminateCause === 'User-Request' ? stoppedAt : null;
}

/** A run that takes another's place ends it at the instant it begins. */
function isFollowedBy(run: SessionListing, next: SessionListing): boolean {
  return run.closeKind === 'presumed' && run.stoppedAt !== null && run.stoppedAt === next.startedAt;
}
