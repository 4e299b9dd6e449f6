/** The fields of profiles, promotions and users as flags: the contract's names with hyphens. */
import type { Argv, Options } from 'yargs';
import { AppError } from '../errors.ts';
import { contractName } from '../profiles/field-rules.ts';
import { OCTETS_WRITTEN, octetsFrom } from './signed-octets.ts';

/** How a field is written on the command line. `none` may be said where the field may be null. */
export interface FieldFlag {
  readonly kind: 'text' | 'number' | 'octets' | 'yes or no';
  readonly mayBeNone?: boolean;
  readonly describe: string;
}

/** The flags of a kind of thing, by field name in camel case. */
export type FieldFlags = Readonly<Record<string, FieldFlag>>;

const WHOLE_NUMBER = /^-?[0-9]+$/;

/** Adds a flag for each field; none is required. */
export function withFieldFlags<T>(yargs: Argv<T>, flags: FieldFlags): Argv<T> {
  for (const [field, flag] of Object.entries(flags)) yargs.option(flagName(field), optionOf(flag));
  return yargs;
}

/** Returns the fields whose flags were given, as the values they stand for; what is not a number where one belongs is left as text, for the field's rule to refuse. Throws AppError `invalid` for octets that are none. */
export function fieldsFrom(
  argv: Readonly<Record<string, unknown>>,
  flags: FieldFlags,
): Record<string, unknown> {
  const given = Object.entries(flags).filter(([field]) => argv[field] !== undefined);
  return Object.fromEntries(given.map(([field, flag]) => [field, fieldValue(field, argv[field], flag)]));
}

/** Returns what a reference flag such as `--profile` stands for: `none` is null, absent is undefined. */
export function referenceFrom(value: string | undefined): string | null | undefined {
  return value === 'none' ? null : value;
}

/** Throws AppError `invalid` where none of the fields that may be changed is given. */
export function refuseNoChange(changes: object): void {
  if (Object.values(changes).some((value) => value !== undefined)) return;
  throw new AppError(
    'invalid',
    'there is nothing to change; give a flag for each thing that changes (--help shows them)',
  );
}

/** Returns a name that `none` can be told from; throws AppError `invalid` for that word. */
export function nameBesideNone(name: string): string {
  if (name.toLowerCase() !== 'none') return name;
  throw new AppError(
    'invalid',
    `name: expected a name other than none, which flags such as --profile take for no profile; got ${JSON.stringify(name)}`,
  );
}

function flagName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function optionOf({ kind, mayBeNone, describe }: FieldFlag): Options {
  // Not yargs' boolean: it takes `=yes` for false, and whatever follows a blank for a command.
  if (kind === 'yes or no') return { type: 'string', describe };
  const text = mayBeNone ? `${describe}; none = not set` : describe;
  return { type: 'string', requiresArg: true, describe: text };
}

const CLAIMS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  // The flag alone, and --no-FLAG.
  ['', true],
  [false, false],
  ...['yes', 'true', 'on', '1'].map((word) => [word, true] as const),
  ...['no', 'false', 'off', '0'].map((word) => [word, false] as const),
]);

/** What stands for neither is left for the field's rule to refuse. */
function claimFrom(value: unknown): unknown {
  return CLAIMS.get(typeof value === 'string' ? value.toLowerCase() : value) ?? value;
}

function fieldValue(field: string, value: unknown, { kind, mayBeNone }: FieldFlag): unknown {
  if (mayBeNone && value === 'none') return null;
  if (kind === 'yes or no') return claimFrom(value);
  const isWhole = typeof value === 'string' && WHOLE_NUMBER.test(value);
  if (isWhole && kind !== 'text') return Number(value);
  if (kind !== 'octets' || typeof value !== 'string') return value;
  const octets = octetsFrom(value);
  if (octets !== undefined) return octets;
  const orNone = mayBeNone ? ', or none' : '';
  throw new AppError(
    'invalid',
    `${contractName(field)}: expected ${OCTETS_WRITTEN}${orNone}, got ${JSON.stringify(value)}`,
  );
}
