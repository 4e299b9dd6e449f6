import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  accountingRequestAuthenticator,
  checkMessageAuthenticator,
  isAuthenticAccountingRequest,
  isAuthenticResponse,
  messageAuthenticator,
  responseAuthenticator,
} from '../../src/radius/authenticator.ts';
import { parsePacket } from '../../src/radius/packet.ts';
import {
  attribute,
  packetOf,
  signedRequest,
  TEST_SECRET,
  unsignedPacket,
} from '../support/packet-builder.ts';

const secret = Buffer.from(TEST_SECRET);
const zeros = Buffer.alloc(16);

describe('the Request Authenticator of an Accounting-Request', () => {
  const bytes = signedRequest({
    attributes: [
      [1, 'john'],
      [40, 1],
    ],
  });

  it('is right under the secret that signed it', () => {
    expect(isAuthenticAccountingRequest(packetOf(bytes), secret)).toBe(true);
    expect(accountingRequestAuthenticator(bytes, secret).equals(bytes.subarray(4, 20))).toBe(true);
  });

  it('is wrong under any other secret, the empty one too', () => {
    expect(isAuthenticAccountingRequest(packetOf(bytes), Buffer.from('testing124'))).toBe(false);
    expect(isAuthenticAccountingRequest(packetOf(bytes), Buffer.alloc(0))).toBe(false);
  });

  it('is wrong once any bit of the packet has changed', () => {
    for (let at = 0; at < bytes.length; at++) {
      if (at === 2 || at === 3) continue;
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const result = parsePacket(changed);
      if (result.ok) expect(isAuthenticAccountingRequest(result.packet, secret)).toBe(false);
    }
  });

  it('covers neither padding nor anything else after Length', () => {
    const padded = packetOf(Buffer.concat([bytes, randomBytes(9)]));
    expect(isAuthenticAccountingRequest(padded, secret)).toBe(true);
  });

  it('works with secrets longer than a packet', () => {
    const long = 'x'.repeat(9000);
    expect(isAuthenticAccountingRequest(packetOf(signedRequest({ secret: long })), Buffer.from(long))).toBe(
      true,
    );
  });

  it('leaves the received bytes as they were', () => {
    const received = Buffer.from(bytes);
    isAuthenticAccountingRequest(packetOf(received), secret);
    checkMessageAuthenticator(packetOf(received), secret);
    expect(received.equals(bytes)).toBe(true);
  });
});

describe('a forged digest', () => {
  it('is not accepted where only its text is equal', () => {
    const digest = Buffer.from('ff00fe01fd02fc03fb04fa05f906f807', 'hex');
    const other = Buffer.from('fe00ff01fc02fd03fa04fb05f806f907', 'hex');
    expect(digest.toString()).toBe(other.toString());
    const response = unsignedPacket(5, 1, Buffer.alloc(0));
    const right = responseAuthenticator(response, digest, secret);
    right.copy(response, 4);
    expect(isAuthenticResponse(packetOf(response), digest, secret)).toBe(true);
    expect(isAuthenticResponse(packetOf(response), other, secret)).toBe(false);
  });
});

describe('checkMessageAuthenticator', () => {
  const check = (bytes: Buffer) => checkMessageAuthenticator(packetOf(bytes), secret);

  it.each([
    ['an Accounting-Request, over zeros', 4, false],
    ['a Disconnect-Request, over zeros', 40, false],
    ['a CoA-Request, over zeros', 43, false],
    ['an Access-Request, over its own Authenticator', 1, true],
    ['a Status-Server, over its own Authenticator', 12, true],
  ])('checks %s', (_name, code, hasRandomAuthenticator) => {
    const request = { code, hasRandomAuthenticator, attributes: [[1, 'john']] as const };
    expect(check(signedRequest(request))).toBe('absent');
    expect(check(signedRequest({ ...request, messageAuthenticator: 'valid' }))).toBe('valid');
    expect(check(signedRequest({ ...request, messageAuthenticator: 'spoilt' }))).toBe('invalid');
    const foreign = signedRequest({ ...request, messageAuthenticator: 'valid', secret: 'other' });
    expect(check(foreign)).toBe('invalid');
  });

  it('finds it wherever it stands', () => {
    const bytes = unsignedPacket(
      12,
      1,
      Buffer.concat([attribute([1, 'a']), attribute([80, zeros]), attribute([33, 'b'])]),
    );
    createHmac('md5', secret).update(bytes).digest().copy(bytes, 25);
    expect(check(bytes)).toBe('valid');
  });

  it('checks a response with the Authenticator of its request', () => {
    const requestAuthenticator = randomBytes(16);
    const response = unsignedPacket(2, 1, attribute([80, zeros]), requestAuthenticator);
    createHmac('md5', secret).update(response).digest().copy(response, 22);
    responseAuthenticator(response, requestAuthenticator, secret).copy(response, 4);
    expect(checkMessageAuthenticator(packetOf(response), secret, { requestAuthenticator })).toBe('valid');
    const other = { requestAuthenticator: randomBytes(16) };
    expect(checkMessageAuthenticator(packetOf(response), secret, other)).toBe('invalid');
  });

  it.each([
    ['15 octets', Buffer.alloc(15)],
    ['17 octets', Buffer.alloc(17)],
    ['no octets', Buffer.alloc(0)],
  ])('refuses one of %s', (_name, value) => {
    expect(check(unsignedPacket(12, 1, attribute([80, value])))).toBe('invalid');
  });

  it('refuses two, even if the first is right', () => {
    const bytes = unsignedPacket(12, 1, Buffer.concat([attribute([80, zeros]), attribute([80, zeros])]));
    createHmac('md5', secret).update(bytes).digest().copy(bytes, 22);
    expect(check(bytes)).toBe('invalid');
  });
});

describe('messageAuthenticator', () => {
  it('is HMAC-MD5 for secrets shorter than, as long as and longer than its block', () => {
    for (let length = 1; length <= 130; length++) {
      const key = randomBytes(length);
      const bytes = unsignedPacket(12, 1, attribute([80, zeros]), randomBytes(16));
      const expected = createHmac('md5', key).update(bytes).digest();
      expect(messageAuthenticator(bytes, 22, bytes.subarray(4, 20), key).equals(expected)).toBe(true);
    }
  });
});
