/** The JSON of a change of profiles (contract §6, History), for the command line and HTTP alike. Pure. */
import type { HistoryListing } from './history-queries.ts';
import { jsonInstant } from './json-values.ts';

/** Returns a change's JSON; names are absent, not null, where there is nothing to name (contract §5), and stay where a profile is gone (contract §0.4). */
export function historyShape(change: HistoryListing) {
  return {
    id: change.id,
    user: change.userId,
    user_username: change.username,
    old_profile: change.oldProfileId,
    ...(change.oldProfileName === null ? {} : { old_profile_name: change.oldProfileName }),
    new_profile: change.newProfileId,
    ...(change.newProfileName === null ? {} : { new_profile_name: change.newProfileName }),
    changed_by: change.changedById,
    ...(change.changedByName === null ? {} : { changed_by_username: change.changedByName }),
    changed_at: jsonInstant(change.changedAt),
    reason: change.reason,
    change_type: change.changeType,
  };
}
