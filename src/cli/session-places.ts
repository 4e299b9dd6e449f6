/** Where the sessions of the NAS are found that a command's flag names. */
import type { Database } from '../db/database.ts';
import type { KnownNas } from '../nas/nas.ts';
import { placesOfNas } from '../nas/nas-places.ts';
import { listSources, type SessionPlace } from '../sessions/session-queries.ts';

/** Returns the places that a NAS's name, its address or prefix, or else its NAS-Identifier stands for. */
export function sessionPlaces(
  db: Database,
  { which, known }: { readonly which: string; readonly known: readonly KnownNas[] },
): Promise<SessionPlace[]> {
  return placesOfNas({ which, known, listSources: () => listSources(db) });
}
