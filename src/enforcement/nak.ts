/** What a NAK means (RFC 5176 §3.5, Error-Cause). Pure. */

/** `next-set`: it wants other attributes; `more-specific`: several sessions fit; `gone`: none does; `cannot`: it never does such a thing; `later`: not now; `refused`: no. */
export type NakMeaning = 'next-set' | 'more-specific' | 'gone' | 'cannot' | 'later' | 'refused';

const CAUSES: ReadonlyMap<number, readonly [name: string, meaning: NakMeaning]> = new Map([
  [401, ['Unsupported Attribute', 'next-set']],
  [402, ['Missing Attribute', 'next-set']],
  [403, ['NAS Identification Mismatch', 'next-set']],
  [404, ['Invalid Request', 'cannot']],
  [405, ['Unsupported Service', 'cannot']],
  [406, ['Unsupported Extension', 'cannot']],
  [407, ['Invalid Attribute Value', 'next-set']],
  [501, ['Administratively Prohibited', 'refused']],
  [502, ['Request Not Routable (Proxy)', 'refused']],
  [503, ['Session Context Not Found', 'gone']],
  [504, ['Session Context Not Removable', 'refused']],
  [505, ['Other Proxy Processing Error', 'refused']],
  [506, ['Resources Unavailable', 'later']],
  [507, ['Request Initiated', 'refused']],
  [508, ['Multiple Session Selection Unsupported', 'more-specific']],
]);

/** Returns what to make of a NAK with this Error-Cause; of one without, that other attributes may help (strongSwan gives none). */
export function nakMeaning(errorCause: number | undefined): NakMeaning {
  if (errorCause === undefined) return 'next-set';
  return CAUSES.get(errorCause)?.[1] ?? 'refused';
}

/** Returns an Error-Cause for people: its number and name. */
export function errorCauseText(errorCause: number | undefined): string {
  if (errorCause === undefined) return 'no Error-Cause';
  const name = CAUSES.get(errorCause)?.[0];
  return name === undefined ? `Error-Cause ${errorCause}` : `Error-Cause ${errorCause}, ${name}`;
}
