/** User-Password: RFC 2865 §7.1 by hand, every length, and back again. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decryptUserPassword } from '../../src/access/pap.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** RFC 2865 §5.2, read anew: the side of the NAS. */
function encrypt(password: Buffer, secret: Buffer, authenticator: Buffer): Buffer {
  const blocks = Math.max(1, Math.ceil(password.length / 16));
  const clear = Buffer.concat([password, Buffer.alloc(16 * blocks - password.length)]);
  const sent: Buffer[] = [];
  for (let block = 0; block < blocks; block++) {
    const before = sent.at(-1) ?? authenticator;
    const pad = createHash('md5').update(secret).update(before).digest();
    sent.push(Buffer.from(pad.map((octet, at) => octet ^ (clear[16 * block + at] ?? 0))));
  }
  return Buffer.concat(sent);
}

describe('a User-Password', () => {
  it('of RFC 2865 §7.1 is "arctangent"', () => {
    const value = hex('0d be 70 8d 93 d4 13 ce 31 96 e4 3f 78 2a 0a ee');
    const requestAuthenticator = hex('0f 40 3f 94 73 97 80 57 bd 83 d5 cb 98 f4 22 7a');
    const secret = Buffer.from('xyzzy5461');
    expect(decryptUserPassword(value, { secret, requestAuthenticator })).toEqual({
      ok: true,
      password: Buffer.from('arctangent'),
    });
  });

  it('gives back every password of up to 128 octets that does not end in NUL', () => {
    const bytes = (minLength: number, maxLength: number) =>
      fc.uint8Array({ minLength, maxLength }).map((octets) => Buffer.from(octets));
    const password = bytes(0, 128).filter((octets) => octets.at(-1) !== 0);
    fc.assert(
      fc.property(password, bytes(1, 40), bytes(16, 16), (octets, secret, requestAuthenticator) => {
        const value = encrypt(octets, secret, requestAuthenticator);
        const found = decryptUserPassword(value, { secret, requestAuthenticator });
        expect(found).toEqual({ ok: true, password: octets });
      }),
    );
  });

  it.each([0, 1, 15, 17, 31, 127, 129, 144, 253])('of %i octets is none', (length) => {
    const keys = { secret: Buffer.from('x'), requestAuthenticator: Buffer.alloc(16) };
    expect(decryptUserPassword(Buffer.alloc(length), keys)).toEqual({ ok: false, reason: 'password-length' });
  });
});
