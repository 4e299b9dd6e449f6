/** Secrets at rest: what opens them, and what does not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEAL_BYTES, SecretBox, type SecretOwner, secretBoxOf } from '../../src/sign-in/secret-box.ts';

const KEY = Buffer.alloc(32, 1);
const JOHN: SecretOwner = { userId: 1, passwordHash: 'scrypt$1', purpose: 'password' };
const box = new SecretBox(KEY);

describe('a sealed secret', () => {
  it('comes back whole, whatever it is', () => {
    const secret = fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets));
    fc.assert(
      fc.property(secret, (octets) => {
        const sealed = box.seal(octets, JOHN);
        expect(sealed).toHaveLength(octets.length + SEAL_BYTES);
        expect(new SecretBox(KEY).open(sealed, JOHN)).toEqual({ ok: true, secret: octets });
      }),
    );
  });

  it('is another one each time, and says neither secret nor key', () => {
    const [one, other] = [
      box.seal(Buffer.from('correct horse'), JOHN),
      box.seal(Buffer.from('correct horse'), JOHN),
    ];
    expect(one.equals(other)).toBe(false);
    expect(one.includes('horse')).toBe(false);
    expect(one.includes(KEY.subarray(0, 4))).toBe(false);
  });

  it.each([
    ['another user', { ...JOHN, userId: 2 }],
    ['another password', { ...JOHN, passwordHash: 'scrypt$2' }],
    ['another use', { ...JOHN, purpose: 'nt-hash' } as const],
  ])('does not open for %s', (_, owner) => {
    expect(box.open(box.seal(Buffer.from('x'), JOHN), owner)).toEqual({ ok: false, lack: 'outdated' });
  });

  it('says that another key sealed it', () => {
    const sealed = box.seal(Buffer.from('x'), JOHN);
    expect(new SecretBox(Buffer.alloc(32, 2)).open(sealed, JOHN)).toEqual({ ok: false, lack: 'other-key' });
  });

  it('does not open once any octet of it is another', () => {
    const sealed = box.seal(Buffer.from('correct horse'), JOHN);
    for (let at = 0; at < sealed.length; at++) {
      const spoilt = Buffer.from(sealed);
      spoilt[at] = (spoilt[at] ?? 0) ^ 1;
      expect(box.open(spoilt, JOHN).ok).toBe(false);
    }
  });

  it.each([0, 1, SEAL_BYTES - 1])('of %i octets is none', (length) => {
    expect(box.open(Buffer.alloc(length, 1), JOHN)).toEqual({ ok: false, lack: 'unreadable' });
  });
});

it('has no box without a key', () => {
  expect(secretBoxOf(null)).toBeUndefined();
  expect(secretBoxOf('01'.repeat(32))?.open(box.seal(Buffer.from('x'), JOHN), JOHN).ok).toBe(true);
});

it.each([0, 16, 31, 33])('takes no key of %i octets', (length) => {
  expect(() => new SecretBox(Buffer.alloc(length))).toThrow(RangeError);
});
