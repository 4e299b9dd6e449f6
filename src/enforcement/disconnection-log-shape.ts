/** The JSON of an entry of the disconnection log (contract §12), as clients of the replaced system know it. Pure. */
import { gib, jsonInstant } from '../profiles/json-values.ts';
import type { DisconnectionListing } from './disconnection-log-queries.ts';

/** Returns an entry's JSON; `reconnected_by_username` is absent, not null, where nobody of ours did it (contract §5). */
export function disconnectionShape(entry: DisconnectionListing) {
  return {
    id: entry.id,
    user: entry.userId,
    user_username: entry.username,
    user_full_name: entry.fullName,
    reason: entry.reason,
    reason_display: REASONS[entry.reason] ?? entry.reason,
    description: entry.description,
    disconnected_at: jsonInstant(entry.disconnectedAt),
    reconnected_at: entry.reconnectedAt === null ? null : jsonInstant(entry.reconnectedAt),
    is_active: entry.isActive,
    reconnected_by: entry.reconnectedById,
    ...(entry.reconnectedByUsername === null ? {} : { reconnected_by_username: entry.reconnectedByUsername }),
    quota_used: entry.quotaUsed,
    quota_limit: entry.quotaLimit,
    quota_used_gb: gib(entry.quotaUsed),
    quota_limit_gb: gib(entry.quotaLimit),
    session_duration: entry.sessionDurationSeconds,
    duration_formatted: durationText(entry.sessionDurationSeconds),
  };
}

/** What clients show; a reason of ours that they have no words for is shown by its name. */
const REASONS: Readonly<Record<string, string>> = {
  quota_exceeded: 'Quota de données dépassé',
  session_expired: 'Session expirée',
  daily_limit: 'Limite journalière atteinte',
  weekly_limit: 'Limite hebdomadaire atteinte',
  monthly_limit: 'Limite mensuelle atteinte',
  idle_timeout: "Délai d'inactivité dépassé",
  validity_expired: 'Durée de validité expirée',
  manual: 'Désactivation manuelle par admin',
};

/** `1h05m`; null where no session was cut. */
function durationText(seconds: number | null): string | null {
  if (seconds === null) return null;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m`;
}
