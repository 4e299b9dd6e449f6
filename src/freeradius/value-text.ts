/** Values as FreeRADIUS reads them from text. Pure. */
import type { AttributeValue } from '../radius/dictionary.ts';

/** Returns a value as text: bytes as 0x and hex; in strings a backslash, which begins an escape there, is doubled. */
export function valueText(value: AttributeValue): string {
  if (Buffer.isBuffer(value)) return `0x${value.toString('hex')}`;
  return String(value).replaceAll('\\', '\\\\');
}

/** Returns a value as rlm_sql reads it from a row. It takes what begins and ends with a quote for quoted, and would run what stands between backquotes; so whatever holds one is put between quotes of ours. */
export function rowText(value: AttributeValue): string {
  const text = valueText(value);
  return /["'`]/.test(text) ? `'${text.replaceAll("'", "\\'")}'` : text;
}
