/** Reading who changed what, the newest first. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { idsInWindow, inOrderOf, type ListWindow, newestFirst } from '../db/list-window.ts';

/** Which entries to read; what is not given does not matter. */
export interface AuditFilter {
  readonly objectType?: string | undefined;
  readonly objectId?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  /** At or after, and before; epoch milliseconds. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** An entry of `audit_log`. */
export interface AuditListing {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly actor: string;
  /** Null for whoever sat at the machine. */
  readonly actorAddress: string | null;
  readonly action: string;
  readonly objectType: string;
  /** Null where it concerns no single row. */
  readonly objectId: string | null;
  /** What was written as JSON; null where there was, or is, nothing. */
  readonly before: unknown;
  readonly after: unknown;
}

/** A filtered list: how long it is, and parts of it. */
export interface AuditList {
  readonly isWhole: boolean;
  count(): Promise<number>;
  rows(window: ListWindow): Promise<AuditListing[]>;
}

/** Returns the entries that fit. */
export function listAudit(reader: Database, filter: AuditFilter): AuditList {
  const found = () => filtered(reader.knex, filter);
  return {
    isWhole: Object.values(filter).every((value) => value === undefined),
    async count() {
      const [row]: { entries: number }[] = await found().count('* as entries');
      return Number(row?.entries ?? 0);
    },
    async rows(window) {
      const ids = await idsInWindow(found().select('id'), newestFirst('at'), window);
      const rows: AuditRow[] = await reader.knex('audit_log').whereIn('id', ids).select('*');
      return inOrderOf(ids, rows).map(listingFromRow);
    },
  };
}

function filtered(knex: Knex, { since, until, ...equal }: AuditFilter): Knex.QueryBuilder {
  const query = knex('audit_log');
  if (equal.objectType !== undefined) query.where('object_type', equal.objectType);
  if (equal.objectId !== undefined) query.where('object_id', equal.objectId);
  if (equal.actor !== undefined) query.where('actor', equal.actor);
  if (equal.action !== undefined) query.where('action', equal.action);
  if (since !== undefined) query.where('at', '>=', since);
  if (until !== undefined) query.where('at', '<', until);
  return query;
}

interface AuditRow {
  readonly id: number;
  readonly at: number;
  readonly actor: string;
  readonly actor_address: string | null;
  readonly action: string;
  readonly object_type: string;
  readonly object_id: string | null;
  readonly before_json: string | null;
  readonly after_json: string | null;
}

function listingFromRow(row: AuditRow): AuditListing {
  return {
    id: row.id,
    at: row.at,
    actor: row.actor,
    actorAddress: row.actor_address,
    action: row.action,
    objectType: row.object_type,
    objectId: row.object_id,
    before: fromJson(row.before_json),
    after: fromJson(row.after_json),
  };
}

/** An entry that somebody damaged is shown as it is: it must not hide those around it. */
function fromJson(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
