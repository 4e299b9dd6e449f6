/** The options of a NAS as flags, under the names they have in the configuration file. */
import { readFileSync } from 'node:fs';
import type { Argv } from 'yargs';
import { AppError } from '../errors.ts';
import { DIRECTIONS, KINDS } from '../nas/nas.ts';
import type { NasInput } from '../nas/nas-options.ts';
import { type FieldFlags, fieldsFrom, withFieldFlags } from './field-flags.ts';

const FLAGS = {
  name: { kind: 'text', describe: 'What to call it (default: its address)' },
  secret: { kind: 'text', describe: 'The shared secret' },
  secretFile: { kind: 'text', describe: 'A file that holds the shared secret (-: standard input)' },
  previousSecret: {
    kind: 'text',
    mayBeNone: true,
    describe: 'The secret before, accepted while it is replaced',
  },
  previousSecretFile: { kind: 'text', describe: 'A file that holds the secret before' },
  kind: { kind: 'text', describe: `What it is: ${KINDS.join(', ')} (default: other)` },
  coaPort: {
    kind: 'number',
    mayBeNone: true,
    describe: 'Where it takes CoA- and Disconnect-Requests (default: the usual port of its kind)',
  },
  requireMessageAuthenticator: {
    kind: 'yes or no',
    describe: 'Discard Access-Requests without Message-Authenticator (default: yes)',
  },
  direction: {
    kind: 'text',
    describe: `Which way it counts, ${DIRECTIONS.join(', ')}: rfc = its input octets are the upload, reversed = the download, auto = as its packets say, else rfc (default: auto)`,
  },
  octetUnit: { kind: 'number', describe: 'How many octets its counters count as one (default: 1)' },
  maxRate: {
    kind: 'number',
    describe: 'The most one session can carry, in kbit/s; more is set aside (default: 1000000)',
  },
  identifier: {
    kind: 'text',
    mayBeNone: true,
    describe: 'Its NAS-Identifier, where several NASes share the address',
  },
  intervalFloor: {
    kind: 'number',
    describe: 'The silence in seconds within which no session of its is taken for gone (default: 600)',
  },
  sendsGigawords: {
    kind: 'text',
    describe:
      'Whether it counts beyond 4 GiB (Acct-*-Gigawords): yes, no, or auto = as its packets show (default: auto)',
  },
} as const satisfies FieldFlags;

/** Adds a flag for each option. */
export function withNasFlags<T>(yargs: Argv<T>): Argv<T> {
  return withFieldFlags(yargs, FLAGS)
    .conflicts('secret', 'secret-file')
    .conflicts('previous-secret', 'previous-secret-file');
}

/** Returns what the flags say of a NAS, as far as they are given; reads the files that hold secrets, and throws AppError `invalid` for one that cannot be read. What is no number where one belongs is left for the option's rule to refuse. */
export function nasInputFrom(
  argv: Readonly<Record<string, unknown>>,
): Partial<Record<keyof NasInput, unknown>> {
  const { secretFile, previousSecretFile, maxRate, intervalFloor, ...same } = fieldsFrom(argv, FLAGS);
  const said = {
    ...same,
    maxRateKbps: maxRate,
    intervalFloorSeconds: intervalFloor,
    secret: secretFile === undefined ? same['secret'] : secretIn('secret-file', secretFile),
    previousSecret:
      previousSecretFile === undefined
        ? same['previousSecret']
        : secretIn('previous-secret-file', previousSecretFile),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

function secretIn(option: string, filename: unknown): string {
  try {
    return readFileSync(filename === '-' ? 0 : String(filename), 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('invalid', `${option}: ${filename} cannot be read (${reason})`, { cause: error });
  }
}
