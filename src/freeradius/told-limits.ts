/** Limits in the words of a kind of NAS, as far as a FreeRADIUS 3.2 knows those words. Pure. */
import type { Limits } from '../profiles/limits.ts';
import type { NamedAttribute, Vendor } from '../vendors/vendor.ts';

/** In its vendors' dictionaries and ours, but not in those of FreeRADIUS 3.2, which refuses a whole answer of SQL for one name it does not know. */
const UNKNOWN: ReadonlySet<string> = new Set(['ChilliSpot-Max-Total-Gigawords']);

const WORD_MAX = 2 ** 32 - 1;

/** Returns the attributes that say limits through a FreeRADIUS. A volume whose high word it has no name for is said as far as one word goes: too early an end is made good by the next login, too late a one by nobody. */
export function toldLimits(vendor: Pick<Vendor, 'limitAttributes'>, limits: Limits): NamedAttribute[] {
  const all = vendor.limitAttributes(limits);
  if (!all.some(([name]) => UNKNOWN.has(name))) return [...all];
  const volumeOctets = limits.volumeOctets === null ? null : Math.min(limits.volumeOctets, WORD_MAX);
  return vendor.limitAttributes({ ...limits, volumeOctets }).filter(([name]) => !UNKNOWN.has(name));
}
