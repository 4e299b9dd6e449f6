/** Authentic requests that are not metered, kept raw with the reason, in `set_aside`. */
import type { BatchTransaction, Column } from '../db/batch.ts';
import { octetsFrom } from '../radius/octets.ts';
import type { Submission } from './submission.ts';

/** A request as it came, and why it is not metered. */
export interface SetAside {
  readonly submission: Omit<Submission, 'decoded'>;
  readonly reason: string;
  readonly detail: string;
}

/** Writes requests down that are acknowledged but change no session and no usage. */
export function insertSetAside(batch: BatchTransaction, requests: readonly SetAside[]): void {
  batch.insert('set_aside', COLUMNS, requests);
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
