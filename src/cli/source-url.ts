/** The other database of an import: its flags, and opening it. */
import { readFileSync } from 'node:fs';
import type { Argv } from 'yargs';
import { AppError } from '../errors.ts';
import { openSource, type SourceDatabase } from '../import/source-database.ts';
import { unreachable } from './open.ts';

/** Everybody on a machine sees the flags of what runs there. */
const FROM_VARIABLE = 'RADMETER_IMPORT_FROM';

/** Adds `--from` and `--from-file`; `otherwise` says what is read without them. */
export function withFrom<T>(yargs: Argv<T>, otherwise = `what ${FROM_VARIABLE} holds`) {
  return yargs
    .option('from', {
      type: 'string',
      requiresArg: true,
      describe: `The database to read, never written: sqlite:PATH or mysql://user:password@host:3306/name (default ${otherwise})`,
    })
    .option('from-file', {
      type: 'string',
      requiresArg: true,
      describe: 'A file that holds --from, so that its password is in no process listing',
    })
    .conflicts('from', 'from-file');
}

/** What was said of where to read. */
export interface SaidSource {
  readonly from?: string | undefined;
  readonly 'from-file'?: string | undefined;
}

/** Returns the URL an import reads from; throws AppError `invalid` where nobody said it. */
export function sourceUrl(argv: SaidSource): string {
  const url = flaggedSource(argv) ?? process.env[FROM_VARIABLE];
  if (url !== undefined && url !== '') return url;
  throw new AppError(
    'invalid',
    `--from: expected the URL of a database here, in --from-file or in ${FROM_VARIABLE}; got nothing`,
  );
}

/** Returns the URL that the flags say, undefined where they say none; throws AppError `invalid` for a file that says nothing. */
export function flaggedSource({ from, 'from-file': file }: SaidSource): string | undefined {
  return file === undefined ? from : urlIn(file);
}

function urlIn(file: string): string {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('invalid', `--from-file: the file cannot be read (${reason})`);
  }
  const url = content.trim();
  if (url !== '') return url;
  throw new AppError('invalid', `--from-file: ${file} is empty`);
}

/** Adds `--dry-run`. */
export function withDryRun<T>(yargs: Argv<T>) {
  return yargs.option('dry-run', {
    type: 'boolean',
    default: false,
    describe: 'Show what would be done and change nothing',
  });
}

/** Runs work on a database opened for reading alone, and closes it; throws AppError `unavailable` where it cannot be reached. */
export async function withSource<T>(url: string, work: (source: SourceDatabase) => Promise<T>): Promise<T> {
  const source = openSource(url);
  try {
    // What fails later may be either database.
    await source.reader.knex.raw('SELECT 1').catch((error: unknown) => {
      throw unreachable(error, source.shown) ?? error;
    });
    return await work(source);
  } finally {
    await source.close();
  }
}
