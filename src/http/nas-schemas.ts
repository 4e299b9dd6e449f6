/** What requests about NASes may hold and what is answered; a secret is never answered. */
import { Type } from 'typebox';
import { DIRECTIONS, KINDS } from '../nas/nas.ts';
import {
  IDENTIFIER_OCTETS_MAX,
  INTERVAL_FLOOR_SECONDS_MAX,
  MAX_RATE_KBPS_MAX,
  NAME_LENGTH_MAX,
  OCTET_UNIT_MAX,
  SECRET_LENGTH_MAX,
} from '../nas/nas-options.ts';

const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(
  schema: Schema,
  description: string,
) => Type.Union([schema, Type.Null()], { description });
const Instant = Type.String({ examples: ['2025-12-11T12:00:00Z'] });

const SAID = {
  name: 'What it is called; no two are called the same.',
  address: 'Where its packets come from: an address, or a prefix such as 10.0.0.0/8.',
  identifier: 'Its NAS-Identifier, where several NASes share the address.',
  kind: `What it is: ${KINDS.join(', ')}.`,
  coaPort: 'Where it takes CoA- and Disconnect-Requests; null is the usual port of its kind.',
  requireMessageAuthenticator: 'Whether Access-Requests without Message-Authenticator are discarded.',
  direction:
    '`rfc`: its input octets are the upload; `reversed`: the download; `auto`: as its packets say, else rfc.',
  octetUnit: 'How many octets its counters count as one.',
  maxRate: 'The most one session can carry, in kbit/s; more is set aside.',
  intervalFloor: 'The silence in seconds within which no session of its is taken for gone.',
  sendsGigawords: 'Whether it counts beyond 4 GiB (Acct-*-Gigawords); null until its packets have shown it.',
};

const summary = {
  id: orNull(Type.Integer(), 'Null for one of the configuration file: it is changed there.'),
  name: Type.String({ description: SAID.name }),
  address: Type.String({ description: SAID.address }),
  identifier: orNull(Type.String(), SAID.identifier),
  kind: Type.String({ description: SAID.kind }),
  coa_port: orNull(Type.Integer(), SAID.coaPort),
  require_message_authenticator: Type.Boolean({ description: SAID.requireMessageAuthenticator }),
  direction: Type.String({ description: SAID.direction }),
  octet_unit: Type.Integer({ description: SAID.octetUnit }),
  max_rate_kbps: Type.Integer({ description: SAID.maxRate }),
  interval_floor_seconds: Type.Integer({ description: SAID.intervalFloor }),
  sends_gigawords: orNull(Type.Boolean(), SAID.sendsGigawords),
  clock_offset_ms: orNull(
    Type.Integer(),
    'Its clock behind ours (positive) or ahead of it, as learned from its packets; null until one told.',
  ),
  last_seen_at: orNull(Instant, 'When its last packet came.'),
  has_secret: Type.Boolean({ description: 'Whether it has a shared secret, which is never shown.' }),
  has_previous_secret: Type.Boolean({ description: 'Whether the secret before is accepted, too.' }),
  source: Type.String({ description: '`table`, `file` or `built-in`: where it is configured.' }),
};

export const NasAnswer = Type.Object(summary);

const Sender = Type.Object({
  address: Type.String(),
  nas_identifier: Type.Union([Type.String(), Type.Null()]),
  last_seen_at: Instant,
  clock_offset_ms: Type.Union([Type.Integer(), Type.Null()]),
  sends_gigawords: Type.Boolean(),
});

export const NasDetailAnswer = Type.Object({
  ...summary,
  sender_count: Type.Integer({ description: 'How many devices have sent as this NAS.' }),
  senders: Type.Array(Sender, { description: 'The hundred of them heard last.' }),
});

export const UnknownNasAnswer = Type.Object({
  address: Type.String({ description: 'Where packets came from that no NAS is known for.' }),
  packets: Type.Integer({ description: 'How many were discarded.' }),
  first_seen_at: Instant,
  last_seen_at: Instant,
});

// A surrogate without its pair is no character that a column could keep.
const ONE_LINE = '^[^\\p{Cc}\\p{Cs}]*$';
const ADDRESS_LENGTH_MAX = 64;

const wholeNumber = (maximum: number, description: string) =>
  Type.Integer({ minimum: 1, maximum, description });
const oneOf = <Value extends string>(values: readonly Value[], description: string) =>
  Type.Unsafe<Value>({ type: 'string', enum: [...values], description });
const secret = { minLength: 1, maxLength: SECRET_LENGTH_MAX, pattern: '^[^\\p{Cs}]*$', writeOnly: true };

const name = Type.String({
  minLength: 1,
  maxLength: NAME_LENGTH_MAX,
  pattern: ONE_LINE,
  description: `${SAID.name} Its address if not given.`,
});
const address = Type.String({ maxLength: ADDRESS_LENGTH_MAX, description: SAID.address });
const Secret = Type.String({ ...secret, description: 'The shared secret.' });

const options = {
  previous_secret: Type.Optional(
    Type.Unsafe<string | null>({
      ...secret,
      type: ['string', 'null'],
      description: 'The secret before, accepted while it is replaced; null ends that.',
    }),
  ),
  identifier: Type.Optional(
    Type.Unsafe<string | null>({
      ...{ type: ['string', 'null'], minLength: 1, maxLength: IDENTIFIER_OCTETS_MAX },
      ...{ pattern: '^[^\\p{Cs}]*$', description: SAID.identifier },
    }),
  ),
  kind: Type.Optional(oneOf(KINDS, SAID.kind)),
  coa_port: Type.Optional(
    Type.Unsafe<number | null>({
      ...{ type: ['integer', 'null'], minimum: 1, maximum: 65_535, description: SAID.coaPort },
    }),
  ),
  require_message_authenticator: Type.Optional(
    Type.Boolean({ description: SAID.requireMessageAuthenticator }),
  ),
  direction: Type.Optional(oneOf(DIRECTIONS, SAID.direction)),
  octet_unit: Type.Optional(wholeNumber(OCTET_UNIT_MAX, SAID.octetUnit)),
  max_rate_kbps: Type.Optional(wholeNumber(MAX_RATE_KBPS_MAX, SAID.maxRate)),
  interval_floor_seconds: Type.Optional(wholeNumber(INTERVAL_FLOOR_SECONDS_MAX, SAID.intervalFloor)),
  sends_gigawords: Type.Optional(
    Type.Unsafe<boolean | null>({ type: ['boolean', 'null'], description: SAID.sendsGigawords }),
  ),
};

/** What is answered and cannot be set: accepted in a body, and ignored. */
export const NAS_READ_ONLY: readonly string[] = [
  ...['id', 'clock_offset_ms', 'last_seen_at', 'has_secret', 'has_previous_secret', 'source'],
  ...['sender_count', 'senders'],
];
const ignored = Object.fromEntries(
  NAS_READ_ONLY.map((field) => [field, Type.Optional(Type.Unknown({ description: 'Ignored.' }))]),
);
const keepSecret = Type.Optional(
  Type.Boolean({ description: 'With a new `secret`: whether the present one is accepted beside it.' }),
);
const closed = { additionalProperties: false };

export const NasCreation = Type.Object(
  { ...ignored, ...options, address, secret: Secret, name: Type.Optional(name) },
  closed,
);
/** What it does not say keeps its value, its secret above all. */
export const NasReplacement = Type.Object(
  { ...ignored, ...options, address, name, secret: Type.Optional(Secret), keep_secret: keepSecret },
  closed,
);
export const NasPatch = Type.Object(
  {
    ...ignored,
    ...options,
    address: Type.Optional(address),
    name: Type.Optional(name),
    secret: Type.Optional(Secret),
    keep_secret: keepSecret,
  },
  closed,
);
