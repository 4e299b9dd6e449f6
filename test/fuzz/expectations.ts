/** What must hold after any datagram whatever. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { type AccountingRecord, isSessionRecord } from '../../src/accounting/record.ts';
import type { DescribedPacket } from '../../src/radius/describe.ts';
import { answers } from '../support/packet-builder.ts';
import { expectRecordOfPacket } from './expected-values.ts';
import { expectVendorAttributes } from './expected-vendors.ts';
import type { FuzzInput } from './fuzz-input.ts';
import type { Journey } from './journey.ts';
import { type LooseAttribute, putTogether, takeApart } from './loose-packet.ts';
import { type Proofs, proofsOf } from './signature.ts';

const STATUS_SERVER = 12;
const PROXY_STATE = 33;
const MESSAGE_AUTHENTICATOR = 80;
const SHOWN_LENGTH_MAX = '0x'.length + 2 * 255;
const LATENESS_MAX_MS = 48 * 60 * 60 * 1000;
const DELAY_MAX_SECONDS = 30 * 24 * 60 * 60;

/** Throws AssertionError when the code did with a datagram what it must never do. */
export function expectSound(input: FuzzInput, journey: Journey): void {
  if (journey.kind === 'no-packet') {
    assert.equal(journey.reopened.ok, false, 'what is no packet was decoded once it had been kept');
    return;
  }
  const { packet, described } = journey;
  const loose = takeApart(packet.bytes);
  assert.equal(loose.rest.length, 0, 'the attributes of a packet do not fill it');
  assert.ok(putTogether(loose).equals(packet.bytes), 'a packet put together from its attributes is another');
  expectDescribed(described, packet.length);
  expectVendorAttributes(loose.attributes);
  expectVerdict(input, journey);
  if (journey.kind === 'discarded') return;
  expectReply(journey.reply, packet.bytes, loose.attributes, journey.secret);
  if (journey.kind === 'status') return;

  const { decoded, reopened } = journey;
  assert.ok(isDeepStrictEqual(reopened, decoded), 'decoded again, what was kept says something else');
  assert.ok(decoded.anomalies.length <= loose.attributes.length, 'more anomalies than attributes');
  if (!decoded.ok) return;
  expectInstants(decoded.record, input);
  expectRecordOfPacket(decoded.record, loose.attributes);
  expectHabits(decoded.record, input, loose.attributes);
}

function expectDescribed({ attributes }: DescribedPacket, packetLength: number): void {
  assert.ok(
    attributes.length <= packetLength / 2,
    `${attributes.length} attributes in ${packetLength} octets`,
  );
  for (const { name, value } of attributes) {
    assert.ok(value.length <= SHOWN_LENGTH_MAX, `${name} is shown in ${value.length} characters`);
    assert.doesNotMatch(value, /[\p{Cc}\p{Cs}\u202a-\u202e]/u, `${name} is shown with control characters`);
    if (name === 'User-Password' || name === 'CHAP-Password') assert.equal(value, '***');
  }
}

/** Every verdict on a packet, proved again under each of the NAS's secrets. */
function expectVerdict({ nas }: FuzzInput, journey: Exclude<Journey, { kind: 'no-packet' }>): void {
  const { bytes } = journey.packet;
  const isStatus = bytes[0] === STATUS_SERVER;
  if (bytes[0] !== 4 && !isStatus) {
    assert.equal(journey.kind === 'discarded' && journey.reason, 'unknown-code');
    return;
  }
  const holds = ({ requestAuthenticator, messageAuthenticator }: Proofs) =>
    isStatus ? messageAuthenticator === true : messageAuthenticator !== false && requestAuthenticator;
  const authentic = nas.secrets.find((secret) => holds(proofsOf(bytes, secret)));
  if (journey.kind === 'discarded') {
    assert.equal(authentic, undefined, `an authentic packet was discarded: ${journey.reason}`);
  } else {
    assert.equal(authentic?.toString('hex'), journey.secret.toString('hex'), 'a forged packet was accepted');
    assert.equal(journey.kind, isStatus ? 'status' : 'accounting');
  }
}

function expectReply(
  reply: Buffer,
  request: Buffer,
  requested: readonly LooseAttribute[],
  secret: Buffer,
): void {
  assert.equal(reply[0], 5, 'an answer is an Accounting-Response');
  assert.equal(reply.length, reply.readUInt16BE(2));
  assert.ok(answers(reply, request, secret.toString()), 'an answer that is not signed for its request');
  const { attributes, rest } = takeApart(reply);
  assert.equal(rest.length, 0);
  const proxyStates = requested.filter(({ type }) => type === PROXY_STATE);
  const others = attributes.filter(({ type }) => type !== MESSAGE_AUTHENTICATOR);
  assert.ok(isDeepStrictEqual(others, proxyStates), "an answer without its request's Proxy-States in order");
}

function expectInstants(record: AccountingRecord, { arrivedAt }: FuzzInput): void {
  const { eventAt, delaySeconds } = record;
  assert.equal(record.arrivedAt, arrivedAt);
  assert.ok(Number.isSafeInteger(eventAt), `eventAt is ${eventAt}`);
  assert.ok(eventAt <= arrivedAt, `eventAt ${eventAt} is after arrival ${arrivedAt}`);
  assert.ok(delaySeconds >= 0 && delaySeconds <= DELAY_MAX_SECONDS, `delaySeconds is ${delaySeconds}`);
  const earliest = arrivedAt - delaySeconds * 1000 - LATENESS_MAX_MS;
  assert.ok(eventAt >= earliest, `eventAt ${eventAt} is before ${earliest}`);
}

function expectHabits(
  record: AccountingRecord,
  { nas }: FuzzInput,
  attributes: readonly LooseAttribute[],
): void {
  assert.equal(record.nas, nas);
  if (!isSessionRecord(record)) return;
  assert.equal(record.runKey.length, 16);
  assert.doesNotMatch(record.runKey, /[^\0-\xff]/, 'a run key is octets');
  if (nas.direction !== 'auto') assert.equal(record.isReversed, nas.direction === 'reversed');
  const isSaid = attributes.some(
    ({ type, value }) => type === 26 && value.includes('000038df0a06', 0, 'hex'),
  );
  if (nas.direction === 'auto' && record.isReversed) assert.ok(isSaid, 'reversed, and nobody said so');
}
