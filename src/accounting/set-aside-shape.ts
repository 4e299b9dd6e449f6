/** The JSON of what was set aside, for the command line and HTTP alike; secrets in the packets never shown. Pure. */
import { instantJson } from '../clock.ts';
import { type DescribedPacket, describePacket } from '../radius/describe.ts';
import type { Dictionary } from '../radius/dictionary.ts';
import { type Octets, octetsToDisplay } from '../radius/octets.ts';
import { attributesOf, HEADER_LENGTH, type Packet } from '../radius/packet.ts';
import type { SetAsideListing, SetAsideRequest } from './set-aside-queries.ts';

/** Returns what a list shows of a request. */
export function setAsideShape(request: SetAsideListing) {
  return {
    id: request.id,
    arrived_at: instantJson(request.arrivedAt),
    nas: request.nasName,
    source: { address: request.sourceAddress, port: request.sourcePort },
    user_name: shown(request.userName),
    acct_session_id: shown(request.acctSessionId),
    nas_identifier: shown(request.nasIdentifier),
    reason: request.reason,
    detail: request.detail,
    replayed_at: instantJson(request.replayedAt),
  };
}

/** Returns everything that is kept of a request: `code`, `identifier` and `attributes` are null and empty where its bytes are no packet. */
export function setAsideDetailShape(request: SetAsideRequest, dictionary: Dictionary) {
  const { packet } = request;
  const described: DescribedPacket | undefined =
    packet === undefined ? undefined : describePacket(packet, dictionary);
  return {
    ...setAsideShape(request),
    clock_offset_ms: request.clockOffsetMs,
    code: described?.code ?? null,
    identifier: described?.identifier ?? null,
    attributes: described?.attributes ?? [],
    packet_hex: packet === undefined ? request.bytes.toString('hex') : shownHex(packet, dictionary),
  };
}

/** Stands for an octet that is not shown. */
const HIDDEN_OCTET = '**';

/** Returns a packet in hexadecimal, `**` for each octet of what its description hides. */
function shownHex(packet: Packet, dictionary: Dictionary): string {
  const attributes = attributesOf(packet).map(({ type, value }) => {
    const header = Buffer.of(type, value.length + 2);
    const alone = Buffer.concat([packet.bytes.subarray(0, HEADER_LENGTH), header, value]);
    const isHidden = describePacket(
      { ...packet, bytes: alone, length: alone.length },
      dictionary,
    ).attributes.some((attribute) => attribute.value === '***');
    return header.toString('hex') + (isHidden ? HIDDEN_OCTET.repeat(value.length) : value.toString('hex'));
  });
  return packet.bytes.toString('hex', 0, HEADER_LENGTH) + attributes.join('');
}

function shown(octets: Octets | null): string | null {
  return octets === null ? null : octetsToDisplay(octets);
}
