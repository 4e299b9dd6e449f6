/** The JSON of an entry of the audit log, for the command line and HTTP alike. Pure. */
import { instantJson } from '../clock.ts';
import type { AuditListing } from './audit-queries.ts';

/** Returns an entry's JSON. */
export function auditShape(entry: AuditListing) {
  return {
    id: entry.id,
    at: instantJson(entry.at),
    actor: entry.actor,
    actor_address: entry.actorAddress,
    action: entry.action,
    object_type: entry.objectType,
    object_id: entry.objectId,
    before: entry.before,
    after: entry.after,
  };
}
