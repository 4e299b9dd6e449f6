/** NASes as the configuration describes them, made into the same Nas as a row's. */
import { AppError } from '../errors.ts';
import { octetsFrom } from '../radius/octets.ts';
import { KINDS, NAS_DEFAULTS, type Nas, type NasDirection } from './nas.ts';
import { canonicalPrefix } from './prefix.ts';

/** One configured NAS, without its secrets. */
export interface ConfiguredNas {
  readonly name: string;
  readonly address: string;
  readonly kind: string;
  readonly coaPort: number | null;
  readonly requireMessageAuthenticator: boolean;
  readonly direction: NasDirection;
  readonly octetUnit: number;
  readonly maxRateKbps: number;
  readonly matchIdentifier: string | null;
  readonly intervalFloorSeconds: number;
  /** Null: as it turns out. */
  readonly sendsGigawords: boolean | null;
}

/** The secrets of the NAS of that name, the current one first. */
export interface ConfiguredSecrets {
  readonly name: string;
  readonly secrets: readonly string[];
}

/** Returns the configured NASes with their secrets; throws AppError `invalid` for an address that is none, a NAS without secret, or an unknown kind. */
export function configuredNases(
  nases: readonly ConfiguredNas[],
  secrets: readonly ConfiguredSecrets[],
): readonly Nas[] {
  return nases.map(({ address, ...nas }) => {
    const prefix = canonicalPrefix(address);
    const kind = KINDS.find((known) => known === nas.kind);
    const own = secrets.find(({ name }) => name === nas.name)?.secrets ?? [];
    if (prefix === undefined) throw refusal(nas.name, `"${address}" is no address or prefix`);
    if (kind === undefined)
      throw refusal(nas.name, `kind "${nas.kind}" is unknown; known are ${KINDS.join(', ')}`);
    if (own.length === 0) throw refusal(nas.name, 'it has no secret');
    return {
      ...NAS_DEFAULTS,
      ...nas,
      id: null,
      prefix,
      kind,
      secrets: own.map((secret) => Buffer.from(secret)),
      matchIdentifier: nas.matchIdentifier === null ? null : octetsFrom(Buffer.from(nas.matchIdentifier)),
    };
  });
}

function refusal(name: string, reason: string): AppError {
  return new AppError('invalid', `NAS ${name}: ${reason}`);
}
