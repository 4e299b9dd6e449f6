/** The JSON of a session, for the command line and HTTP alike. Pure. */
import { type Octets, octetsToDisplay } from '../radius/octets.ts';
import type { SessionListing } from './session-queries.ts';

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
    started_at: instant(session.startedAt),
    updated_at: instant(session.updatedAt),
    stopped_at: instant(session.stoppedAt),
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
    nas_started_at: instant(session.nasStartedAt),
    nas_updated_at: instant(session.nasUpdatedAt),
    arrival_started_at: instant(session.arrivalStartedAt),
    arrival_updated_at: instant(session.arrivalUpdatedAt),
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

function shown(octets: Octets | null): string | null {
  return octets === null ? null : octetsToDisplay(octets);
}

/** As every other instant in JSON: UTC, without a fraction when it is zero (contract §5). */
function instant(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString().replace('.000Z', 'Z');
}
