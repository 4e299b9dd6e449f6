/** A session's life in words. */
import { type Octets, octetsToDisplay } from '../radius/octets.ts';
import { beginningOf, endingOf, octetSharesOf } from '../sessions/session-life.ts';
import type { SessionLife, SessionListing } from '../sessions/session-queries.ts';
import { instantShown, octetsText } from './output.ts';
import { shortOctets } from './short-octets.ts';

/** A name and what stands for it; null = not known. */
export type Fact = readonly [string, string | number | null];

/** Returns everything about a session but its other runs, days and records that were set aside. */
export function sessionFacts(life: SessionLife): Fact[] {
  const { session } = life;
  return [
    ['id', session.id],
    ['user', session.username ?? 'nobody'],
    ['User-Name', shown(session.userName)],
    ['Acct-Session-Id', shown(session.acctSessionId)],
    ['Calling-Station-Id', shown(session.station)],
    ['Called-Station-Id', shown(session.calledStationId)],
    ['source address', session.sourceAddress],
    ['NAS-IP-Address', session.nasIpAddress],
    ['NAS-Identifier', shown(session.nasIdentifier)],
    ['state', stateText(session)],
    ['began', beginningText(life)],
    ['ended', endingText(life)],
    ...clockFacts(session),
    ...octetFacts(life),
    ['counters', countersText(session)],
    ...(session.mayHaveWrapped ? [['unseen wrap', wrapText(session)] as const] : []),
    ['run number', session.runNumber],
    ['acctuniqueid', session.acctUniqueId],
    ...Object.entries(session.details),
  ];
}

function clockFacts(session: SessionListing): Fact[] {
  return [
    ['started', instantShown(session.startedAt)],
    ['updated', instantShown(session.updatedAt)],
    ['stopped', instantShown(session.stoppedAt)],
    ["started, NAS's clock", instantShown(session.nasStartedAt)],
    ["updated, NAS's clock", instantShown(session.nasUpdatedAt)],
    ['first record came', instantShown(session.arrivalStartedAt)],
    ['newest record came', instantShown(session.arrivalUpdatedAt)],
    ['session time', session.sessionTimeSeconds === null ? null : `${session.sessionTimeSeconds} s`],
    ['interim interval', intervalText(session)],
  ];
}

function intervalText({ intervalSeconds, hasInterim }: SessionListing): string {
  if (intervalSeconds !== null) return `${intervalSeconds} s, as far as it was seen`;
  return hasInterim ? 'not known yet' : 'no Interim-Update came';
}

function octetFacts(life: SessionLife): Fact[] {
  const { session } = life;
  const { charged, handedOver, unmetered } = octetSharesOf(life);
  const { from } = beginningOf(life);
  return [
    ['up (input)', `${octetsText(session.inputOctets)}, ${session.inputPackets} packets`],
    ['down (output)', `${octetsText(session.outputOctets)}, ${session.outputPackets} packets`],
    ...(session.userId === null ? [] : [[`charged to ${whose(session)}`, octetsText(charged)] as const]),
    ...(handedOver === 0 || from === null
      ? []
      : [['counted before', `${octetsText(handedOver)}, in session ${from.id} of ${whose(from)}`] as const]),
    ['charged to nobody', octetsText(unmetered)],
  ];
}

/** How the NAS counts, as the session's records showed it. */
function countersText(session: SessionListing): string {
  return [
    session.octetUnit === 1 ? 'octets' : `units of ${session.octetUnit} octets`,
    session.isReversed ? 'directions reversed' : [],
    session.hasGigawords ? 'with Gigawords' : 'without Gigawords',
    session.mayHaveWrapped ? 'may have wrapped unseen' : [],
    session.hasInterim ? [] : 'no Interim-Update yet',
  ]
    .flat()
    .join(', ');
}

function wrapText({ octetUnit }: SessionListing): string {
  const lost = shortOctets(2 ** 32 * octetUnit);
  return `two records were so far apart that a 32-bit counter could have passed its end in between: a multiple of ${lost} may be missing; a shorter interim interval or Gigawords on the NAS ends that`;
}

function beginningText(life: SessionLife): string {
  const { how, at, from } = beginningOf(life);
  const when = instantShown(at) ?? 'at a time not known';
  switch (how) {
    case 'record':
      return `${when}, as its own records say`;
    case 'successor':
      return `${when}, in place of session ${from?.id}: its counters began anew, or its id was given again`;
    case 'handover':
      return `${when}, handed over by ${from === null ? 'another user' : whose(from)} (session ${from?.id})`;
    default:
      return how satisfies never;
  }
}

const REVIVES = 'presumed; a later record opens it again';

/** Returns when and why a session ended. */
export function endingText(life: SessionLife): string {
  const { how, at, to } = endingOf(life);
  const when = instantShown(at) ?? 'at a time not known';
  const { terminateCause } = life.session;
  switch (how) {
    case 'open':
      return 'not yet';
    case 'stop':
      return `${when}, by its own Stop${terminateCause === '' ? '' : ` (${terminateCause})`}`;
    case 'silence':
      return `${when}, when it was last heard of (${REVIVES})`;
    case 'nas-restart':
      return `${when}, when its NAS sent Accounting-On or -Off (${REVIVES})`;
    case 'successor':
      return `${when}, when session ${to?.id} began in its place (presumed)`;
    case 'handover':
      return `${when}, handed over to ${to === null ? 'another user' : `${whose(to)} (session ${to.id})`}`;
    default:
      return how satisfies never;
  }
}

/** Returns a session's state as lists show it. */
export function stateText({ closeKind, terminateCause }: SessionListing): string {
  const kind = closeKind === 'presumed' ? 'presumed over' : closeKind;
  return terminateCause === '' ? kind : `${kind} (${terminateCause})`;
}

/** Returns who a session's octets are charged to. */
export function whose({ username, userId }: SessionListing): string {
  return username ?? (userId === null ? 'nobody' : `user ${userId}, who is gone`);
}

/** Returns octets as a terminal may show them; null where there are none. */
export function shown(octets: Octets | null): string | null {
  return octets === null ? null : octetsToDisplay(octets);
}
