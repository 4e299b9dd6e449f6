/** Writing down who changed what, in the transaction of the change. */
import type { BatchTransaction, Column } from '../db/batch.ts';
import type { Transaction } from '../db/database.ts';
import type { Actor } from './actor.ts';

/** What kinds of things people change. */
export type AuditedObject =
  | 'alert'
  | 'disconnection_log'
  | 'history'
  | 'import'
  | 'intent'
  | 'message'
  | 'nas'
  | 'profile'
  | 'promotion'
  | 'session'
  | 'set_aside'
  | 'timezone'
  | 'token'
  | 'usage'
  | 'user';

/** One change by a person or a token. */
export interface AuditEntry {
  /** What was done: `create`, `update`, `delete`, or the name of an action such as `reset_daily`. */
  readonly action: string;
  readonly objectType: AuditedObject;
  /** Null where it concerns no single row. */
  readonly objectId: number | string | null;
  /** The fields concerned as they were and as they are, as JSON; undefined where there was, or is, nothing. Never a secret. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Returns the object of an entry about several rows: the row's id where it is one, else null; `before` and `after` name them all. */
export function onlyOne(ids: readonly number[]): number | null {
  return ids.length === 1 ? (ids[0] ?? null) : null;
}

/** Writes one entry of `audit_log`; it is there if and only if the change is. */
export async function recordAudit({ trx, now }: Transaction, actor: Actor, entry: AuditEntry): Promise<void> {
  const item = { at: now, actor, entry };
  const columns = COLUMNS.map(({ name, value }) => [name, value(item) ?? null]);
  await trx('audit_log').insert(Object.fromEntries(columns));
}

/** The same in a batch: written with its next flush. */
export function addAudit(batch: BatchTransaction, actor: Actor, entry: AuditEntry): void {
  batch.insert('audit_log', COLUMNS, [{ at: batch.now, actor, entry }]);
}

interface Written {
  readonly at: number;
  readonly actor: Actor;
  readonly entry: AuditEntry;
}

/** An IPv6 address with the name of an interface behind it can be longer than its column. */
const ADDRESS_LENGTH_MAX = 45;

const COLUMNS: readonly Column<Written>[] = [
  { name: 'at', kind: 'number', value: ({ at }) => at },
  { name: 'actor', kind: 'text', value: ({ actor }) => actor.name },
  { name: 'actor_address', kind: 'text', value: ({ actor }) => actor.address?.slice(0, ADDRESS_LENGTH_MAX) },
  { name: 'action', kind: 'text', value: ({ entry }) => entry.action },
  { name: 'object_type', kind: 'text', value: ({ entry }) => entry.objectType },
  {
    name: 'object_id',
    kind: 'text',
    value: ({ entry }) => (entry.objectId === null ? undefined : String(entry.objectId)),
  },
  { name: 'before_json', kind: 'text', value: ({ entry }) => json(entry.before) },
  { name: 'after_json', kind: 'text', value: ({ entry }) => json(entry.after) },
];

function json(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
