/** A row of FreeRADIUS's `radacct` as the session it tells of. Pure. */
import { isIP } from 'node:net';
import { AppError } from '../errors.ts';
import { addressToBytes, unmapIpv4 } from '../radius/address.ts';
import { readIpv6 } from '../radius/values.ts';
import { badCell, textCell, textOrNull, wholeCell, wholeOrNull } from './cells.ts';
import type { SourceRow } from './source-database.ts';

/** Instants are epoch milliseconds, octets as the NAS counted them. */
export interface RadacctSession {
  readonly id: number;
  readonly acctSessionId: string;
  /** As it stands there, and as it was on the wire. */
  readonly userNames: readonly [stored: string, sent: string];
  readonly nasAddress: string;
  readonly startedAt: number;
  /** When it was last heard of. */
  readonly lastAt: number;
  readonly isOpen: boolean;
  readonly sessionTimeSeconds: number;
  readonly inputOctets: number;
  readonly outputOctets: number;
  readonly callingStationId: string;
  readonly calledStationId: string;
  readonly framedIpAddress: string | undefined;
  readonly terminateCause: string;
  readonly nasPortId: string | undefined;
  readonly nasPortType: string | undefined;
  readonly acctAuthentic: string | undefined;
  readonly serviceType: string | undefined;
  readonly framedProtocol: string | undefined;
}

/** Ten years: more is a clock that was never set. */
const SESSION_SECONDS_MAX = 3650 * 86_400;
const OCTETS_MAX = 2 ** 53 - 1;

/** Returns the session of a row whose datetimes were selected as `started_ms`, `updated_ms` and `stopped_ms`; throws AppError `invalid` for one that cannot be metered. */
export function readSession(row: SourceRow, now: number): RadacctSession {
  const startedAt = secondOf(wholeCell({ acctstarttime: row['started_ms'] }, 'acctstarttime', 1));
  if (startedAt > now) throw new AppError('invalid', 'acctstarttime: lies in the future');
  const stoppedAt = wholeOrNull(row, 'stopped_ms');
  const heardAt = stoppedAt ?? wholeOrNull(row, 'updated_ms') ?? startedAt;
  const inputOctets = wholeOrNull(row, 'acctinputoctets', 0) ?? 0;
  const outputOctets = wholeOrNull(row, 'acctoutputoctets', 0) ?? 0;
  const told = wholeOrNull(row, 'acctsessiontime', 0) ?? 0;
  const between = Math.max(0, Math.floor((heardAt - startedAt) / 1000));
  const sessionTimeSeconds = told === 0 && inputOctets + outputOctets > 0 ? between : told;
  if (sessionTimeSeconds > SESSION_SECONDS_MAX) {
    throw badCell('acctsessiontime', 'at most ten years in seconds', sessionTimeSeconds);
  }
  if (inputOctets + outputOctets > OCTETS_MAX) throw badCell('octets', 'less than 2^53', inputOctets);
  const stored = textCell(row, 'username');
  return {
    id: wholeCell(row, 'radacctid', 1),
    acctSessionId: unescaped(filled(row, 'acctsessionid')),
    userNames: [stored, unescaped(stored)],
    nasAddress: addressCell(row),
    startedAt,
    lastAt: Math.min(now, startedAt + sessionTimeSeconds * 1000),
    isOpen: stoppedAt === null,
    sessionTimeSeconds,
    inputOctets,
    outputOctets,
    callingStationId: unescaped(textOrNull(row, 'callingstationid') ?? ''),
    calledStationId: unescaped(textOrNull(row, 'calledstationid') ?? ''),
    framedIpAddress: textOrNull(row, 'framedipaddress') || undefined,
    terminateCause: textOrNull(row, 'acctterminatecause') ?? '',
    nasPortId: textOrNull(row, 'nasportid') || undefined,
    nasPortType: textOrNull(row, 'nasporttype') || undefined,
    acctAuthentic: textOrNull(row, 'acctauthentic') || undefined,
    serviceType: textOrNull(row, 'servicetype') || undefined,
    framedProtocol: textOrNull(row, 'framedprotocol') || undefined,
  };
}

function filled(row: SourceRow, column: string): string {
  const text = textCell(row, column);
  if (text === '') throw badCell(column, 'text', null);
  return text;
}

function addressCell(row: SourceRow): string {
  const address = textCell(row, 'nasipaddress').trim();
  if (isIP(address) === 0) throw badCell('nasipaddress', 'an address', address);
  return canonicalAddress(address);
}

/** An address has one spelling here: that which packets have it in. */
function canonicalAddress(address: string): string {
  const unmapped = unmapIpv4(address);
  const bytes = addressToBytes(unmapped);
  return (bytes === undefined ? undefined : readIpv6(bytes, 0, bytes.length)) ?? unmapped;
}

/** FreeRADIUS writes whatever it does not think safe as `=` and two hexadecimal digits, `=` itself too; a text with any other `=` was not written by it. */
export function unescaped(text: string): string {
  if (!/^(?:[^=]|=[0-9A-F]{2})*$/.test(text)) return text;
  // Escapes that follow each other may be the octets of one character.
  const parts = text.split(/((?:=[0-9A-F]{2})+)/);
  return parts
    .map((part, at) => (at % 2 === 0 ? part : Buffer.from(part.replaceAll('=', ''), 'hex').toString('utf8')))
    .join('');
}

function secondOf(instant: number): number {
  return Math.floor(instant / 1000) * 1000;
}
