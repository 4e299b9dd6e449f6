/** The attributes of a request as rlm_rest posts them: `{"User-Name":{"type":"string","value":["john"]}}`. Pure. */
import type { Octets } from '../radius/octets.ts';

/** One attribute; `values` are in the order of the packet, text with one character for each octet. */
export interface RestAttribute {
  readonly name: string;
  /** FreeRADIUS's word for how values are written: `string`, `octets`, `integer`, `date`, `ipaddr`, … */
  readonly type: string;
  readonly values: readonly (string | number)[];
}

/** Returns the attributes of a parsed body in their order; of anything that is none, nothing. Any value whatever gives a value. */
export function restAttributes(body: unknown): RestAttribute[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  return Object.entries(body).flatMap(([name, given]: [string, unknown]) => {
    if (typeof given !== 'object' || given === null) return [];
    const type: unknown = 'type' in given ? given.type : undefined;
    const value: unknown = 'value' in given ? given.value : undefined;
    const values = [value].flat().filter((one) => typeof one === 'string' || typeof one === 'number');
    return typeof type !== 'string' || values.length === 0 ? [] : [{ name, type, values }];
  });
}

/** Returns the first value of an attribute as text; undefined where there is none. */
export function firstText(attributes: readonly RestAttribute[], name: string): string | undefined {
  const value = attributes.find((one) => one.name === name)?.values[0];
  return value === undefined ? undefined : String(value);
}

/** FreeRADIUS escapes each octet beyond ASCII by itself; another sender may not, and means UTF-8. */
export function octetsOf(text: string): Octets {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: octets, not characters.
  return /^[\x00-\xff]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/**
 * Returns where a request came from, as radmeter calls its NAS: rlm_rest does not say, so the documented configuration
 * adds Packet-Src-IP-Address; without it the NAS's own word counts. Undefined where there is neither.
 */
export function sourceOf(attributes: readonly RestAttribute[]): string | undefined {
  const found = SOURCES.map((name) => firstText(attributes, name)).find((address) => address !== undefined);
  return found?.toLowerCase();
}

const SOURCES = [
  'Packet-Src-IP-Address',
  'Packet-Src-IPv6-Address',
  'NAS-IP-Address',
  'NAS-IPv6-Address',
] as const;
