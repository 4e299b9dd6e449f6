/** Where the sessions of a NAS are found, whatever a person calls that NAS: its name, its address, or its NAS-Identifier. */
import type { Database } from '../db/database.ts';
import type { KnownNas } from '../nas/nas.ts';
import { canonicalPrefix } from '../nas/prefix.ts';
import { PrefixTable, parsePrefix } from '../radius/address.ts';
import { octetsFrom } from '../radius/octets.ts';
import { listSources, type SessionPlace } from '../sessions/session-queries.ts';

/** Returns the places that a NAS's name, its address or prefix, or else its NAS-Identifier stands for. */
export async function sessionPlaces(
  db: Database,
  { which, known }: { readonly which: string; readonly known: readonly KnownNas[] },
): Promise<SessionPlace[]> {
  const named = known.filter(({ nas }) => nas.name === which).map(({ nas }) => nas);
  if (named.length === 0) {
    const prefix = canonicalPrefix(which);
    if (prefix === undefined)
      return [{ sourceAddresses: null, nasIdentifier: octetsFrom(Buffer.from(which)) }];
    return [{ sourceAddresses: await sourcesWithin(db, prefix), nasIdentifier: null }];
  }
  return Promise.all(
    named.map(async ({ prefix, matchIdentifier }) => ({
      sourceAddresses: await sourcesWithin(db, prefix),
      nasIdentifier: matchIdentifier,
    })),
  );
}

/** One address needs no look-up; of a prefix, the addresses that sessions have come from. */
async function sourcesWithin(db: Database, prefix: string): Promise<string[]> {
  if (!prefix.includes('/')) return [prefix];
  const parsed = parsePrefix(prefix);
  if (parsed === undefined) return [];
  const table = new PrefixTable<true>();
  table.add(parsed, true);
  return (await listSources(db)).filter((address) => table.find(address));
}
