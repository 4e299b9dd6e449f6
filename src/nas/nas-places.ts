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
  /** Whether packets may have come under a NAS-Identifier; under any where it is not given. */
  readonly isHeard?: (nasIdentifier: Octets) => Promise<boolean>;
}

/** Returns the places that a NAS's name, its address or prefix, or else its NAS-Identifier stands for; none where no NAS can be meant. */
export async function placesOfNas(question: NasQuestion): Promise<NasPlace[]> {
  const { which, known, listSources } = question;
  const named = known.filter(({ nas }) => nas.name === which).map(({ nas }) => nas);
  if (named.length === 0) {
    const prefix = canonicalPrefix(which);
    if (prefix === undefined) return placesCalled(octetsFrom(Buffer.from(which)), question);
    return [{ sourceAddresses: await sourcesWithin(prefix, listSources), nasIdentifier: null }];
  }
  return Promise.all(
    named.map(async ({ prefix, matchIdentifier }) => ({
      sourceAddresses: await sourcesWithin(prefix, listSources),
      nasIdentifier: matchIdentifier,
    })),
  );
}

/** An entry may be for a name whose sender has not been written down yet. */
async function placesCalled(
  nasIdentifier: Octets,
  { known, isHeard = async () => true }: NasQuestion,
): Promise<NasPlace[]> {
  const isMatched = known.some(({ nas }) => nas.matchIdentifier === nasIdentifier);
  return isMatched || (await isHeard(nasIdentifier)) ? [{ sourceAddresses: null, nasIdentifier }] : [];
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
