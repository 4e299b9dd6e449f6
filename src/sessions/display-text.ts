/** Raw octets as the standard text columns of `radacct` show them. */
import { type Octets, octetsToDisplay } from '../radius/octets.ts';

/** Returns octets as display text, cut to a column's length in characters; empty where there are none. */
export function displayText(octets: Octets | undefined, lengthMax = 253): string {
  return octets === undefined ? '' : cutText(octetsToDisplay(octets), lengthMax);
}

/** Returns text cut to a column's length in characters, never between the halves of one. */
export function cutText(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : [...text].slice(0, lengthMax).join('');
}
