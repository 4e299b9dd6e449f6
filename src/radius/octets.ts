/** Raw octet strings in memory: what a NAS sent, comparable and usable as Map keys, and how it is shown. */

/** Octets as a latin1 string, one character (U+0000 to U+00FF) per octet. Not text: show it with octetsToDisplay. */
export type Octets = string;

/** Returns the octets of bytes from start (default 0) up to end (default its length). */
export function octetsFrom(bytes: Buffer, start = 0, end = bytes.length): Octets {
  return bytes.toString('latin1', start, end);
}

/** Returns the bytes that octetsFrom read. */
export function octetsToBytes(octets: Octets): Buffer {
  return Buffer.from(octets, 'latin1');
}

const ASCII_TEXT = /^[\x20-\x7e]*$/;

// Control characters break lines and terminals and PostgreSQL's text refuses NUL; the bidirectional overrides
// would let a user name display as another one.
const UNFIT_FOR_DISPLAY = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Returns the text when the octets are valid UTF-8 fit for display, else `0x` and lower-case hex. */
export function octetsToDisplay(octets: Octets): string {
  if (ASCII_TEXT.test(octets)) return octets;
  const bytes = octetsToBytes(octets);
  const text = decodeUtf8(bytes);
  return text === undefined || UNFIT_FOR_DISPLAY.test(text) ? `0x${bytes.toString('hex')}` : text;
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    // The decoder's only way to say that the bytes are not UTF-8.
    return undefined;
  }
}
