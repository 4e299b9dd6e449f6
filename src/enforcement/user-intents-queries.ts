/** Reading what was decided last about one user's sessions. */
import type { Database } from '../db/database.ts';
import { listSessions } from '../sessions/session-queries.ts';
import { type IntentListing, latestIntentsOf } from './intent-queries.ts';

/** Intents are found by their session; older sessions' tell nothing of now. */
const SESSIONS_MAX = 20;
const INTENTS_MAX = 5;

/** Returns the newest decisions about a user's newest sessions, INTENTS_MAX at most. */
export async function latestIntentsOfUser(db: Database, userId: number): Promise<IntentListing[]> {
  const sessions = await listSessions(db, { userId, limit: SESSIONS_MAX });
  return latestIntentsOf(
    db,
    sessions.map(({ id }) => id),
    INTENTS_MAX,
  );
}
