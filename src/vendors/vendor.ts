/** What one kind of NAS understands: its words for limits, and how it is told which session is meant. */
import type { LimitAbilities, Limits } from '../profiles/limits.ts';
import type { AttributeValue } from '../radius/attribute-value.ts';
import type { Octets } from '../radius/octets.ts';

/** An attribute by its name in the dictionaries, and its value. */
export type NamedAttribute = readonly [name: string, value: AttributeValue];

/** Everything that may identify a session to its NAS (RFC 5176 §3), as the NAS said it; undefined = it never did. */
export interface SessionIdentity {
  readonly userName: Octets | undefined;
  readonly acctSessionId: Octets;
  /** A MAC address as RFC 3580 §3.21 writes it, upper case with hyphens; else as it came. */
  readonly callingStationId: Octets | undefined;
  readonly calledStationId: Octets | undefined;
  readonly nasIdentifier: Octets | undefined;
  readonly nasIpAddress: string | undefined;
  readonly nasPortId: string | undefined;
  readonly framedIpAddress: string | undefined;
}

/** One kind of NAS. */
export interface Vendor extends LimitAbilities {
  /** Where it takes Disconnect- and CoA-Requests unless its entry says otherwise. */
  readonly coaPort: number;
  /** Whether it can be told new limits in mid-session (RFC 5176 §2.2). */
  readonly canChange: boolean;
  /** Whether a bandwidth of ours means anything to it. */
  readonly hasBandwidth: boolean;
  /** Returns the attributes that say these limits, in an Access-Accept and in a CoA-Request alike. */
  readonly limitAttributes: (limits: Limits) => readonly NamedAttribute[];
  /** Returns what identifies a session, the first choice first: where the NAS refuses one set it is asked with the next (RFC 5176 §3.5). Empty where it gave nothing to go by. */
  readonly identify: (session: SessionIdentity) => readonly (readonly NamedAttribute[])[];
}
