/** Secrets at rest: encrypted under the key of the configuration, and bound to whom they are of (contract §0.16). Pure but for random nonces. */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** What a sealed secret is bound to: it opens for nothing else. */
export interface SecretOwner {
  readonly userId: number;
  /** The text of the hash of the password they have: with another password, whoever set it, the secret opens no more. */
  readonly passwordHash: string;
  readonly purpose: 'password' | 'nt-hash';
}

/** `other-key`: sealed under another key. `outdated`: not of this owner as they are now, or damaged. `unreadable`: of a form that is not known here. */
export type OpenedSecret =
  | { readonly ok: true; readonly secret: Buffer }
  | { readonly ok: false; readonly lack: 'other-key' | 'outdated' | 'unreadable' };

export const KEY_BYTES = 32;
const VERSION = 1;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;
/** By how much a secret grows. */
export const SEAL_BYTES = HEADER_BYTES + TAG_BYTES;

/** Seals and opens secrets: version, key id, nonce, AES-256-GCM ciphertext, tag. */
export class SecretBox {
  readonly #key: Buffer;
  /** Tells keys apart, and nothing about them. */
  readonly #keyId: Buffer;

  /** Takes the 32 octets of `radius-secrets-key`. */
  constructor(key: Buffer) {
    if (key.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${key.length}`);
    this.#key = derived(key, 'radmeter user secrets: key', KEY_BYTES);
    this.#keyId = derived(key, 'radmeter user secrets: key id', KEY_ID_BYTES);
  }

  /** Returns a secret sealed for its owner: SEAL_BYTES longer, another one each time. */
  seal(secret: Buffer, owner: SecretOwner): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const header = Buffer.concat([Buffer.of(VERSION), this.#keyId, nonce]);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    cipher.setAAD(associated(header, owner));
    return Buffer.concat([header, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  }

  /** Returns a sealed secret in clear, or why it does not open. Any bytes whatever give a value. */
  open(sealed: Buffer, owner: SecretOwner): OpenedSecret {
    if (sealed.length < SEAL_BYTES || sealed[0] !== VERSION) return { ok: false, lack: 'unreadable' };
    const header = sealed.subarray(0, HEADER_BYTES);
    if (!header.subarray(1, 1 + KEY_ID_BYTES).equals(this.#keyId)) return { ok: false, lack: 'other-key' };
    const nonce = header.subarray(1 + KEY_ID_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associated(header, owner));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const secret = decipher.update(sealed.subarray(HEADER_BYTES, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      // GCM's only way to say that the tag does not fit.
      return { ok: false, lack: 'outdated' };
    }
    return { ok: true, secret };
  }
}

/** Returns the box of a key as the configuration keeps it, in hex; undefined where none is set. */
export function secretBoxOf(keyHex: string | null): SecretBox | undefined {
  return keyHex === null ? undefined : new SecretBox(Buffer.from(keyHex, 'hex'));
}

function derived(key: Buffer, use: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', use, bytes));
}

function associated(header: Buffer, { userId, passwordHash, purpose }: SecretOwner): Buffer {
  const owner = JSON.stringify([purpose, userId, passwordHash]);
  return createHash('sha256').update(header).update(owner).digest();
}
