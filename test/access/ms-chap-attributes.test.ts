/** What MS-CHAPv2 puts into an answer, taken apart as a NAS does (RFC 2548). */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FailureCode,
  msChap2ErrorAttribute,
  msChap2SuccessAttributes,
} from '../../src/access/ms-chap-attributes.ts';
import { saltedValue } from '../../src/access/salted-value.ts';
import { ntHash } from '../../src/sign-in/nt-hash.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const KEYS = { secret: Buffer.from('testing123'), requestAuthenticator: Buffer.alloc(16, 0x5a) };

/** RFC 2548 §2.4.2, read anew: the side of the NAS. */
function unsalt(value: Buffer, { secret, requestAuthenticator }: typeof KEYS): Buffer {
  const clear: Buffer[] = [];
  let before: Buffer = Buffer.concat([requestAuthenticator, value.subarray(0, 2)]);
  for (let at = 2; at < value.length; at += 16) {
    const pad = createHash('md5').update(secret).update(before).digest();
    before = value.subarray(at, at + 16);
    clear.push(Buffer.from(pad.map((octet, index) => octet ^ (before[index] ?? 0))));
  }
  const all = Buffer.concat(clear);
  return all.subarray(1, 1 + (all[0] ?? 0));
}

describe('a salted value', () => {
  it('comes back whole, whatever it is', () => {
    const value = fc.uint8Array({ maxLength: 200 }).map((octets) => Buffer.from(octets));
    fc.assert(
      fc.property(value, (octets) => {
        const sealed = saltedValue(octets, Buffer.of(0x80, 1), KEYS);
        expect((sealed.length - 2) % 16).toBe(0);
        expect(unsalt(sealed, KEYS)).toEqual(octets);
      }),
    );
  });
});

describe('an Accept', () => {
  const exchange = {
    userName: Buffer.from('User'),
    authenticatorChallenge: hex('5B 5D 7C 7D 7B 3F 2F 3E 3C 2C 60 21 32 26 26 28'),
    peerChallenge: hex('21 40 23 24 25 5E 26 2A 28 29 5F 2B 3A 33 7C 7E'),
  };
  const ntResponse = hex('82 30 9E CD 8D 70 8B 5E A0 8F AA 39 81 CD 83 54 42 33 11 4A 3D 85 D6 DF');
  const attributes = (salt: number) =>
    msChap2SuccessAttributes({
      sent: { ...exchange, identifier: 9, ntResponse },
      ...{ exchange, ntHash: ntHash('clientPass'), keys: KEYS, salt },
    });

  it('carries the proof, both keys, and that 128 bits may be used', () => {
    const [success, receive, send, policy, types] = attributes(0x7fff);
    expect(success?.toString('latin1')).toBe(
      '\x1a\x33\0\0\x01\x37\x1a\x2d\x09S=407A5589115FD0D6209F510FE9C04566932CDA56',
    );
    // Type, Length, Microsoft, Vendor-Type, Vendor-Length.
    expect(receive?.subarray(0, 8)).toEqual(hex('1a 2a 00 00 01 37 11 24'));
    expect(send?.subarray(0, 8)).toEqual(hex('1a 2a 00 00 01 37 10 24'));
    expect(unsalt(receive?.subarray(8) ?? hex(''), KEYS)).toEqual(
      hex('D5 F0 E9 52 1E 3E A9 58 96 45 E8 60 51 C8 22 26'),
    );
    expect(unsalt(send?.subarray(8) ?? hex(''), KEYS)).toEqual(
      hex('8B 7C DC 14 9B 99 3A 1B A1 18 CB 15 3F 56 DC CB'),
    );
    expect(policy).toEqual(hex('1a 0c 00 00 01 37 07 06 00 00 00 01'));
    expect(types).toEqual(hex('1a 0c 00 00 01 37 08 06 00 00 00 04'));
  });

  it.each([0, 1, 0x7fff])('salts its keys differently, the first bit set (from %i)', (salt) => {
    const [, receive, send] = attributes(salt);
    const salts = [receive, send].map((each) => each?.readUInt16BE(8) ?? 0);
    expect(salts.every((each) => each >= 0x8000)).toBe(true);
    expect(new Set(salts).size).toBe(2);
  });
});

describe('a Reject', () => {
  it('says which exchange failed, and why', () => {
    const challenge = Buffer.alloc(16, 1);
    expect(msChap2ErrorAttribute(9, challenge).subarray(8).toString('latin1')).toBe(
      `\tE=691 R=0 C=${'01'.repeat(16)} V=3 M=Authentication failed`,
    );
  });

  it('is cut to what an attribute holds, between characters', () => {
    const options = { code: FailureCode.AccountDisabled, message: 'é'.repeat(300) };
    const attribute = msChap2ErrorAttribute(9, Buffer.alloc(16), options);
    expect([attribute.length, attribute[1], attribute[7]]).toEqual([254, 254, 248]);
    expect(attribute.subarray(8).toString()).toMatch(/ M=é+$/);
  });
});
