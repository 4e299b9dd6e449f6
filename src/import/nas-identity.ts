/** What NASes call themselves: `radacct` does not keep it, and a session's next report is found by it. Pure. */
import { isIP } from 'node:net';
import { AppError } from '../errors.ts';
import type { Nas } from '../nas/nas.ts';
import type { Sender } from '../nas/sender.ts';
import { type Octets, octetsFrom } from '../radius/octets.ts';

/** What is known of a NAS's name: undefined = nothing; '' = it gives none. */
export type NasIdentity = (address: string) => Octets | undefined;

/** Returns what tells a NAS's NAS-Identifier by its address: what was said, what its entry is for, or the one name that its packets had. */
export function nasIdentities({
  given,
  nases,
  senders,
}: {
  readonly given: ReadonlyMap<string, Octets>;
  readonly nases: readonly Nas[];
  readonly senders: readonly Sender[];
}): NasIdentity {
  const heard = Map.groupBy(senders, ({ address }) => address);
  return (address) => {
    const said = given.get(address);
    if (said !== undefined) return said;
    const entries = nases.filter(
      ({ prefix, matchIdentifier }) => prefix === address && matchIdentifier !== null,
    );
    if (entries.length === 1) return entries[0]?.matchIdentifier ?? undefined;
    const names = new Set((heard.get(address) ?? []).map(({ nasIdentifier }) => nasIdentifier));
    return names.size === 1 ? [...names][0] : undefined;
  };
}

/** Returns what somebody said NASes call themselves, each `ADDRESS=NAME`; throws AppError `invalid` for anything else. */
export function identifiersOf(said: readonly string[]): Map<string, Octets> {
  return new Map(
    said.map((text) => {
      const at = text.indexOf('=');
      const address = text.slice(0, Math.max(0, at));
      if (isIP(address) === 0) {
        const message = `--nas-identifier: expected ADDRESS=NAME, got ${JSON.stringify(text)}`;
        throw new AppError('invalid', message);
      }
      return [address, octetsFrom(Buffer.from(text.slice(at + 1)))] as const;
    }),
  );
}
