/** The setting of the key that stored secrets are encrypted under. */
import { type Parse, refuse } from './values.ts';

const KEY_BYTES = 32;

/** Reads `radius-secrets-key`, 32 octets as 64 hex digits or as base64, and returns it in hex; null for none. Never says what came. */
export const secretsKey: Parse<string | null> = (raw, report) => {
  if (raw === 'none' || raw === '' || raw === null) return null;
  const text = typeof raw === 'string' ? raw.trim() : '';
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  const bytes = Buffer.from(text, 'base64');
  const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(text) && bytes.length === KEY_BYTES;
  if (isBase64) return bytes.toString('hex');
  return refuse(
    report,
    'expected 32 random octets as 64 hex digits or 44 characters of base64 (openssl rand -hex 32)',
  );
};
