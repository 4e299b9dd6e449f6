/** Runs `radmeter` on a database of the test: in a process of its own, as a person would, or inside the test's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { runInProcess } from './cli-in-process.ts';
import { type RunResult, runRadmeter } from './run-radmeter.ts';

/** A dozen processes one after the other, on a busy machine. */
export const STORY_TIMEOUT_MS = 90_000;

export type CliResult = Pick<RunResult, 'code' | 'stdout' | 'stderr'>;

export interface Cli {
  /** Where the current test's database is. */
  databaseUrl(): string;
  /** Runs one command line and returns how it ended. */
  run(...args: string[]): Promise<CliResult>;
  /** Runs one command line that must succeed and returns what it printed. */
  print(...args: string[]): Promise<string>;
  /** Runs one command line with --json that must succeed and returns the value it printed. */
  json(...args: string[]): Promise<unknown>;
}

/** Gives each test of a suite an empty, migrated embedded database of its own. Its commands run inside the test's process, which takes a tenth of the time. */
export function useCli(): Cli {
  let directory = '';
  const databaseUrl = () => `sqlite:${join(directory, 'radmeter.db')}`;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'radmeter-cli-'));
    const db = openDatabase(databaseUrl());
    await migrateToLatest(db);
    await db.close();
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  return cliInProcess(databaseUrl);
}

/** Returns the command line, inside the test's process, on a database that a test has. */
export function cliInProcess(databaseUrl: () => string): Cli {
  return cliOf(databaseUrl, (args) =>
    runInProcess(args, { RADMETER_DATABASE_URL: databaseUrl(), RADMETER_TIMEZONE: 'UTC' }),
  );
}

/** Returns the command line on a database that a test has; `cwd` is where it runs. */
export function commandLine(databaseUrl: () => string, cwd: () => string = tmpdir): Cli {
  return cliOf(databaseUrl, (args) =>
    runRadmeter(args, {
      cwd: cwd(),
      environment: { RADMETER_DATABASE_URL: databaseUrl(), RADMETER_TIMEZONE: 'UTC' },
    }),
  );
}

function cliOf(databaseUrl: () => string, runArgs: (args: readonly string[]) => Promise<CliResult>): Cli {
  const run = (...args: string[]) => runArgs(args);
  const print = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    if (code !== 0) throw new Error(`radmeter ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  };
  return { databaseUrl, run, print, json: async (...args) => JSON.parse(await print(...args, '--json')) };
}
