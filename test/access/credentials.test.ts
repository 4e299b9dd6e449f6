/** Which credentials a packet carries. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCredentials } from '../../src/access/credentials.ts';
import {
  attribute,
  packetOf,
  type TestAttribute,
  unsignedPacket,
  vendorSpecific,
} from '../support/packet-builder.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const SECRET = Buffer.from('testing123');
const AUTHENTICATOR = Buffer.alloc(16, 0x42);
const MAC = 'AA-BB-CC-DD-EE-FF';

const microsoft = (type: number, value: Buffer) =>
  vendorSpecific(311, Buffer.concat([Buffer.of(type, 2 + value.length), value]));
const bytesOf = (each: TestAttribute | Buffer) => (Buffer.isBuffer(each) ? each : attribute(each));
const read = (...attributes: (TestAttribute | Buffer)[]) => {
  const packet = unsignedPacket(1, 0, Buffer.concat(attributes.map(bytesOf)), AUTHENTICATOR);
  return readCredentials(packetOf(packet), SECRET);
};

/** RFC 2865 §5.2 for a password of up to 16 octets. */
const userPassword = (password: string): TestAttribute => {
  const pad = createHash('md5').update(SECRET).update(AUTHENTICATOR).digest();
  const clear = Buffer.from(password.padEnd(16, '\0'));
  return [2, Buffer.from(pad.map((octet, at) => octet ^ (clear[at] ?? 0)))];
};
const chapPassword = (password: string, challenge = AUTHENTICATOR): TestAttribute => {
  const digest = createHash('md5').update(Buffer.of(5)).update(password).update(challenge).digest();
  return [3, Buffer.concat([Buffer.of(5), digest])];
};
const MS_CHAP_CHALLENGE = microsoft(11, Buffer.alloc(16, 1));
const MS_CHAP_2 = microsoft(25, Buffer.alloc(50, 2));

describe('the examples of RFC 2865 §7', () => {
  it.each([
    [
      '7.1',
      '01 00 00 38 0f 40 3f 94 73 97 80 57 bd 83 d5 cb 98 f4 22 7a 01 06 6e 65 6d 6f 02 12 0d be 70 8d 93 d4 13 ce 31 96 e4 3f 78 2a 0a ee 04 06 c0 a8 01 10 05 06 00 00 00 03',
      { kind: 'pap', password: Buffer.from('arctangent') },
    ],
    [
      '7.2',
      '01 01 00 47 2a ee 86 f0 8d 0d 55 96 9c a5 97 8e 0d 33 67 a2 01 08 66 6c 6f 70 73 79 03 13 16 e9 75 57 c3 16 18 58 95 f2 93 ff 63 44 07 72 75 04 06 c0 a8 01 10 05 06 00 00 00 14 06 06 00 00 00 02 07 06 00 00 00 01',
      {
        kind: 'chap',
        identifier: 0x16,
        challenge: hex('2a ee 86 f0 8d 0d 55 96 9c a5 97 8e 0d 33 67 a2'),
        response: hex('e9 75 57 c3 16 18 58 95 f2 93 ff 63 44 07 72 75'),
      },
    ],
  ])('%s are read', (_, packet, credentials) => {
    expect(readCredentials(packetOf(hex(packet)), Buffer.from('xyzzy5461'))).toEqual(credentials);
  });
});

describe('a request', () => {
  it('with a CHAP-Challenge was challenged with that', () => {
    expect(read([1, 'john'], chapPassword('x'), [60, 'challenge'])).toMatchObject({
      kind: 'chap',
      challenge: Buffer.from('challenge'),
    });
  });

  it('with MS-CHAP-Challenge and MS-CHAP2-Response is MS-CHAPv2, in one attribute or two', () => {
    const both = vendorSpecific(311, Buffer.concat([MS_CHAP_CHALLENGE.subarray(6), MS_CHAP_2.subarray(6)]));
    for (const attributes of [[MS_CHAP_CHALLENGE, MS_CHAP_2], [MS_CHAP_2, MS_CHAP_CHALLENGE], [both]]) {
      expect(read([1, 'john'], ...attributes)).toMatchObject({
        kind: 'ms-chap-v2',
        identifier: 2,
        authenticatorChallenge: Buffer.alloc(16, 1),
        ntResponse: Buffer.alloc(24, 2),
      });
    }
  });

  it.each([
    ['nothing', [], { kind: 'none' }],
    [
      'a User-Password of 15 octets',
      [[2, Buffer.alloc(15)]],
      { kind: 'malformed', reason: 'password-length' },
    ],
    ['a CHAP-Password of 16 octets', [[3, Buffer.alloc(16)]], { kind: 'malformed', reason: 'chap-length' }],
    ['an empty CHAP-Challenge', [chapPassword('x'), [60, '']], { kind: 'malformed', reason: 'chap-length' }],
    ['MS-CHAP2-Response alone', [MS_CHAP_2], { kind: 'malformed', reason: 'ms-chap-length' }],
    [
      'MS-CHAP2-Response of 49 octets',
      [microsoft(25, Buffer.alloc(49)), MS_CHAP_CHALLENGE],
      { kind: 'malformed', reason: 'ms-chap-length' },
    ],
    [
      'User-Password and CHAP-Password',
      [userPassword('x'), chapPassword('x')],
      { kind: 'malformed', reason: 'several-methods' },
    ],
    [
      'CHAP-Password and MS-CHAP2-Response',
      [chapPassword('x'), MS_CHAP_CHALLENGE, MS_CHAP_2],
      { kind: 'malformed', reason: 'several-methods' },
    ],
    ['EAP-Message', [[79, Buffer.of(2, 0, 0, 5, 1)]], { kind: 'unsupported', method: 'eap' }],
    [
      'MS-CHAP-Response',
      [MS_CHAP_CHALLENGE, microsoft(1, Buffer.alloc(50))],
      { kind: 'unsupported', method: 'ms-chap-v1' },
    ],
    ['ARAP-Password', [[70, Buffer.alloc(16)]], { kind: 'unsupported', method: 'arap' }],
  ] as const)('with %s is told apart', (_, attributes, credentials) => {
    expect(read([1, 'john'], ...attributes)).toEqual(credentials);
  });

  it('with any attributes whatever gives a value', () => {
    const one = fc.tuple(fc.constantFrom(1, 2, 3, 6, 26, 31, 60, 70, 79), fc.uint8Array({ maxLength: 60 }));
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (attributes) => {
        const found = read(...attributes.map(([type, value]): TestAttribute => [type, Buffer.from(value)]));
        expect(found.kind).toEqual(expect.any(String));
      }),
    );
  });
});

describe('MAC authentication', () => {
  const station: TestAttribute = [31, MAC];
  const callCheck: TestAttribute = [6, 10];

  it.each([
    ['the address as password', [[1, 'aabbccddeeff'], station, userPassword('aabbccddeeff')]],
    ['the address in another spelling', [[1, 'aa:bb:cc:dd:ee:ff'], station, userPassword('AABBCCDDEEFF')]],
    ['an empty password', [[1, 'aabbccddeeff'], station, userPassword('')]],
    ['the name under CHAP', [[1, 'aabbccddeeff'], station, chapPassword('aabbccddeeff')]],
    ['nothing under CHAP', [[1, 'aabbccddeeff'], station, chapPassword('')]],
    ['Call Check and any password', [[1, 'aabbccddeeff'], station, callCheck, userPassword('campus')]],
    ['Call Check and no password', [[1, 'aabbccddeeff'], station, callCheck]],
  ] as const)('is the station for a name, with %s', (_, attributes) => {
    expect(read(...attributes)).toMatchObject({ kind: 'mac', userNames: expect.arrayContaining([MAC]) });
  });

  it.each([
    ['a real password', [[1, 'aabbccddeeff'], station, userPassword('correct horse')], 'pap'],
    ['a real password under CHAP', [[1, 'aabbccddeeff'], station, chapPassword('correct horse')], 'chap'],
    ['another station', [[1, 'aabbccddeefe'], station, userPassword('aabbccddeefe')], 'pap'],
    ['no station', [[1, 'aabbccddeeff'], userPassword('aabbccddeeff')], 'pap'],
    ['no password and no Call Check', [[1, 'aabbccddeeff'], station], 'none'],
    ['a name that is no address', [[1, 'john'], [31, 'john'], callCheck, userPassword('john')], 'pap'],
    ['EAP', [[1, 'aabbccddeeff'], station, callCheck, [79, Buffer.of(2, 0, 0, 5, 1)]], 'unsupported'],
    ['MS-CHAPv2', [[1, 'aabbccddeeff'], station, callCheck, MS_CHAP_CHALLENGE, MS_CHAP_2], 'ms-chap-v2'],
    ['a malformed password', [[1, 'aabbccddeeff'], station, callCheck, [2, 'short']], 'malformed'],
  ] as const)('is not what comes with %s', (_, attributes, kind) => {
    expect(read(...attributes).kind).toBe(kind);
  });
});
