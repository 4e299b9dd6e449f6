/** Accounting records for tests, apart from the decoder: what a NAS said, in the fewest words. */
import type { NasRecord, SessionRecord, WireTotal } from '../../src/accounting/record.ts';
import { NAS_DEFAULTS, type Nas } from '../../src/nas/nas.ts';

/** The instant that times in tests are counted from. */
export const EPOCH = Date.parse('2025-12-11T12:00:00Z');
export const GIB4 = 2 ** 32;

/** Returns a NAS that says nothing of itself but what is given. */
export function testNas(options: Partial<Nas> = {}): Nas {
  return {
    ...NAS_DEFAULTS,
    id: 1,
    name: 'ap1',
    prefix: '192.0.2.1',
    secrets: [Buffer.from('testing123')],
    ...options,
  };
}

/** A record by what tests say of one; times in seconds since EPOCH. */
export interface RecordWords {
  readonly status?: SessionRecord['statusType'];
  /** When it happened, on our clock. */
  readonly at: number;
  /** When it arrived; `at` where it is not said. */
  readonly arrived?: number;
  /** The NAS's clock ahead of ours, in seconds; null = no Event-Timestamp. */
  readonly nasAhead?: number | null;
  /** Acct-Session-Time; null = not sent. */
  readonly time?: number | null;
  /** Octets from the user and to the user: a total split into word and Gigawords, or the wire's own; undefined = not sent. */
  readonly up?: number | WireTotal | undefined;
  readonly down?: number | WireTotal | undefined;
  /** Whether numbers above become Gigawords `always`, only above zero, or are cut off: `never`. */
  readonly gigawords?: 'always' | 'above-zero' | 'never';
  readonly user?: string | undefined;
  readonly station?: string | undefined;
  readonly nas?: Nas;
  readonly isReversed?: boolean;
  readonly id?: string;
}

const NO_ADDRESS = {
  framedIpAddress: undefined,
  framedIpv6Address: undefined,
  framedIpv6Prefix: undefined,
  framedInterfaceId: undefined,
  delegatedIpv6Prefix: undefined,
};

/** Returns the record; extra fields replace those it would have. */
export function sessionRecord(words: RecordWords, extra: Partial<SessionRecord> = {}): SessionRecord {
  const { at, arrived = at, nasAhead = 0, time = 0, id = 'a1', gigawords = 'always' } = words;
  const eventAt = EPOCH + at * 1000;
  return {
    ...baseRecord(words.nas ?? testNas()),
    statusType: words.status ?? 'Interim-Update',
    arrivedAt: EPOCH + arrived * 1000,
    eventAt,
    nasEventAt: nasAhead === null ? undefined : eventAt + nasAhead * 1000,
    delaySeconds: nasAhead === null ? arrived - at : 0,
    runKey: id.padEnd(16, '\0'),
    acctSessionId: id,
    userName: 'user' in words ? words.user : 'john',
    chargeableUserIdentity: undefined,
    classes: [],
    station: 'station' in words ? words.station : '02-00-00-00-00-01',
    input: wireTotal(words.up, gigawords),
    output: wireTotal(words.down, gigawords),
    isReversed: words.isReversed ?? false,
    inputPackets: undefined,
    outputPackets: undefined,
    sessionTimeSeconds: time ?? undefined,
    acctTerminateCause: words.status === 'Stop' ? 'User-Request' : undefined,
    details: {
      nasPortId: undefined,
      nasPortType: undefined,
      acctAuthentic: undefined,
      serviceType: undefined,
      framedProtocol: undefined,
      connectInfo: undefined,
      address: NO_ADDRESS,
    },
    ...extra,
  };
}

/** Returns an Accounting-On, or what is given, at seconds since EPOCH. */
export function nasRecord(at: number, extra: Partial<NasRecord> = {}): NasRecord {
  const eventAt = EPOCH + at * 1000;
  const base = baseRecord(testNas());
  return { ...base, arrivedAt: eventAt, eventAt, nasEventAt: eventAt, statusType: 'Accounting-On', ...extra };
}

function baseRecord(nas: Nas) {
  return {
    nas,
    sourceAddress: '192.0.2.1',
    delaySeconds: 0,
    nasIdentifier: undefined,
    nasIpAddress: '192.0.2.1',
    calledStationId: undefined,
  };
}

function wireTotal(
  total: number | WireTotal | undefined,
  habit: 'always' | 'above-zero' | 'never',
): WireTotal | undefined {
  if (typeof total !== 'number') return total;
  const high = Math.floor(total / GIB4);
  const isSent = habit === 'always' || (habit === 'above-zero' && high > 0);
  return { low: total % GIB4, gigawords: isSent ? high : undefined };
}
