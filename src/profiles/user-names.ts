/** From the User-Name on the wire to the username it may be. Pure. */
import { isUtf8 } from 'node:buffer';
import { type Octets, octetsToBytes } from '../radius/octets.ts';

/** How names on the wire differ from usernames here. */
export interface NameRules {
  /** `john@campus.example` and `campus\john` are `john`. */
  readonly stripsRealm: boolean;
  readonly lowersCase: boolean;
}

const USERNAME_LENGTH_MAX = 150;

/** Returns the username that raw octets mean, compared exactly from here on; undefined when no username can look like that. */
export function usernameFor(name: Octets, rules: NameRules): string | undefined {
  const bytes = octetsToBytes(name);
  if (bytes.length === 0 || !isUtf8(bytes)) return undefined;
  let text = bytes.toString('utf8');
  if (rules.stripsRealm) text = withoutRealm(text);
  if (rules.lowersCase) text = text.toLowerCase();
  return text.length === 0 || text.length > USERNAME_LENGTH_MAX || text.includes('\0') ? undefined : text;
}

/** RFC 7542 §2.2: the realm follows the last "@"; Windows puts the domain before a backslash. */
function withoutRealm(name: string): string {
  const at = name.lastIndexOf('@');
  const user = at > 0 ? name.slice(0, at) : name;
  return user.slice(user.indexOf('\\') + 1);
}

/** Returns whether a database may take two usernames for one: case, accents and trailing spaces are nothing to some collations. */
export function looksLike(a: string, b: string): boolean {
  return folded(a) === folded(b);
}

function folded(username: string): string {
  return username.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trimEnd();
}
