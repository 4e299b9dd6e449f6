/** MS-CHAPv2 against the worked examples of RFC 2759 §9.2, §9.3 and RFC 3079 §3.5. */
import { describe, expect, it } from 'vitest';
import { desEncrypt, withParity } from '../../src/access/des.ts';
import { masterKey, mppeKeys } from '../../src/access/mppe-keys.ts';
import {
  authenticatorResponse,
  challengeHash,
  challengeResponse,
  failureText,
  isRightNtResponse,
  parseMsChap2Response,
  peerName,
} from '../../src/access/ms-chap.ts';
import { ntHash } from '../../src/sign-in/nt-hash.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** RFC 2759 §9.2. */
const EXCHANGE = {
  userName: Buffer.from('User'),
  authenticatorChallenge: hex('5B 5D 7C 7D 7B 3F 2F 3E 3C 2C 60 21 32 26 26 28'),
  peerChallenge: hex('21 40 23 24 25 5E 26 2A 28 29 5F 2B 3A 33 7C 7E'),
};
const NT_RESPONSE = hex('82 30 9E CD 8D 70 8B 5E A0 8F AA 39 81 CD 83 54 42 33 11 4A 3D 85 D6 DF');
const NT_HASH = ntHash('clientPass');

describe('RFC 2759 §9.2', () => {
  it('has this challenge, this response, and this proof for the peer', () => {
    const challenge = challengeHash(EXCHANGE);
    expect(challenge).toEqual(hex('D0 2E 43 86 BC E9 12 26'));
    expect(challengeResponse(challenge, NT_HASH)).toEqual(NT_RESPONSE);
    expect(authenticatorResponse(EXCHANGE, NT_HASH, NT_RESPONSE)).toBe(
      'S=407A5589115FD0D6209F510FE9C04566932CDA56',
    );
  });

  it('is right for that name and password, and for no other', () => {
    expect(isRightNtResponse(EXCHANGE, NT_HASH, NT_RESPONSE)).toBe(true);
    expect(isRightNtResponse(EXCHANGE, ntHash('clientPas'), NT_RESPONSE)).toBe(false);
    expect(isRightNtResponse({ ...EXCHANGE, userName: Buffer.from('user') }, NT_HASH, NT_RESPONSE)).toBe(
      false,
    );
  });
});

describe('RFC 2759 §9.3', () => {
  const CHALLENGE = hex('10 2D B5 DF 08 5D 30 41');

  it.each([
    ['FC 15 6A F7 ED CD 6C', 'FD 0B 5B 5E 7F 6E 34 D9', '4E 9D 3C 8F 9C FD 38 5D'],
    ['0E DD E3 33 7D 42 7F', '0E 6E 79 67 37 EA 08 FE', '5B F4 D3 24 67 91 95 6C'],
    ['4E AC 00 00 00 00 00', '4F 57 01 01 01 01 01 01', 'A4 C3 51 AB 40 9A 3D 61'],
  ])('makes of the key %s the key %s, and of the challenge %s', (key, parity, block) => {
    expect(withParity(hex(key))).toEqual(hex(parity));
    expect(desEncrypt(CHALLENGE, hex(key))).toEqual(hex(block));
  });
});

describe('RFC 3079 §3.5', () => {
  it('has this master key, and of it these start keys of 128 bits', () => {
    expect(masterKey(NT_HASH, NT_RESPONSE)).toEqual(hex('FD EC E3 71 7A 8C 83 8C B3 88 E5 27 AE 3C DD 31'));
    const { send, receive } = mppeKeys(NT_HASH, NT_RESPONSE);
    expect(send).toEqual(hex('8B 7C DC 14 9B 99 3A 1B A1 18 CB 15 3F 56 DC CB'));
    expect(receive).toEqual(hex('D5 F0 E9 52 1E 3E A9 58 96 45 E8 60 51 C8 22 26'));
  });
});

describe('MS-CHAP2-Response', () => {
  it('is identifier, flags, peer challenge, eight octets and response', () => {
    const value = Buffer.concat([Buffer.of(7, 0), EXCHANGE.peerChallenge, Buffer.alloc(8), NT_RESPONSE]);
    expect(parseMsChap2Response(value, EXCHANGE.authenticatorChallenge)).toEqual({
      identifier: 7,
      authenticatorChallenge: EXCHANGE.authenticatorChallenge,
      peerChallenge: EXCHANGE.peerChallenge,
      ntResponse: NT_RESPONSE,
    });
  });

  it.each([
    [49, 16],
    [51, 16],
    [0, 16],
    [50, 8],
    [50, 17],
    [50, 0],
  ])('of %i octets with a challenge of %i is none', (value, challenge) => {
    expect(parseMsChap2Response(Buffer.alloc(value), Buffer.alloc(challenge))).toBeUndefined();
  });
});

it.each([
  ['User', 'User'],
  ['BIGCO\\User', 'User'],
  ['user@campus.example', 'user@campus.example'],
  ['\\', ''],
])('the name that %s hashes is %s', (sent, hashed) => {
  expect(peerName(Buffer.from(sent)).toString()).toBe(hashed);
});

it('says why it failed as RFC 2759 §6 has it', () => {
  const failure = { code: 691, challenge: Buffer.alloc(16, 0xab), message: 'No' };
  expect(failureText(failure)).toBe(`E=691 R=0 C=${'AB'.repeat(16)} V=3 M=No`);
});
