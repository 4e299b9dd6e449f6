/** What a record must say, read from the packet a second time in another way: attribute by attribute, the first one that fits its type. */
import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import {
  type AccountingRecord,
  type AddressDetails,
  isSessionRecord,
  type SessionRecord,
} from '../../src/accounting/record.ts';
import type { LooseAttribute } from './loose-packet.ts';

const GIGAWORDS_MAX = 2 ** 21 - 1;

/** Throws AssertionError when a record says what its packet does not. */
export function expectRecordOfPacket(record: AccountingRecord, attributes: readonly LooseAttribute[]): void {
  const octets = (type: number) => attributes.find((one) => one.type === type)?.value.toString('latin1');
  assert.equal(record.nasIdentifier, octets(32), 'NAS-Identifier');
  assert.equal(record.calledStationId, octets(30), 'Called-Station-Id');
  assert.equal(record.statusType, STATUSES[integer(attributes, 40) ?? 0], 'Acct-Status-Type');
  const stamp = integer(attributes, 55);
  assert.equal(record.nasEventAt, stamp === undefined ? undefined : stamp * 1000, 'Event-Timestamp');
  if (!isSessionRecord(record)) return;

  assert.equal(record.acctSessionId, octets(44), 'Acct-Session-Id');
  assert.equal(record.userName, octets(1), 'User-Name');
  assert.equal(record.chargeableUserIdentity, octets(89), 'Chargeable-User-Identity');
  assert.equal(record.details.connectInfo, octets(77), 'Connect-Info');
  const nasPortId = octets(87) ?? integer(attributes, 5)?.toString();
  assert.equal(record.details.nasPortId, nasPortId, 'NAS-Port-Id');
  const classes = attributes.filter(({ type }) => type === 25).map(({ value }) => value.toString('latin1'));
  assert.deepEqual(record.classes, classes, 'Class');
  expectStation(record.station, octets(31));
  expectCounters(record, attributes);
  expectAddresses(record.details.address);
}

const STATUSES: Readonly<Record<number, string>> = {
  1: 'Start',
  2: 'Stop',
  3: 'Interim-Update',
  7: 'Accounting-On',
  8: 'Accounting-Off',
};

function expectCounters(record: SessionRecord, attributes: readonly LooseAttribute[]): void {
  const total = (low: number | undefined, gigawords: number | undefined) =>
    low === undefined || (gigawords ?? 0) > GIGAWORDS_MAX ? undefined : { low, gigawords };
  const input = total(integer(attributes, 42), integer(attributes, 52));
  const output = total(integer(attributes, 43), integer(attributes, 53));
  assert.deepEqual(record.input, input, 'Acct-Input-Octets');
  assert.deepEqual(record.output, output, 'Acct-Output-Octets');
  for (const counted of [record.input, record.output]) {
    const octets = (counted?.gigawords ?? 0) * 2 ** 32 + (counted?.low ?? 0);
    assert.ok(Number.isSafeInteger(octets) && octets >= 0, `${octets} octets cannot be counted exactly`);
  }
  assert.equal(record.inputPackets, integer(attributes, 47), 'Acct-Input-Packets');
  assert.equal(record.outputPackets, integer(attributes, 48), 'Acct-Output-Packets');
  assert.equal(record.sessionTimeSeconds, integer(attributes, 46), 'Acct-Session-Time');
  assert.equal(record.acctTerminateCause === undefined, integer(attributes, 49) === undefined);
}

/** Returns the first 32-bit value of a Type that is not above what it may be. */
function integer(attributes: readonly LooseAttribute[], type: number, max = 2 ** 32): number | undefined {
  const fits = (one: LooseAttribute) =>
    one.type === type && one.value.length === 4 && one.value.readUInt32BE() <= max;
  return attributes.find(fits)?.value.readUInt32BE();
}

// The one string that may be longer than its attribute: a MAC address written without its hyphens.
function expectStation(station: string | undefined, raw: string | undefined): void {
  if (station === raw) return;
  assert.match(station ?? '', /^[0-9A-F]{2}(-[0-9A-F]{2}){5}$/, 'Calling-Station-Id');
  const digits = (text: string | undefined) => text?.replace(/[-:. ]/g, '').toUpperCase();
  assert.equal(digits(station), digits(raw), 'Calling-Station-Id');
}

function expectAddresses(address: AddressDetails): void {
  const { framedIpAddress, framedIpv6Address, framedInterfaceId } = address;
  assert.ok(framedIpAddress === undefined || isIPv4(framedIpAddress), framedIpAddress);
  assert.ok(framedIpv6Address === undefined || isIPv6(framedIpv6Address), framedIpv6Address);
  if (framedInterfaceId !== undefined) assert.match(framedInterfaceId, /^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){3}$/);
  for (const prefix of [address.framedIpv6Prefix, address.delegatedIpv6Prefix]) {
    if (prefix === undefined) continue;
    const [network = '', length = ''] = prefix.split('/');
    assert.ok(isIPv6(network) && /^\d+$/.test(length) && Number(length) <= 128, prefix);
  }
}
