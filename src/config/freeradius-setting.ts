/** The settings of a FreeRADIUS in front. */
import { type Parse, refuse, secretText } from './values.ts';

/** Whoever has it may have users let in and octets counted, and guesses at the speed of HTTP. */
const SECRET_LENGTH_MIN = 16;

/** Reads `freeradius-secret`: 16 characters at least; null for none. Never says what came. */
export const freeradiusSecret: Parse<string | null> = (raw, report) => {
  if (raw === 'none' || raw === '' || raw === null) return null;
  const secret = secretText(raw, report);
  if (secret === undefined || secret.length >= SECRET_LENGTH_MIN) return secret;
  return refuse(report, `expected ${SECRET_LENGTH_MIN} characters at least (openssl rand -hex 32)`);
};
