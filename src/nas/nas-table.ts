/** Finding a NAS by the address its packets come from. */
import { PrefixTable, parsePrefix, unmapIpv4 } from '../radius/address.ts';
import type { Octets } from '../radius/octets.ts';
import type { KnownNas, Nas } from './nas.ts';

/** Those that share a prefix, told apart by NAS-Identifier. */
type SharedPrefix = readonly Nas[];

/** A fixed set of NASes by prefix. */
export class NasTable {
  readonly #prefixes = new PrefixTable<SharedPrefix>();

  constructor(known: readonly KnownNas[]) {
    for (const [text, shared] of Map.groupBy(known, ({ nas }) => nas.prefix)) {
      const prefix = parsePrefix(text);
      const nases = shared.map(({ nas }) => nas);
      if (prefix !== undefined) this.#prefixes.add(prefix, nases);
    }
  }

  /** Returns the NAS a packet from this address is from: the longest prefix, in it the one with this NAS-Identifier, else the one without; undefined for an unknown source. */
  find(address: string, nasIdentifier?: Octets): Nas | undefined {
    const nases = this.#prefixes.find(unmapIpv4(address));
    if (nases === undefined) return undefined;
    return (
      nases.find((nas) => nas.matchIdentifier !== null && nas.matchIdentifier === nasIdentifier) ??
      nases.find((nas) => nas.matchIdentifier === null)
    );
  }

  /** Whether packets from this address come from a NAS, whatever it calls itself. */
  holds(address: string): boolean {
    return this.#prefixes.find(unmapIpv4(address)) !== undefined;
  }
}
