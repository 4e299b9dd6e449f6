/** Writing down who changed what, in the transaction of the change. */
import type { Transaction } from '../db/database.ts';
import type { Actor } from './actor.ts';

/** What kinds of things people change. */
export type AuditedObject =
  | 'alert'
  | 'disconnection_log'
  | 'history'
  | 'intent'
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

/** Writes one entry of `audit_log`; it is there if and only if the change is. */
export async function recordAudit(
  { trx, now }: Transaction,
  actor: Actor,
  { action, objectType, objectId, before, after }: AuditEntry,
): Promise<void> {
  await trx('audit_log').insert({
    at: now,
    actor: actor.name,
    actor_address: actor.address ?? null,
    action,
    object_type: objectType,
    object_id: objectId === null ? null : String(objectId),
    before_json: before === undefined ? null : JSON.stringify(before),
    after_json: after === undefined ? null : JSON.stringify(after),
  });
}
