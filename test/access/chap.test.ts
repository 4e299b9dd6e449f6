/** CHAP-Password: RFC 2865 §7.2 by hand. */
import { expect, it } from 'vitest';
import { isRightChapResponse, parseChapPassword } from '../../src/access/chap.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const VALUE = hex('16 e9 75 57 c3 16 18 58 95 f2 93 ff 63 44 07 72 75');
const AUTHENTICATOR = hex('2a ee 86 f0 8d 0d 55 96 9c a5 97 8e 0d 33 67 a2');

it('takes the response of RFC 2865 §7.2 for "arctangent" and no other password', () => {
  const parts = parseChapPassword(VALUE, AUTHENTICATOR);
  expect(parts?.identifier).toBe(0x16);
  const isRight = (password: string) => parts && isRightChapResponse(parts, Buffer.from(password));
  expect(isRight('arctangent')).toBe(true);
  expect(['', 'arctangen', 'Arctangent', 'arctangent\0'].map(isRight)).toEqual([false, false, false, false]);
});

it('takes it under no other identifier or challenge', () => {
  const other = parseChapPassword(Buffer.concat([Buffer.of(0x17), VALUE.subarray(1)]), AUTHENTICATOR);
  const elsewhere = parseChapPassword(VALUE, Buffer.alloc(16));
  for (const parts of [other, elsewhere]) {
    expect(parts && isRightChapResponse(parts, Buffer.from('arctangent'))).toBe(false);
  }
});

it.each([0, 1, 16, 18, 253])('is none with %i octets', (length) => {
  expect(parseChapPassword(Buffer.alloc(length), AUTHENTICATOR)).toBeUndefined();
});
