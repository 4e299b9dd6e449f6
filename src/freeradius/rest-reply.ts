/** Answers as rlm_rest reads them: `{"reply:Session-Timeout":{"value":["3600"],"op":":=","do_xlat":false}}`. Pure. */
import type { AttributeValue } from '../radius/dictionary.ts';
import { valueText } from './value-text.ts';

/** One attribute for a list of FreeRADIUS's; several of a name become several values. */
export interface RestPair {
  /** `reply` goes to the NAS, `control` says what to do. */
  readonly list: 'reply' | 'control';
  readonly name: string;
  readonly value: AttributeValue;
}

interface RestReplyValue {
  readonly value: string[];
  readonly op: ':=' | '+=';
  /** Without this FreeRADIUS would expand what it finds in a password. */
  readonly do_xlat: false;
}

/** The body of an answer, by list and name. */
export type RestReply = Readonly<Record<string, RestReplyValue>>;

/** Returns the body that says these attributes. */
export function restReply(pairs: readonly RestPair[]): RestReply {
  const values = new Map<string, string[]>();
  for (const { list, name, value } of pairs) {
    const key = `${list}:${name}`;
    values.set(key, [...(values.get(key) ?? []), valueText(value)]);
  }
  return Object.fromEntries(
    [...values].map(([key, value]) => [key, { value, op: value.length > 1 ? '+=' : ':=', do_xlat: false }]),
  );
}
