/** Adding and removing NASes; a running daemon follows within ten seconds. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { octetsFrom } from '../radius/octets.ts';
import { KINDS, NAS_DEFAULTS, type Nas, type NasDirection, placeOf } from './nas.ts';
import { listNas } from './nas-queries.ts';
import { deleteNas, insertNas, type NewNas } from './nas-store.ts';
import { canonicalPrefix } from './prefix.ts';

export interface NasCommandContext {
  readonly db: Database;
  readonly clock: Clock;
}

/** A NAS as a person describes it; what is left out takes the defaults. */
export interface NasInput {
  /** Default: its address. */
  readonly name?: string | undefined;
  readonly address: string;
  readonly secret: string;
  readonly previousSecret?: string | undefined;
  readonly kind?: string | undefined;
  readonly coaPort?: number | undefined;
  readonly requireMessageAuthenticator?: boolean | undefined;
  readonly direction?: NasDirection | undefined;
  readonly octetUnit?: number | undefined;
  readonly maxRateKbps?: number | undefined;
  readonly identifier?: string | undefined;
  readonly intervalFloorSeconds?: number | undefined;
}

/** FreeRADIUS's columns: shortname varchar(32), secret varchar(60). */
const NAME_LENGTH_MAX = 32;
const SECRET_LENGTH_MAX = 60;
/** RFC 2865 §5.32: an attribute holds 253 octets. */
const IDENTIFIER_OCTETS_MAX = 253;

/** Adds a NAS and returns it; throws AppError `invalid` for what cannot be used, `conflict` where its name, or its prefix with the same NAS-Identifier, is taken. */
export async function addNas({ db, clock }: NasCommandContext, input: NasInput): Promise<Nas> {
  const nas = checkInput(input);
  return inTransaction(db, clock, async (transaction) => {
    await refuseTaken(transaction, nas);
    const id = await insertNas(transaction, nas);
    const { secret, previousSecret, ...rest } = nas;
    const secrets = [secret, previousSecret]
      .filter((value) => value !== null)
      .map((value) => Buffer.from(value));
    return { ...NAS_DEFAULTS, ...rest, id, secrets };
  });
}

/** Removes the NAS with this name, address, prefix or id and returns it; throws AppError `not_found`, or `conflict` where several have this address. */
export async function removeNas({ db, clock }: NasCommandContext, which: string): Promise<Nas> {
  return inTransaction(db, clock, async (transaction) => {
    const { nases } = await listNas({ knex: transaction.trx });
    const nas = findOne(nases, which);
    if (nas.id !== null) await deleteNas(transaction, nas.id);
    return nas;
  });
}

function findOne(nases: readonly Nas[], which: string): Nas {
  const prefix = canonicalPrefix(which);
  const found =
    firstNonEmpty([
      nases.filter((nas) => nas.name === which),
      nases.filter((nas) => nas.prefix === prefix),
      nases.filter((nas) => String(nas.id) === which),
    ]) ?? [];
  const [nas, another] = found;
  if (nas === undefined) {
    throw new AppError('not_found', `no NAS is called ${which}; \`radmeter nas list\` shows those there are`);
  }
  if (another === undefined) return nas;
  const ids = found.map(({ id, name }) => `${id} (${name})`).join(', ');
  throw new AppError('conflict', `several NASes are called ${which}; name one by its id: ${ids}`);
}

function firstNonEmpty<T>(lists: readonly (readonly T[])[]): readonly T[] | undefined {
  return lists.find((list) => list.length > 0);
}

async function refuseTaken({ trx }: Transaction, nas: NewNas): Promise<void> {
  const { nases } = await listNas({ knex: trx });
  for (const other of nases) {
    if (other.name === nas.name) throw new AppError('conflict', `a NAS called ${nas.name} exists already`);
    if (placeOf(other) === placeOf(nas)) {
      throw new AppError(
        'conflict',
        `${nas.prefix} is the NAS ${other.name} already; remove that one first, or tell them apart with an identifier each`,
      );
    }
  }
}

function checkInput(input: NasInput): NewNas {
  const prefix = canonicalPrefix(input.address);
  if (prefix === undefined) {
    throw new AppError(
      'invalid',
      `address: expected an IP address or a prefix such as 10.0.0.0/8; got "${input.address}"`,
    );
  }
  const name = input.name ?? prefix;
  if (name.trim() === '' || name.length > NAME_LENGTH_MAX) {
    throw new AppError('invalid', `name: expected 1 to ${NAME_LENGTH_MAX} characters; got "${name}"`);
  }
  const kind = KINDS.find((known) => known === (input.kind ?? NAS_DEFAULTS.kind));
  if (kind === undefined) {
    throw new AppError('invalid', `kind: "${input.kind}" is unknown; known are ${KINDS.join(', ')}`);
  }
  return {
    name,
    prefix,
    kind,
    secret: checkSecret('secret', input.secret),
    previousSecret:
      input.previousSecret === undefined ? null : checkSecret('previous-secret', input.previousSecret),
    coaPort: checkNumber('coa-port', input.coaPort, 65_535) ?? NAS_DEFAULTS.coaPort,
    requireMessageAuthenticator:
      input.requireMessageAuthenticator ?? NAS_DEFAULTS.requireMessageAuthenticator,
    direction: input.direction ?? NAS_DEFAULTS.direction,
    octetUnit: checkNumber('octet-unit', input.octetUnit, 1024 ** 3) ?? NAS_DEFAULTS.octetUnit,
    maxRateKbps: checkNumber('max-rate', input.maxRateKbps, 1_000_000_000) ?? NAS_DEFAULTS.maxRateKbps,
    matchIdentifier: checkIdentifier(input.identifier),
    intervalFloorSeconds:
      checkNumber('interval-floor', input.intervalFloorSeconds, 86_400) ?? NAS_DEFAULTS.intervalFloorSeconds,
  };
}

/** RFC 2865 §3: the secret must not be empty. No message repeats it. */
function checkSecret(field: string, secret: string): string {
  if (secret.trim() !== '' && secret.length <= SECRET_LENGTH_MAX) return secret;
  const came = secret.trim() === '' ? 'nothing' : `${secret.length} characters`;
  throw new AppError('invalid', `${field}: expected 1 to ${SECRET_LENGTH_MAX} characters; got ${came}`);
}

function checkNumber(field: string, value: number | undefined, max: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= max)) return value;
  throw new AppError('invalid', `${field}: expected a whole number from 1 to ${max}; got ${value}`);
}

function checkIdentifier(identifier: string | undefined): Nas['matchIdentifier'] {
  if (identifier === undefined) return null;
  const bytes = Buffer.from(identifier, 'utf8');
  if (bytes.length >= 1 && bytes.length <= IDENTIFIER_OCTETS_MAX) return octetsFrom(bytes);
  throw new AppError(
    'invalid',
    `identifier: expected 1 to ${IDENTIFIER_OCTETS_MAX} octets; got ${bytes.length}`,
  );
}
