import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkMessageAuthenticator } from '../../src/radius/authenticator.ts';
import { attributesOf } from '../../src/radius/packet.ts';
import { encodeAccountingResponse, encodeResponse } from '../../src/radius/response.ts';
import { answers, attribute, packetOf, signedRequest, TEST_SECRET } from '../support/packet-builder.ts';

const secret = Buffer.from(TEST_SECRET);
const proxyStates = [
  [33, 'first'],
  [33, Buffer.alloc(253, 7)],
  [33, ''],
  [33, 'last'],
] as const;

function attributesIn(bytes: Buffer) {
  return attributesOf(packetOf(bytes)).map(({ type, value }) => [type, value.toString('latin1')]);
}

describe('encodeAccountingResponse', () => {
  it('answers with a signed, empty Accounting-Response of the same Identifier', () => {
    const request = signedRequest({ identifier: 200, attributes: [[1, 'john']] });
    const response = encodeAccountingResponse(packetOf(request), secret);
    expect([...response.subarray(0, 4)]).toEqual([5, 200, 0, 20]);
    expect(answers(response, request)).toBe(true);
  });

  it('carries every Proxy-State back unchanged and in order, and nothing else', () => {
    const request = signedRequest({
      attributes: [[1, 'john'], ...proxyStates.slice(0, 2), [44, 'x'], ...proxyStates.slice(2)],
    });
    const response = encodeAccountingResponse(packetOf(request), secret);
    expect(answers(response, request)).toBe(true);
    expect(attributesIn(response)).toEqual(
      proxyStates.map(([type, value]) => [type, value.toString('latin1')]),
    );
  });

  it('carries no Message-Authenticator, because its computation is disputed', () => {
    const request = signedRequest({ messageAuthenticator: 'valid' });
    expect(attributesIn(encodeAccountingResponse(packetOf(request), secret))).toEqual([]);
  });

  it('echoes as much Proxy-State as a request can hold', () => {
    const full = Array.from({ length: 15 }, () => [33, Buffer.alloc(253, 1)] as const);
    const request = signedRequest({ attributes: [...full, [33, Buffer.alloc(249, 2)]] });
    expect(request).toHaveLength(4096);
    const response = encodeAccountingResponse(packetOf(request), secret);
    expect(response).toHaveLength(4096);
    expect(answers(response, request)).toBe(true);
  });
});

describe('encodeResponse', () => {
  const request = signedRequest({ code: 1, hasRandomAuthenticator: true, attributes: proxyStates });
  const options = { request: packetOf(request), code: 2, secret, attributes: attribute([18, 'Welcome']) };

  it('puts the Message-Authenticator first, then the attributes, then the Proxy-States', () => {
    const response = encodeResponse({ ...options, messageAuthenticator: true });
    expect(attributesIn(response).map(([type]) => type)).toEqual([80, 18, 33, 33, 33, 33]);
    expect(answers(response, request)).toBe(true);
    const requestAuthenticator = request.subarray(4, 20);
    expect(checkMessageAuthenticator(packetOf(response), secret, { requestAuthenticator })).toBe('valid');
  });

  it('leaves it out when not asked for', () => {
    const response = encodeResponse({ ...options, messageAuthenticator: false });
    expect(attributesIn(response).map(([type]) => type)).toEqual([18, 33, 33, 33, 33]);
    expect(answers(response, request)).toBe(true);
  });

  it('refuses a response above 4096 bytes', () => {
    const attributes = Buffer.concat(Array.from({ length: 20 }, () => attribute([18, randomBytes(253)])));
    expect(() => encodeResponse({ ...options, attributes, messageAuthenticator: true })).toThrow(
      /would be \d+ bytes long; RADIUS allows 4096/,
    );
  });
});
