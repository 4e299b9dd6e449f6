/** Authentic requests that are not metered, kept raw with the reason, in `set_aside`. */
import {
  type BatchTransaction,
  type Column,
  columnsNamed,
  type KeyedSelect,
  readOctets,
} from '../db/batch.ts';
import { octetsFrom, octetsToBytes } from '../radius/octets.ts';
import type { ReceivedRequest, Submission } from './submission.ts';

/** Why a request is not metered. */
export interface NotMetered {
  readonly kind: 'set-aside';
  readonly reason: string;
  readonly detail: string;
}

/** A request as it came, and why it is not metered. */
export interface SetAside {
  readonly submission: Omit<Submission, 'decoded'>;
  readonly reason: string;
  readonly detail: string;
}

/** A row, as replaying needs it. */
export interface KeptRequest extends ReceivedRequest {
  readonly id: number;
  readonly reason: string;
  readonly detail: string | null;
  /** Epoch milliseconds; null = still waiting. */
  readonly replayedAt: number | null;
}

/** Writes requests down that are acknowledged but change no session and no usage. */
export function insertSetAside(batch: BatchTransaction, requests: readonly SetAside[]): void {
  batch.insert('set_aside', COLUMNS, requests);
}

/** Reads the rows with these ids, locked until the commit; they are there after the next flush, without those that are gone. */
export function lockSetAside(batch: BatchTransaction, ids: readonly number[]): () => KeptRequest[] {
  const pending = batch.select<KeptRow>(BY_ID, ids);
  return () => pending.rows().map(requestFromRow);
}

/** Says of a locked row that its request has been metered now. */
export function markReplayed(batch: BatchTransaction, id: number): void {
  batch.change('UPDATE set_aside SET replayed_at = ? WHERE id = ?', [
    ['number', batch.now],
    ['number', id],
  ]);
}

/** Replaces the reason of a row whose request stays set aside, but for another reason than before. */
export function changeReason(
  batch: BatchTransaction,
  { id, reason, detail }: Pick<KeptRequest, 'id' | 'reason' | 'detail'>,
): void {
  batch.change('UPDATE set_aside SET reason = ?, detail = ? WHERE id = ? AND replayed_at IS NULL', [
    ['text', reason],
    ['text', detail ?? undefined],
    ['number', id],
  ]);
}

const COLUMNS: readonly Column<SetAside>[] = [
  { name: 'arrived_at', kind: 'number', value: ({ submission }) => submission.arrivedAt },
  { name: 'source_address', kind: 'text', value: ({ submission }) => submission.sourceAddress },
  { name: 'source_port', kind: 'number', value: ({ submission }) => submission.sourcePort },
  { name: 'clock_offset_ms', kind: 'number', value: ({ submission }) => submission.clockOffsetMs },
  { name: 'nas_name', kind: 'text', value: ({ submission }) => submission.nasName },
  { name: 'reason', kind: 'text', value: ({ reason }) => reason },
  { name: 'detail', kind: 'text', value: ({ detail }) => detail },
  { name: 'packet', kind: 'octets', value: ({ submission }) => octetsFrom(submission.bytes) },
];

/** A row as it is selected: octets as hexadecimal text. */
interface KeptRow {
  id: number;
  arrived_at: number;
  source_address: string;
  source_port: number;
  clock_offset_ms: number | null;
  reason: string;
  detail: string | null;
  replayed_at: number | null;
  packet: string;
}

const BY_ID: KeyedSelect = {
  columns: [
    ...columnsNamed(
      'id, arrived_at, source_address, source_port, clock_offset_ms, reason, detail, replayed_at',
    ),
    { name: 'packet', isOctets: true },
  ],
  from: 'FROM set_aside WHERE id',
  kind: 'number',
  orderBy: 'id',
  isLocked: true,
};

function requestFromRow(row: KeptRow): KeptRequest {
  return {
    id: row.id,
    sourceAddress: row.source_address,
    sourcePort: row.source_port,
    arrivedAt: row.arrived_at,
    clockOffsetMs: row.clock_offset_ms ?? undefined,
    bytes: octetsToBytes(readOctets(row.packet) ?? ''),
    reason: row.reason,
    detail: row.detail,
    replayedAt: row.replayed_at,
  };
}
