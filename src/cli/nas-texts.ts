/** What `radmeter nas` shows: NASes in a line each, one in full, and the devices behind it. */
import type { NasSource } from '../nas/nas.ts';
import type { UnknownNas } from '../nas/nas-queries.ts';
import { identifierShown } from '../nas/nas-shape.ts';
import { CLOCK_OFF_MS, type HeardNas, type Sender } from '../nas/sender.ts';
import { type Column, heading, instantShown, printFacts, printLine, printTable } from './output.ts';

/** The columns of `nas list`. */
export const NAS_COLUMNS: readonly Column<HeardNas>[] = [
  { heading: 'NAME', value: ({ nas }) => nas.name },
  { heading: 'ADDRESS', value: ({ nas }) => nas.prefix },
  { heading: 'IDENTIFIER', value: ({ nas }) => identifierShown(nas.matchIdentifier) },
  { heading: 'KIND', value: ({ nas }) => nas.kind },
  { heading: 'LAST SEEN', value: ({ nas }) => instantShown(nas.lastSeenAt) },
  { heading: 'CLOCK OFFSET', value: ({ nas }) => offsetText(nas.clockOffsetMs), align: 'right' },
  { heading: 'GIGAWORDS', value: ({ nas }) => yesNo(nas.sendsGigawords) },
  { heading: 'SOURCE', value: ({ source }) => source },
];

/** The columns of unknown sources. */
export const UNKNOWN_COLUMNS: readonly Column<UnknownNas>[] = [
  { heading: 'ADDRESS', value: ({ address }) => address },
  { heading: 'PACKETS', value: ({ packets }) => packets, align: 'right' },
  { heading: 'FIRST SEEN', value: ({ firstSeenAt }) => instantShown(firstSeenAt) },
  { heading: 'LAST SEEN', value: ({ lastSeenAt }) => instantShown(lastSeenAt) },
];

const SENDER_COLUMNS: readonly Column<Sender>[] = [
  { heading: 'ADDRESS', value: ({ address }) => address },
  { heading: 'NAS-IDENTIFIER', value: ({ nasIdentifier }) => identifierShown(nasIdentifier) },
  { heading: 'LAST SEEN', value: ({ lastSeenAt }) => instantShown(lastSeenAt) },
  { heading: 'CLOCK OFFSET', value: ({ clockOffsetMs }) => offsetText(clockOffsetMs), align: 'right' },
  { heading: 'GIGAWORDS', value: ({ sendsGigawords }) => (sendsGigawords ? 'yes' : null) },
];

const SENDERS_SHOWN_MAX = 100;

const SOURCES: Readonly<Record<NasSource, string>> = {
  table: 'the table nas',
  file: 'the configuration file; change it there',
  'built-in': 'built in, as long as no NAS is configured',
};

/** Prints everything known about one NAS, and the devices that sent as this NAS. */
export function printNas(heard: HeardNas): void {
  const { nas, source, senders } = heard;
  printFacts([
    ['name', nas.name],
    ['id', nas.id],
    ['address', nas.prefix],
    ['identifier', identifierShown(nas.matchIdentifier) ?? 'any'],
    ['source', SOURCES[source]],
    ['kind', nas.kind],
    ['secrets', nas.secrets.length > 1 ? 'one, and the one before' : 'one'],
    ['CoA port', nas.coaPort ?? 'the usual one of its kind'],
    [
      'Message-Authenticator',
      nas.requireMessageAuthenticator ? 'required in Access-Requests' : 'not required',
    ],
    ['direction', nas.direction],
    ['octet unit', nas.octetUnit],
    ['max rate', `${nas.maxRateKbps} kbit/s`],
    ['interval floor', `${nas.intervalFloorSeconds} s`],
    ['sends Gigawords', yesNo(nas.sendsGigawords) ?? 'not seen yet'],
    ['clock offset', clockText(nas.clockOffsetMs)],
    ['last seen', instantShown(nas.lastSeenAt) ?? 'never'],
  ]);
  if (senders.length === 0) return;
  printLine('');
  printLine(heading('Who has sent as this NAS:'));
  printTable(senders.slice(0, SENDERS_SHOWN_MAX), SENDER_COLUMNS, '');
  if (senders.length > SENDERS_SHOWN_MAX)
    printLine(`… and ${senders.length - SENDERS_SHOWN_MAX} more; --json shows all.`);
}

function yesNo(value: boolean | null): string | null {
  if (value === null) return null;
  return value ? 'yes' : 'no';
}

/** A clock that needs a person is marked, for those who scan a column. */
function offsetText(offsetMs: number | null): string | null {
  if (offsetMs === null) return null;
  return `${offsetSeconds(offsetMs)} s ${offsetMs < 0 ? 'ahead' : 'behind'}${Math.abs(offsetMs) > CLOCK_OFF_MS ? ' !' : ''}`;
}

function offsetSeconds(offsetMs: number): string {
  return Math.abs(offsetMs / 1_000).toFixed(1);
}

function clockText(offsetMs: number | null): string {
  if (offsetMs === null) return 'not known: no Event-Timestamp seen yet';
  return `${offsetSeconds(offsetMs)} s ${offsetMs < 0 ? 'ahead of' : 'behind'} this server's${Math.abs(offsetMs) > CLOCK_OFF_MS ? '; let it follow NTP' : ''}`;
}
