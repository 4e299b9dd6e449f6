/** What people read when they are not let in: Reply-Message (RFC 2865 §5.18), in their language. Pure. */
import type { Language } from '../usage/verdict-texts.ts';

/** RFC 2865 §5: an attribute holds 253 octets. */
const MESSAGE_BYTES_MAX = 253;
/** More is read by nobody, and an answer has 4096 octets. */
const MESSAGES_MAX = 3;

/** Unknown user and wrong password alike: whoever guesses learns nothing of which it was. */
const WRONG_CREDENTIALS: Readonly<Record<Language, string>> = {
  fr: "Nom d'utilisateur ou mot de passe incorrect.",
  en: 'Wrong user name or password.',
};

/** Returns what is said where the credentials are not those of a user. */
export function wrongCredentialsText(language: Language): string {
  return WRONG_CREDENTIALS[language];
}

/** Returns a text as the values of Reply-Messages, displayed one after the other: UTF-8, never cut within a character. */
export function replyMessages(text: string): Buffer[] {
  const messages: Buffer[] = [];
  let rest = Buffer.from(text, 'utf8');
  while (rest.length > 0 && messages.length < MESSAGES_MAX) {
    const end = wholeCharacters(rest);
    messages.push(rest.subarray(0, end));
    rest = rest.subarray(end);
  }
  return messages;
}

/** RFC 3629 §3: octets that go on with a character begin with the bits 10. */
function wholeCharacters(bytes: Buffer): number {
  if (bytes.length <= MESSAGE_BYTES_MAX) return bytes.length;
  let end = MESSAGE_BYTES_MAX;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}
