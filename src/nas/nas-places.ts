/** Where the sessions of a NAS are found, whatever a person calls that NAS: its name, its address or prefix, or its NAS-Identifier. */
import { PrefixTable, parsePrefix } from '../radius/address.ts';
import { type Octets, octetsFrom } from '../radius/octets.ts';
import type { KnownNas } from './nas.ts';
import { canonicalPrefix } from './prefix.ts';

/** Sessions from one of these addresses, of a NAS that calls itself so; null = any. */
export interface NasPlace {
  readonly sourceAddresses: readonly string[] | null;
  readonly nasIdentifier: Octets | null;
}

/** What a person calls a NAS, the NASes there are, and every address that sessions came from. */
export interface NasQuestion {
  readonly which: string;
  readonly known: readonly KnownNas[];
  readonly listSources: () => Promise<readonly string[]>;
}

/** Returns the places that a NAS's name, its address or prefix, or else its NAS-Identifier stands for. */
export async function placesOfNas({ which, known, listSources }: NasQuestion): Promise<NasPlace[]> {
  const named = known.filter(({ nas }) => nas.name === which).map(({ nas }) => nas);
  if (named.length === 0) {
    const prefix = canonicalPrefix(which);
    if (prefix === undefined)
      return [{ sourceAddresses: null, nasIdentifier: octetsFrom(Buffer.from(which)) }];
    return [{ sourceAddresses: await sourcesWithin(prefix, listSources), nasIdentifier: null }];
  }
  return Promise.all(
    named.map(async ({ prefix, matchIdentifier }) => ({
      sourceAddresses: await sourcesWithin(prefix, listSources),
      nasIdentifier: matchIdentifier,
    })),
  );
}

/** One address needs no look-up; of a prefix, the addresses that sessions have come from. */
async function sourcesWithin(prefix: string, listSources: NasQuestion['listSources']): Promise<string[]> {
  if (!prefix.includes('/')) return [prefix];
  const parsed = parsePrefix(prefix);
  if (parsed === undefined) return [];
  const table = new PrefixTable<true>();
  table.add(parsed, true);
  return (await listSources()).filter((address) => table.find(address));
}
