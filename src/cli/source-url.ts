/** The other database of an import: its flag, and opening it. */
import type { Argv } from 'yargs';
import { openSource, type SourceDatabase } from '../import/source-database.ts';
import { unreachable } from './open.ts';

/** Adds `--from`, where an import must be told what it reads. */
export function withFrom<T>(yargs: Argv<T>) {
  return yargs.option('from', {
    type: 'string',
    demandOption: true,
    requiresArg: true,
    describe:
      'The database to read: sqlite:PATH or mysql://user:password@host:3306/name; it is never written',
  });
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
