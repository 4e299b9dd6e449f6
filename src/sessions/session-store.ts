/** The runs in `radacct`: the one place that translates between a Run and its row. */
import type { NasRecord } from '../accounting/record.ts';
import {
  type BatchTransaction,
  type ChangeValue,
  type Column,
  columnsNamed,
  type KeyedSelect,
  type PendingCount,
  readOctets,
  type SelectedColumn,
} from '../db/batch.ts';
import type { Octets } from '../radius/octets.ts';
import { acctUniqueId } from './acct-unique-id.ts';
import { cutText, displayText } from './display-text.ts';
import { retiredKey } from './retired-runs.ts';
import type { Run } from './run.ts';
import { closeKindCode, closeKindOf, runFlagsCode, runFlagsOf } from './run-codes.ts';

/** Reads the runs of the keys, locked until the commit, in the order of their numbers; they are there after the next flush. */
export function selectRuns(batch: BatchTransaction, runKeys: readonly Octets[]): () => Run[] {
  const pending = batch.select<RunRow>(RUNS_BY_KEY, runKeys);
  return () => pending.rows().map(runFromRow);
}

/** Presumes closed the open runs in the database that a NAS's Accounting-On or -Off ends (isEndedBy says which); the count is there after the next flush. Set-based, because a controller may have a hundred thousand. */
export function closeRuns(batch: BatchTransaction, record: NasRecord): PendingCount {
  const scope: ChangeValue[] = [
    ['text', record.sourceAddress],
    ['number', record.eventAt],
    ['number', record.eventAt],
  ];
  let where = 'close_kind = ? AND source_address = ? AND started_at < ? AND updated_at <= ?';
  if (record.nasIdentifier !== undefined) {
    where += ' AND nas_identifier = ?';
    scope.push(['octets', record.nasIdentifier]);
  }
  if (record.calledStationId !== undefined) {
    where += ' AND called_station_raw = ?';
    scope.push(['octets', record.calledStationId]);
  }
  return batch.change(
    `UPDATE radacct SET close_kind = ?, stopped_at = ?, acctstoptime = acctupdatetime, acctterminatecause = ? WHERE ${where}`,
    [
      ['number', closeKindCode('presumed')],
      ['number', record.eventAt],
      ['text', 'NAS-Reboot'],
      ['number', closeKindCode('open')],
      ...scope,
    ],
  );
}

/** Writes runs that changed: new ones as rows of their own, known ones by primary key. */
export function saveRuns(batch: BatchTransaction, runs: readonly Run[]): void {
  const known = runs.filter((run) => run.radacctId !== undefined);
  batch.insert(
    'radacct',
    INSERTED,
    runs.filter((run) => run.radacctId === undefined),
  );
  batch.update('radacct', KEY, PROGRESS, known);
  batch.update(
    'radacct',
    KEY,
    DETAILS,
    known.filter((run) => run.hasNewDetails),
  );
}

/** Puts the oldest runs of keys that have too many under a key that no packet has; their rows stay as they are. */
export function retireRuns(
  batch: BatchTransaction,
  retired: readonly { runKey: Octets; throughNumber: number }[],
): void {
  for (const { runKey, throughNumber } of retired) {
    batch.change('UPDATE radacct SET runkey = ? WHERE runkey = ? AND run_number <= ?', [
      ['octets', retiredKey(runKey)],
      ['octets', runKey],
      ['number', throughNumber],
    ]);
  }
}

/** A row as it is selected: octets as hexadecimal text. */
interface RunRow {
  radacctid: number;
  runkey: string;
  run_number: number;
  user_id: number | null;
  user_name_raw: string | null;
  station: string | null;
  class_token: string | null;
  source_address: string | null;
  nas_identifier: string | null;
  called_station_raw: string | null;
  close_kind: number;
  stopped_at: number | null;
  acctterminatecause: string;
  started_at: number;
  updated_at: number;
  nas_started_at: number | null;
  nas_updated_at: number | null;
  arrival_started_at: number;
  arrival_updated_at: number;
  acctsessiontime: number | null;
  acctinputoctets: number | null;
  acctoutputoctets: number | null;
  unmeteredoctets: number;
  input_packets: number;
  output_packets: number;
  octets_reversed: number;
  octet_unit: number;
  run_flags: number;
  acctinterval: number | null;
  limits_told: number | null;
  framedipaddress: string;
  framedipv6address: string;
  framedipv6prefix: string;
  framedinterfaceid: string;
  delegatedipv6prefix: string;
  connectinfo_stop: string | null;
}

const READ_COLUMNS: readonly SelectedColumn[] = [
  ...['runkey', 'user_name_raw', 'station', 'class_token', 'nas_identifier', 'called_station_raw'].map(
    (name) => ({
      name,
      isOctets: true,
    }),
  ),
  ...columnsNamed(
    'radacctid, run_number, user_id, source_address, close_kind, stopped_at, acctterminatecause, started_at, updated_at, nas_started_at, nas_updated_at, arrival_started_at, arrival_updated_at',
  ),
  ...columnsNamed(
    'acctsessiontime, acctinputoctets, acctoutputoctets, unmeteredoctets, input_packets, output_packets, octets_reversed, octet_unit, run_flags, acctinterval, limits_told',
  ),
  ...columnsNamed(
    'framedipaddress, framedipv6address, framedipv6prefix, framedinterfaceid, delegatedipv6prefix, connectinfo_stop',
  ),
];

const RUNS_BY_KEY: KeyedSelect = {
  columns: READ_COLUMNS,
  from: 'FROM radacct WHERE runkey',
  kind: 'octets',
  orderBy: 'runkey, run_number',
  isLocked: true,
};

function runFromRow(row: RunRow): Run {
  return {
    radacctId: row.radacctid,
    runKey: readOctets(row.runkey) ?? '',
    runNumber: row.run_number,
    userId: row.user_id ?? undefined,
    userName: readOctets(row.user_name_raw),
    station: readOctets(row.station),
    classToken: readOctets(row.class_token),
    sourceAddress: row.source_address ?? undefined,
    nasIdentifier: readOctets(row.nas_identifier),
    calledStationId: readOctets(row.called_station_raw),
    closeKind: closeKindOf(row.close_kind),
    closedAt: row.stopped_at ?? undefined,
    terminateCause: row.acctterminatecause,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    nasStartedAt: row.nas_started_at ?? undefined,
    nasUpdatedAt: row.nas_updated_at ?? undefined,
    arrivalStartedAt: row.arrival_started_at,
    arrivalUpdatedAt: row.arrival_updated_at,
    sessionTimeSeconds: row.acctsessiontime ?? undefined,
    inputOctets: row.acctinputoctets ?? 0,
    outputOctets: row.acctoutputoctets ?? 0,
    unmeteredOctets: row.unmeteredoctets,
    inputPackets: row.input_packets,
    outputPackets: row.output_packets,
    isReversed: row.octets_reversed !== 0,
    octetUnit: row.octet_unit,
    ...runFlagsOf(row.run_flags),
    intervalSeconds: row.acctinterval ?? undefined,
    limitsTold: row.limits_told ?? undefined,
    address: {
      framedIpAddress: row.framedipaddress || undefined,
      framedIpv6Address: row.framedipv6address || undefined,
      framedIpv6Prefix: row.framedipv6prefix || undefined,
      framedInterfaceId: row.framedinterfaceid || undefined,
      delegatedIpv6Prefix: row.delegatedipv6prefix || undefined,
    },
    connectInfoStop: row.connectinfo_stop ?? '',
    hasNewDetails: false,
    origin: undefined,
  };
}

const KEY: Column<Run> = { name: 'radacctid', kind: 'number', value: (run) => run.radacctId };

/** What any record may change. */
const PROGRESS: readonly Column<Run>[] = [
  { name: 'user_id', kind: 'number', value: (run) => run.userId },
  { name: 'username', kind: 'text', value: (run) => displayText(run.userName, 64) },
  { name: 'user_name_raw', kind: 'octets', value: (run) => run.userName },
  { name: 'station', kind: 'octets', value: (run) => run.station },
  { name: 'close_kind', kind: 'number', value: (run) => closeKindCode(run.closeKind) },
  { name: 'stopped_at', kind: 'number', value: (run) => run.closedAt },
  { name: 'acctstoptime', kind: 'session-time', value: displayedStop },
  { name: 'acctterminatecause', kind: 'text', value: (run) => cutText(run.terminateCause, 32) },
  { name: 'updated_at', kind: 'number', value: (run) => run.updatedAt },
  { name: 'acctupdatetime', kind: 'session-time', value: (run) => run.updatedAt },
  { name: 'nas_updated_at', kind: 'number', value: (run) => run.nasUpdatedAt },
  { name: 'arrival_updated_at', kind: 'number', value: (run) => run.arrivalUpdatedAt },
  { name: 'acctsessiontime', kind: 'number', value: (run) => run.sessionTimeSeconds },
  { name: 'acctinputoctets', kind: 'number', value: (run) => run.inputOctets },
  { name: 'acctoutputoctets', kind: 'number', value: (run) => run.outputOctets },
  { name: 'unmeteredoctets', kind: 'number', value: (run) => run.unmeteredOctets },
  { name: 'input_packets', kind: 'number', value: (run) => run.inputPackets },
  { name: 'output_packets', kind: 'number', value: (run) => run.outputPackets },
  { name: 'run_flags', kind: 'number', value: runFlagsCode },
  { name: 'acctinterval', kind: 'number', value: (run) => run.intervalSeconds },
];

/** What few records bring. */
const DETAILS: readonly Column<Run>[] = [
  { name: 'framedipaddress', kind: 'text', value: (run) => run.address.framedIpAddress ?? '' },
  { name: 'framedipv6address', kind: 'text', value: (run) => run.address.framedIpv6Address ?? '' },
  { name: 'framedipv6prefix', kind: 'text', value: (run) => run.address.framedIpv6Prefix ?? '' },
  { name: 'framedinterfaceid', kind: 'text', value: (run) => run.address.framedInterfaceId ?? '' },
  { name: 'delegatedipv6prefix', kind: 'text', value: (run) => run.address.delegatedIpv6Prefix ?? '' },
  { name: 'connectinfo_stop', kind: 'text', value: (run) => cutText(run.connectInfoStop, 128) },
  { name: 'class_token', kind: 'octets', value: (run) => run.classToken },
  { name: 'limits_told', kind: 'number', value: (run) => run.limitsTold },
];

/** What never changes after the first record. */
const ORIGIN: readonly Column<Run>[] = [
  { name: 'runkey', kind: 'octets', value: (run) => run.runKey },
  { name: 'run_number', kind: 'number', value: (run) => run.runNumber },
  { name: 'acctuniqueid', kind: 'text', value: (run) => acctUniqueId(run.runKey, run.runNumber) },
  { name: 'acctsessionid', kind: 'text', value: (run) => displayText(run.origin?.acctSessionId, 64) },
  { name: 'session_id_raw', kind: 'octets', value: (run) => run.origin?.acctSessionId },
  { name: 'source_address', kind: 'text', value: (run) => run.sourceAddress },
  {
    name: 'nasipaddress',
    kind: 'text',
    value: (run) => run.origin?.nasIpAddress ?? run.sourceAddress,
  },
  { name: 'nas_identifier', kind: 'octets', value: (run) => run.nasIdentifier },
  { name: 'calledstationid', kind: 'text', value: (run) => displayText(run.calledStationId, 50) },
  { name: 'called_station_raw', kind: 'octets', value: (run) => run.calledStationId },
  { name: 'callingstationid', kind: 'text', value: (run) => displayText(run.station, 50) },
  { name: 'acctstarttime', kind: 'session-time', value: (run) => run.startedAt },
  { name: 'started_at', kind: 'number', value: (run) => run.startedAt },
  { name: 'nas_started_at', kind: 'number', value: (run) => run.nasStartedAt },
  { name: 'arrival_started_at', kind: 'number', value: (run) => run.arrivalStartedAt },
  { name: 'octets_reversed', kind: 'number', value: (run) => Number(run.isReversed) },
  { name: 'octet_unit', kind: 'number', value: (run) => run.octetUnit },
  { name: 'nasportid', kind: 'text', value: (run) => cutText(run.origin?.details.nasPortId ?? '', 32) },
  { name: 'nasporttype', kind: 'text', value: (run) => cutText(run.origin?.details.nasPortType ?? '', 32) },
  {
    name: 'acctauthentic',
    kind: 'text',
    value: (run) => cutText(run.origin?.details.acctAuthentic ?? '', 32),
  },
  { name: 'servicetype', kind: 'text', value: (run) => cutText(run.origin?.details.serviceType ?? '', 32) },
  {
    name: 'framedprotocol',
    kind: 'text',
    value: (run) => cutText(run.origin?.details.framedProtocol ?? '', 32),
  },
  {
    name: 'connectinfo_start',
    kind: 'text',
    value: (run) => displayText(run.origin?.details.connectInfo, 128),
  },
  { name: 'class', kind: 'text', value: (run) => displayText(run.origin?.classes[0], 64) },
];

const INSERTED: readonly Column<Run>[] = [...ORIGIN, ...PROGRESS, ...DETAILS];

/** FreeRADIUS shows a presumed stop at the last sign of life, not at the moment it was noticed. */
function displayedStop(run: Run): number | undefined {
  if (run.closeKind === 'presumed') return run.updatedAt;
  return run.closeKind === 'stopped' ? run.closedAt : undefined;
}
