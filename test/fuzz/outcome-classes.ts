/** Every class of outcome that the code knows, which of them bytes can bring about, and how often a run did. */

import type { UnmeterableReason } from '../../src/accounting/decode.ts';
import { type AcctStatusType, isSessionRecord } from '../../src/accounting/record.ts';
import type { AnomalyKind } from '../../src/accounting/request-attributes.ts';
import type { DiscardReason } from '../../src/radius/discard.ts';
import { parseVendorSpecific } from '../../src/radius/vendor-attributes.ts';
import type { FuzzInput } from './fuzz-input.ts';
import type { Journey } from './journey.ts';
import { takeApart } from './loose-packet.ts';

// Records over the unions: a new member that is not classed here does not compile.
const DISCARDS: Record<DiscardReason, 'by its bytes' | 'by the server'> = {
  'shorter-than-header': 'by its bytes',
  'length-out-of-range': 'by its bytes',
  'shorter-than-length': 'by its bytes',
  'attribute-length': 'by its bytes',
  'unknown-code': 'by its bytes',
  'missing-message-authenticator': 'by its bytes',
  'bad-message-authenticator': 'by its bytes',
  'bad-authenticator': 'by its bytes',
  'eap-without-message-authenticator': 'by the server',
  'proxied-without-message-authenticator': 'by the server',
  'unknown-nas': 'by the server',
  'source-port-zero': 'by the server',
  'duplicate-in-progress': 'by the server',
  'not-ready': 'by the server',
  stopping: 'by the server',
  'internal-error': 'by the server',
};

const UNMETERABLE: Record<UnmeterableReason, true> = {
  'no-status-type': true,
  'unknown-status-type': true,
  'no-session-id': true,
  'malformed-packet': true,
};

const STATUS_TYPES: Record<AcctStatusType, true> = {
  Start: true,
  'Interim-Update': true,
  Stop: true,
  'Accounting-On': true,
  'Accounting-Off': true,
};

const ANOMALIES: Record<AnomalyKind, true> = {
  'malformed-value': true,
  'malformed-vendor-attribute': true,
  'repeated-attribute': true,
};

const DETAILS = [
  'Status-Server answered',
  'with padding after Length',
  'under the former secret',
  'with a Message-Authenticator',
  'counters reversed',
  'Octets without Gigawords',
  'Octets with Gigawords',
  'no octets',
  'event at its Event-Timestamp',
  'event at arrival, its Event-Timestamp being later',
  'event less its Acct-Delay-Time, without Event-Timestamp',
  'event less its Acct-Delay-Time, the NAS clock having fallen back',
  'Vendor-Specific in its framing',
  'Vendor-Specific without a vendor',
  'Vendor-Specific that breaks its framing',
] as const;

/** The classes that a run of any length to speak of must reach. */
const EXPECTED_CLASSES: readonly string[] = [
  ...Object.entries(DISCARDS).flatMap(([reason, by]) =>
    by === 'by its bytes' ? [`discarded: ${reason}`] : [],
  ),
  ...Object.keys(UNMETERABLE).map((reason) => `set aside: ${reason}`),
  ...Object.keys(STATUS_TYPES).map((status) => `record: ${status}`),
  ...Object.keys(ANOMALIES).map((kind) => `anomaly: ${kind}`),
  ...DETAILS,
];

/** How often each class came, and which attributes came through to a decoder. */
export class OutcomeCounts {
  readonly #counts = new Map<string, number>();
  readonly #types = new Set<number>();
  readonly #lengths = new Set<number>();

  /** Counts one journey in every class it belongs to. */
  add(input: FuzzInput, journey: Journey): void {
    for (const name of classesOf(input, journey)) this.#counts.set(name, this.countOf(name) + 1);
    if (journey.kind !== 'accounting') return;
    for (const { type, value } of takeApart(journey.packet.bytes).attributes) {
      this.#types.add(type);
      this.#lengths.add(value.length + 2);
    }
  }

  countOf(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Returns what was never reached. */
  missing(): string[] {
    const missing = EXPECTED_CLASSES.filter((name) => this.countOf(name) === 0);
    if (this.#types.size < 256) missing.push(`${256 - this.#types.size} attribute Types`);
    if (this.#lengths.size < 254) missing.push(`${254 - this.#lengths.size} attribute Lengths from 2 to 255`);
    return missing;
  }

  /** Returns the histogram as lines, one per class. */
  lines(): string[] {
    const names = new Set([...EXPECTED_CLASSES, ...this.#counts.keys()]);
    const width = Math.max(...[...names].map((name) => name.length));
    return [
      ...[...names].map((name) => `${name.padEnd(width)}  ${String(this.countOf(name)).padStart(9)}`),
      `Types of attributes decoded    ${this.#types.size} of 256`,
      `Lengths of attributes decoded  ${this.#lengths.size} of 254`,
    ];
  }
}

function classesOf(input: FuzzInput, journey: Journey): string[] {
  if (journey.kind === 'no-packet') {
    const kept = journey.reopened.ok ? [] : [`set aside: ${journey.reopened.reason}`];
    return [`discarded: ${journey.reason}`, ...kept];
  }
  if (journey.kind === 'discarded') return [`discarded: ${journey.reason}`];
  const authentic = [
    ...(journey.packet.hasPadding ? ['with padding after Length'] : []),
    ...(journey.secret === input.nas.secrets[1] ? ['under the former secret'] : []),
  ];
  if (journey.kind === 'status') return [...authentic, 'Status-Server answered'];
  const { decoded } = journey;
  return [
    ...authentic,
    ...attributeClasses(journey.packet.bytes),
    ...new Set(decoded.anomalies.map((kind) => `anomaly: ${kind}`)),
    ...(decoded.ok ? recordClasses(input, journey) : [`set aside: ${decoded.reason}`]),
  ];
}

function attributeClasses(bytes: Buffer): Set<string> {
  const classes = new Set<string>();
  for (const { type, value } of takeApart(bytes).attributes) {
    if (type === 80) classes.add('with a Message-Authenticator');
    if (type !== 26) continue;
    const parsed = parseVendorSpecific(value);
    if (parsed.ok) classes.add('Vendor-Specific in its framing');
    else if (parsed.vendorId === undefined) classes.add('Vendor-Specific without a vendor');
    else classes.add('Vendor-Specific that breaks its framing');
  }
  return classes;
}

function recordClasses(
  { arrivedAt }: FuzzInput,
  journey: Extract<Journey, { kind: 'accounting' }>,
): string[] {
  if (!journey.decoded.ok) return [];
  const { record } = journey.decoded;
  const classes = [`record: ${record.statusType}`];
  const sentAt = arrivedAt - record.delaySeconds * 1000;
  if (record.nasEventAt === undefined) {
    if (sentAt < arrivedAt) classes.push('event less its Acct-Delay-Time, without Event-Timestamp');
  } else {
    const stampedAt = record.nasEventAt + (journey.clockOffsetMs ?? 0);
    if (record.eventAt === stampedAt) classes.push('event at its Event-Timestamp');
    else if (record.eventAt === arrivedAt) classes.push('event at arrival, its Event-Timestamp being later');
    else classes.push('event less its Acct-Delay-Time, the NAS clock having fallen back');
  }
  if (!isSessionRecord(record)) return classes;
  if (record.isReversed) classes.push('counters reversed');
  if (record.input === undefined && record.output === undefined) classes.push('no octets');
  const hasGigawords = [record.input, record.output].some((total) => total?.gigawords !== undefined);
  if (hasGigawords) classes.push('Octets with Gigawords');
  else if (record.input !== undefined) classes.push('Octets without Gigawords');
  return classes;
}
