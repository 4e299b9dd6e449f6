/** The requests that a session of another server's `radacct` stands for: one at each midnight it lasted over, and its last. Pure. */
import { decodeAccountingRequest } from '../accounting/decode.ts';
import { isSessionRecord, type SessionRecord } from '../accounting/record.ts';
import type { Submission } from '../accounting/submission.ts';
import type { Nas } from '../nas/nas.ts';
import { AttributeType } from '../radius/attribute-type.ts';
import { type Octets, octetsToBytes } from '../radius/octets.ts';
import { HEADER_LENGTH, parsePacket } from '../radius/packet.ts';
import { badCell } from './cells.ts';
import type { RadacctSession } from './radacct-session.ts';

/** What a session's requests are made with. */
export interface RequestTerms {
  readonly nas: Nas;
  /** What its NAS calls itself; undefined where it does not, or that is not known. */
  readonly nasIdentifier: Octets | undefined;
  readonly userName: string;
  /** Returns the end (epoch milliseconds) of the local day that holds an instant. */
  readonly dayEnd: (instant: number) => number;
}

/** A second before midnight still is the day that ends. */
const BEFORE_MIDNIGHT_MS = 1_000;
const WORD = 2 ** 32;
const STATUS = { start: 1, stop: 2, interim: 3 } as const;

/** What the NAS would have reported at one instant. */
interface Report {
  readonly status: keyof typeof STATUS;
  readonly at: number;
  readonly sessionTimeSeconds: number;
  readonly inputOctets: number;
  readonly outputOctets: number;
}

/** Returns a session's requests in order. What no row tells, when its octets passed, is taken to have been even over its time; throws AppError `invalid` for values no request can carry. */
export function requestsOf(session: RadacctSession, terms: RequestTerms): Submission[] {
  return reportsOf(session, terms.dayEnd).map((report) => submissionOf(session, report, terms));
}

function reportsOf(session: RadacctSession, dayEnd: RequestTerms['dayEnd']): Report[] {
  const { startedAt, lastAt, sessionTimeSeconds, inputOctets, outputOctets } = session;
  const reports: Report[] = [];
  const lastedMs = lastAt - startedAt;
  for (let end = dayEnd(startedAt); end < lastAt; end = dayEnd(end)) {
    const share = (end - startedAt) / lastedMs;
    const at = end - BEFORE_MIDNIGHT_MS;
    // A session that began within the last second of its day has nothing to say of that day.
    if (at <= startedAt) continue;
    reports.push({
      status: 'interim',
      at,
      sessionTimeSeconds: Math.floor((at - startedAt) / 1000),
      inputOctets: Math.floor(inputOctets * share),
      outputOctets: Math.floor(outputOctets * share),
    });
  }
  const isBegun = sessionTimeSeconds > 0 || inputOctets + outputOctets > 0;
  const status = session.isOpen ? (isBegun ? 'interim' : 'start') : 'stop';
  return [...reports, { status, at: lastAt, sessionTimeSeconds, inputOctets, outputOctets }];
}

function submissionOf(session: RadacctSession, report: Report, terms: RequestTerms): Submission {
  const bytes = requestBytes(session, report, terms);
  const parsed = parsePacket(bytes);
  if (!parsed.ok) throw badCell('row', 'what a request can carry', parsed.reason);
  const { nas } = terms;
  const sourceAddress = session.nasAddress;
  const decoded = decodeAccountingRequest(parsed.packet, {
    nasOf: () => nas,
    sourceAddress,
    arrivedAt: report.at,
    clockOffsetMs: () => 0,
    valueName: () => undefined,
  });
  const received = { sourceAddress, sourcePort: 0, arrivedAt: report.at, clockOffsetMs: 0, bytes };
  const named =
    decoded.ok && isSessionRecord(decoded.record)
      ? { ...decoded, record: withNames(decoded.record, session, report) }
      : decoded;
  return { ...received, decoded: named, nasName: nas.name };
}

/** What `radacct` keeps by name, and a request by number. */
function withNames(record: SessionRecord, session: RadacctSession, { status }: Report): SessionRecord {
  const { nasPortId, nasPortType, acctAuthentic, serviceType, framedProtocol } = session;
  return {
    ...record,
    acctTerminateCause: status === 'stop' ? session.terminateCause : undefined,
    details: {
      ...record.details,
      ...{ nasPortId, nasPortType, acctAuthentic, serviceType, framedProtocol },
      address: { ...record.details.address, framedIpAddress: session.framedIpAddress },
    },
  };
}

function requestBytes(session: RadacctSession, report: Report, terms: RequestTerms): Buffer {
  const { inputOctets, outputOctets } = report;
  const hasGigawords = Math.max(session.inputOctets, session.outputOctets) >= WORD;
  const isIpv4 = !session.nasAddress.includes(':');
  const attributes = [
    integer(AttributeType.AcctStatusType, STATUS[report.status]),
    text(AttributeType.AcctSessionId, session.acctSessionId),
    text(AttributeType.UserName, terms.userName),
    isIpv4 ? ipv4(AttributeType.NasIpAddress, session.nasAddress) : undefined,
    octets(AttributeType.NasIdentifier, octetsToBytes(terms.nasIdentifier ?? '')),
    text(AttributeType.CallingStationId, session.callingStationId),
    text(AttributeType.CalledStationId, session.calledStationId),
    integer(AttributeType.AcctSessionTime, report.sessionTimeSeconds),
    integer(AttributeType.AcctInputOctets, inputOctets % WORD),
    integer(AttributeType.AcctOutputOctets, outputOctets % WORD),
    hasGigawords ? integer(AttributeType.AcctInputGigawords, Math.floor(inputOctets / WORD)) : undefined,
    hasGigawords ? integer(AttributeType.AcctOutputGigawords, Math.floor(outputOctets / WORD)) : undefined,
    integer(AttributeType.EventTimestamp, Math.floor(report.at / 1000)),
  ].filter((attribute) => attribute !== undefined);
  const length = HEADER_LENGTH + attributes.reduce((sum, attribute) => sum + attribute.length, 0);
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt8(ACCOUNTING_REQUEST, 0);
  header.writeUInt16BE(length, 2);
  return Buffer.concat([header, ...attributes]);
}

const ACCOUNTING_REQUEST = 4;
const VALUE_BYTES_MAX = 253;

function attribute(type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, value.length + 2]), value]);
}

function integer(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return attribute(type, bytes);
}

function text(type: number, value: string): Buffer | undefined {
  return octets(type, Buffer.from(value));
}

/** RFC 2865 §5: an attribute has at least one octet; without one it is left out. */
function octets(type: number, bytes: Buffer): Buffer | undefined {
  if (bytes.length > VALUE_BYTES_MAX) {
    throw badCell(`attribute ${type}`, `at most ${VALUE_BYTES_MAX} bytes`, bytes.length);
  }
  return bytes.length === 0 ? undefined : attribute(type, bytes);
}

function ipv4(type: number, address: string): Buffer {
  return attribute(type, Buffer.from(address.split('.').map(Number)));
}
