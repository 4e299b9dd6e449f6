/** The JSON of a session, for the command line and HTTP alike. Pure. */
import { instantJson } from '../clock.ts';
import { type Octets, octetsToDisplay } from '../radius/octets.ts';
import { beginningOf, endingOf, octetSharesOf } from './session-life.ts';
import type { SessionLife, SessionListing } from './session-queries.ts';

/** Returns what a list of sessions shows of one. */
export function sessionShape(session: SessionListing) {
  return {
    id: session.id,
    acct_session_id: shown(session.acctSessionId),
    user: session.userId,
    user_username: session.username,
    user_name: shown(session.userName),
    calling_station_id: shown(session.station),
    called_station_id: shown(session.calledStationId),
    source_address: session.sourceAddress,
    nas_ip_address: session.nasIpAddress,
    nas_identifier: shown(session.nasIdentifier),
    state: session.closeKind,
    terminate_cause: session.terminateCause === '' ? null : session.terminateCause,
    started_at: instantJson(session.startedAt),
    updated_at: instantJson(session.updatedAt),
    stopped_at: instantJson(session.stoppedAt),
    session_time_seconds: session.sessionTimeSeconds,
    input_octets: session.inputOctets,
    output_octets: session.outputOctets,
    unmetered_octets: session.unmeteredOctets,
  };
}

/** Returns everything radmeter knows about a session. */
export function sessionDetailShape(session: SessionListing) {
  return {
    ...sessionShape(session),
    acct_unique_id: session.acctUniqueId,
    run_number: session.runNumber,
    nas_started_at: instantJson(session.nasStartedAt),
    nas_updated_at: instantJson(session.nasUpdatedAt),
    arrival_started_at: instantJson(session.arrivalStartedAt),
    arrival_updated_at: instantJson(session.arrivalUpdatedAt),
    input_packets: session.inputPackets,
    output_packets: session.outputPackets,
    is_reversed: session.isReversed,
    octet_unit: session.octetUnit,
    has_gigawords: session.hasGigawords,
    may_have_wrapped: session.mayHaveWrapped,
    has_interim: session.hasInterim,
    interval_seconds: session.intervalSeconds,
    details: session.details,
  };
}

/** Returns everything radmeter knows about a session, and what its other runs say of how it began and ended. */
export function sessionLifeShape(life: SessionLife) {
  const shares = octetSharesOf(life);
  return {
    ...sessionDetailShape(life.session),
    ...boundsShape(life),
    charged_octets: shares.charged,
    handed_over_octets: shares.handedOver,
    nobodys_octets: shares.unmetered,
    other_runs: life.others.map((session) => ({
      ...sessionShape(session),
      run_number: session.runNumber,
      ...boundsShape({ ...life, session, others: runsBeside(life, session) }),
    })),
    has_all_runs: life.isComplete,
  };
}

/** Returns the runs beside another one of a life. */
export function runsBeside(life: SessionLife, session: SessionListing): SessionListing[] {
  return [...life.others, life.session]
    .filter(({ id }) => id !== session.id)
    .sort((a, b) => a.runNumber - b.runNumber);
}

function boundsShape(life: SessionLife) {
  const beginning = beginningOf(life);
  const ending = endingOf(life);
  return {
    began: { how: beginning.how, at: instantJson(beginning.at), session: beginning.from?.id ?? null },
    ended: { how: ending.how, at: instantJson(ending.at), session: ending.to?.id ?? null },
  };
}

function shown(octets: Octets | null): string | null {
  return octets === null ? null : octetsToDisplay(octets);
}
