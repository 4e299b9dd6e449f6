/** What a dictionary says of one attribute. */

export const VALUE_TYPES = [
  'string',
  'octets',
  'integer',
  'integer64',
  'byte',
  'short',
  'date',
  'ipaddr',
  'ipv6addr',
  'ipv6prefix',
  'ifid',
] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

export interface AttributeDefinition {
  /** The name as dictionaries write it, unique over all vendors. */
  readonly name: string;
  /** Undefined for a standard attribute. */
  readonly vendorId: number | undefined;
  readonly type: number;
  readonly valueType: ValueType;
  /** Whether the value begins with a tag octet (RFC 2868 §3). */
  readonly hasTag: boolean;
  /** Whether the value is encrypted on the wire under the shared secret, or must not be shown for another reason. */
  readonly isEncrypted: boolean;
  readonly isSecret: boolean;
  /** Names of an integer's values. */
  readonly valueNames: ReadonlyMap<number, string>;
  readonly valueNumbers: ReadonlyMap<string, number>;
}
