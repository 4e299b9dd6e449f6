/** Adding, changing and removing NASes; a running daemon follows within ten seconds. */
import type { Actor } from '../audit/actor.ts';
import { changedFields, type FieldChanges, hiddenSecret, secretChange } from '../audit/changed-fields.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import { lockNames } from '../db/name-lock.ts';
import { AppError } from '../errors.ts';
import { octetsToDisplay } from '../radius/octets.ts';
import { NAS_DEFAULTS, type Nas, placeOf } from './nas.ts';
import { checkNasOptions, type NasInput } from './nas-options.ts';
import { listNas } from './nas-queries.ts';
import { deleteNas, insertNas, type NewNas, updateNasOptions } from './nas-store.ts';
import { canonicalPrefix } from './prefix.ts';

export interface NasCommandContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly actor: Actor;
}

/** What adding needs to be told; the name is the address unless it is said, the rest has defaults. */
export type NewNasInput = NasInput & { readonly address: string; readonly secret: string };

/** Adds a NAS and returns it; throws AppError `invalid` for what cannot be used, `conflict` where its name, or its prefix with the same NAS-Identifier, is taken. */
export async function addNas({ db, clock, actor }: NasCommandContext, input: NewNasInput): Promise<Nas> {
  const { name, prefix = '', secret = '', previousSecret = null, ...rest } = checkNasOptions(input);
  // An address can be longer than a name may be.
  const checkedName = name ?? checkNasOptions({ name: prefix }).name ?? prefix;
  const nas: NewNas = { ...NAS_DEFAULTS, ...rest, name: checkedName, prefix, secret, previousSecret };
  return inTransaction(db, clock, async (transaction) => {
    await lockNames(transaction, 'nas');
    await refuseTaken(transaction, nas);
    const id = await insertNas(transaction, nas);
    const added = await nasWithId(transaction, id);
    const after = { ...auditedFields(added), ...hiddenSecrets(added) };
    await recordAudit(transaction, actor, { action: 'create', objectType: 'nas', objectId: id, after });
    return added;
  });
}

/**
 * Changes what is said of the NAS with this name, address, prefix or id, or with this id alone (a number), and returns
 * it as it is then. With `keepsSecret` the secret before is accepted besides the new one. Throws AppError as addNas
 * does, `not_found`, and `invalid` where nothing is said.
 */
export async function updateNas(
  { db, clock, actor }: NasCommandContext,
  which: string | number,
  changes: NasInput,
  { keepsSecret = false }: { readonly keepsSecret?: boolean } = {},
): Promise<Nas> {
  const options = checkNasOptions(changes);
  if (keepsSecret && options.secret === undefined)
    throw new AppError('invalid', 'the secret before can only be kept beside a new secret', {
      field: 'keep_secret',
    });
  if (keepsSecret && options.previousSecret !== undefined)
    throw new AppError('invalid', 'give the secret before, or keep the present one as it, not both', {
      field: 'keep_secret',
    });
  if (Object.keys(options).length === 0) throw new AppError('invalid', 'there is nothing to change');
  return inTransaction(db, clock, async (transaction) => {
    await lockNames(transaction, 'nas');
    const { nases } = await listNas({ knex: transaction.trx });
    const nas = findNamedNas(nases, which);
    if (nas.id === null) throw new Error(`the NAS ${nas.name} of the table has no id`);
    await refuseTaken(transaction, { ...nas, ...options }, nas.id);
    const before = nas.secrets[0]?.toString();
    const kept = keepsSecret && before !== undefined ? { previousSecret: before } : undefined;
    await updateNasOptions(transaction, nas.id, { ...options, ...kept });
    const updated = await nasWithId(transaction, nas.id);
    const changes = auditedChanges(nas, updated);
    if (changes !== undefined)
      await recordAudit(transaction, actor, {
        action: 'update',
        objectType: 'nas',
        objectId: nas.id,
        ...changes,
      });
    return updated;
  });
}

/** Removes the NAS with this name, address, prefix or id, or with this id alone (a number), and returns it; throws AppError `not_found`, or `conflict` where several have this address. */
export async function removeNas(
  { db, clock, actor }: NasCommandContext,
  which: string | number,
): Promise<Nas> {
  return inTransaction(db, clock, async (transaction) => {
    const { nases } = await listNas({ knex: transaction.trx });
    const nas = findNamedNas(nases, which);
    if (nas.id === null) throw new Error(`the NAS ${nas.name} of the table has no id`);
    await deleteNas(transaction, nas.id);
    const before = { ...auditedFields(nas), ...hiddenSecrets(nas) };
    await recordAudit(transaction, actor, { action: 'delete', objectType: 'nas', objectId: nas.id, before });
    return nas;
  });
}

/** Returns the one NAS with this name, else this address or prefix, else this id; a number is an id and nothing else. Throws AppError `not_found`, or `conflict` where several are meant. */
export function findNamedNas(nases: readonly Nas[], which: string | number): Nas {
  if (typeof which === 'number') {
    const nas = nases.find(({ id }) => id === which);
    // Programs ask by id: they get the words that clients of the API know (contract §4).
    if (nas === undefined) throw new AppError('not_found', 'Not found.');
    return nas;
  }
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
  const ids = found.map(({ id, name, prefix: at }) => (id === null ? `${name} (${at})` : `${id} (${name})`));
  throw new AppError('conflict', `several NASes are called ${which}; name one by its id: ${ids.join(', ')}`);
}

/** What people say of a NAS, without what its packets teach, and without its secrets. */
function auditedFields(nas: Nas) {
  return {
    name: nas.name,
    address: nas.prefix,
    kind: nas.kind,
    coa_port: nas.coaPort,
    require_message_authenticator: nas.requireMessageAuthenticator,
    direction: nas.direction,
    octet_unit: nas.octetUnit,
    max_rate_kbps: nas.maxRateKbps,
    identifier: nas.matchIdentifier === null ? null : octetsToDisplay(nas.matchIdentifier),
    interval_floor_seconds: nas.intervalFloorSeconds,
    sends_gigawords: nas.sendsGigawords,
  };
}

function hiddenSecrets({ secrets: [secret, previousSecret] }: Nas) {
  return { secret: hiddenSecret(secret), previous_secret: hiddenSecret(previousSecret) };
}

function auditedChanges(before: Nas, after: Nas): FieldChanges | undefined {
  const changes = changedFields(auditedFields(before), auditedFields(after));
  const secretAt = ({ secrets }: Nas, at: number) => secrets[at]?.toString('latin1') ?? null;
  const secrets = ['secret', 'previous_secret'].flatMap((name, at) => {
    const change = secretChange(secretAt(before, at), secretAt(after, at));
    return change === undefined ? [] : [{ name, ...change }];
  });
  if (changes === undefined && secrets.length === 0) return undefined;
  const side = (which: 'before' | 'after') => ({
    ...changes?.[which],
    ...Object.fromEntries(secrets.map((secret) => [secret.name, secret[which]])),
  });
  return { before: side('before'), after: side('after') };
}

function firstNonEmpty<T>(lists: readonly (readonly T[])[]): readonly T[] | undefined {
  return lists.find((list) => list.length > 0);
}

async function nasWithId({ trx }: Transaction, id: number): Promise<Nas> {
  const { nases } = await listNas({ knex: trx });
  const nas = nases.find((one) => one.id === id);
  if (nas === undefined) throw new Error(`the NAS with the id ${id} was written and is not there`);
  return nas;
}

async function refuseTaken(
  { trx }: Transaction,
  nas: Pick<Nas, 'name' | 'prefix' | 'matchIdentifier'>,
  ownId?: number,
): Promise<void> {
  const { nases } = await listNas({ knex: trx });
  for (const other of nases) {
    if (other.id === ownId) continue;
    if (other.name === nas.name)
      throw new AppError('conflict', `a NAS called ${nas.name} exists already`, { field: 'name' });
    if (placeOf(other) === placeOf(nas)) {
      throw new AppError(
        'conflict',
        `${nas.prefix} is the NAS ${other.name} already; remove that one first, or tell them apart with an identifier each`,
        { field: 'address' },
      );
    }
  }
}
