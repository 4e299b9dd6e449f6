/** Digests made to look like any other to a comparison of strings: none is taken for the right one. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountingRequestAuthenticator, messageAuthenticator } from '../../src/radius/authenticator.ts';
import { parsePacket } from '../../src/radius/packet.ts';
import { verifyRequest } from '../../src/radius/verify-request.ts';
import {
  type ForgedKind,
  ForgedRequests,
  type Forgery,
  NUL_FORGERIES,
  TEXT_FORGERIES,
} from '../fuzz/forgeries.ts';
import {
  attribute,
  packetOf,
  signedRequest,
  TEST_SECRET,
  unsignedPacket,
} from '../support/packet-builder.ts';
import { type ServerHarness, startServer } from '../support/radius-server.ts';

const secret = Buffer.from(TEST_SECRET);
const nas = { name: 'ap1', secrets: [secret] };
const MINUTES = 60_000;

interface Tries {
  readonly kind: ForgedKind;
  readonly forgeries: readonly Forgery[];
  /** The number of the first try; the same number is the same packet for ever. */
  readonly from?: number;
  readonly count: number;
  /** A comparison that is wrong, for the same tries to break. */
  readonly isTakenForEqual: (expected: Buffer, forgery: Forgery) => boolean;
}

/** What is broken in the first million tries is broken in all of them; the rest is spared the second digest. */
const COMPARED_COUNT = 1_000_000;

/** Returns how many tries were accepted, and how many a wrong comparison would have accepted. */
function countAccepted({ kind, forgeries, from = 0, count, isTakenForEqual }: Tries) {
  const requests = new ForgedRequests(kind, forgeries);
  const expected = expectedDigest(kind, requests.bytes);
  let accepted = 0;
  let takenForEqual = 0;
  for (let attempt = from; attempt < from + count; attempt++) {
    const forgery = requests.make(attempt);
    const parsed = parsePacket(requests.bytes);
    if (!parsed.ok || verifyRequest(parsed.packet, nas).ok) accepted++;
    if (attempt < from + COMPARED_COUNT && isTakenForEqual(expected(), forgery)) takenForEqual++;
  }
  return { accepted, takenForEqual };
}

/** Returns what gives the digest that would have been right for the latest try. */
function expectedDigest(kind: ForgedKind, bytes: Buffer): () => Buffer {
  const valueStart = bytes.length - 16;
  const header = kind === 'Status-Server' ? bytes.subarray(4, 20) : Buffer.alloc(16);
  return kind === 'Accounting-Request'
    ? () => accountingRequestAuthenticator(bytes, secret)
    : () => messageAuthenticator(bytes, valueStart, header, secret);
}

// What the package radius does: every invalid piece of UTF-8 is the same character.
const asText = (expected: Buffer, forgery: Forgery) => expected.toString() === forgery.text;
const asCString = (expected: Buffer, { bytes }: Forgery) => expected[0] === 0 && bytes[0] === 0;

describe('a forged Request Authenticator', () => {
  it(
    'of octets that are no text is not accepted once in ten million, where a comparison of texts is broken',
    () => {
      const tries = { kind: 'Accounting-Request', forgeries: TEXT_FORGERIES, count: 10_000_000 } as const;
      const { accepted, takenForEqual } = countAccepted({ ...tries, isTakenForEqual: asText });
      expect(accepted).toBe(0);
      expect(takenForEqual).toBeGreaterThan(0);
    },
    10 * MINUTES,
  );

  it(
    'of NULs is not accepted once in 300,000, where a comparison up to the first NUL is broken a thousand times',
    () => {
      const tries = { kind: 'Accounting-Request', forgeries: NUL_FORGERIES, count: 300_000 } as const;
      const { accepted, takenForEqual } = countAccepted({ ...tries, isTakenForEqual: asCString });
      expect(accepted).toBe(0);
      expect(takenForEqual).toBeGreaterThan(1000);
    },
    MINUTES,
  );
});

describe('a forged Message-Authenticator', () => {
  // Among these tries is one that a comparison of texts accepts; a search over ten million found three.
  it(
    'of a Status-Server is not accepted once in 250,000, where a comparison of texts is broken',
    () => {
      const tries = {
        kind: 'Status-Server',
        forgeries: TEXT_FORGERIES,
        from: 5_500_000,
        count: 250_000,
      } as const;
      const { accepted, takenForEqual } = countAccepted({ ...tries, isTakenForEqual: asText });
      expect(accepted).toBe(0);
      expect(takenForEqual).toBe(1);
    },
    5 * MINUTES,
  );

  it(
    'of NULs is not accepted once in 100,000, on Status-Server and Accounting-Request',
    () => {
      for (const kind of ['Status-Server', 'Accounting-Request with Message-Authenticator'] as const) {
        const tries = { kind, forgeries: NUL_FORGERIES, count: 100_000 };
        const { accepted, takenForEqual } = countAccepted({ ...tries, isTakenForEqual: asCString });
        expect(accepted).toBe(0);
        expect(takenForEqual).toBeGreaterThan(300);
      }
    },
    MINUTES,
  );

  it('does not stand in for a wrong Request Authenticator, nor the other way round', () => {
    const bytes = signedRequest({ messageAuthenticator: 'valid', attributes: [[44, 'x']] });
    expect(verifyRequest(packetOf(bytes), nas).ok).toBe(true);
    for (const { bytes: forged } of [...TEXT_FORGERIES, ...NUL_FORGERIES]) {
      for (const [start, reason] of [
        [4, 'bad-authenticator'],
        [22, 'bad-message-authenticator'],
      ] as const) {
        const changed = Buffer.from(bytes);
        forged.copy(changed, start);
        expect(verifyRequest(packetOf(changed), nas)).toEqual({ ok: false, reason });
      }
    }
  });
});

describe('every octet of a digest counts', () => {
  it.each<[string, Buffer, number, string]>([
    ['Request Authenticator', signedRequest({ attributes: [[44, 'x']] }), 4, 'bad-authenticator'],
    [
      'Message-Authenticator of a Status-Server',
      signedRequest({ code: 12, hasRandomAuthenticator: true, messageAuthenticator: 'valid' }),
      22,
      'bad-message-authenticator',
    ],
  ])('of the %s, and every bit of it', (_, right, start, reason) => {
    expect(verifyRequest(packetOf(right), nas).ok).toBe(true);
    for (let bit = 0; bit < 128; bit++) {
      const changed = Buffer.from(right);
      const at = start + (bit >> 3);
      changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
      expect(verifyRequest(packetOf(changed), nas)).toEqual({ ok: false, reason });
    }
  });

  it.each([0, 1, 4, 8, 15, 17, 18, 32, 253])('and a Message-Authenticator of %d octets is none', (length) => {
    for (const code of [4, 12]) {
      for (const octet of [0, 0x80, 0xff]) {
        const bytes = unsignedPacket(code, 1, attribute([80, Buffer.alloc(length, octet)]));
        if (code === 4) accountingRequestAuthenticator(bytes, secret).copy(bytes, 4);
        const reason = 'bad-message-authenticator';
        expect(verifyRequest(packetOf(bytes), nas)).toEqual({ ok: false, reason });
      }
    }
  });
});

describe('a server', () => {
  let harness: ServerHarness;

  beforeEach(async () => {
    harness = await startServer();
  });

  afterEach(() => harness.close());

  it.each<[ForgedKind, string]>([
    ['Accounting-Request', 'bad-authenticator'],
    ['Accounting-Request with Message-Authenticator', 'bad-message-authenticator'],
    ['Status-Server', 'bad-message-authenticator'],
  ])('gives no answer to a forged %s', async (kind, reason) => {
    const forgeries = [...TEXT_FORGERIES, ...NUL_FORGERIES];
    const requests = new ForgedRequests(kind, forgeries);
    for (let attempt = 0; attempt < 4 * forgeries.length; attempt++) {
      requests.make(attempt);
      await harness.sendAndSettle(Buffer.from(requests.bytes));
    }
    expect(harness.requests).toEqual([]);
    expect(harness.discards.map((discard) => discard.reason)).toEqual(
      Array.from({ length: 4 * forgeries.length }, () => reason),
    );
    expect(harness.nas.pending()).toBe(0);
  });
});
