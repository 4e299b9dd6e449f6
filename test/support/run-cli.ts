/** Runs `radmeter` as a person would: a process of its own, on a database of the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type RunResult, runRadmeter } from './run-radmeter.ts';

/** A dozen processes one after the other, on a busy machine. */
export const STORY_TIMEOUT_MS = 90_000;

export interface Cli {
  /** Where the current test's database is. */
  databaseUrl(): string;
  /** Runs one command line and returns how it ended. */
  run(...args: string[]): Promise<RunResult>;
  /** Runs one command line that must succeed and returns what it printed. */
  print(...args: string[]): Promise<string>;
  /** Runs one command line with --json that must succeed and returns the value it printed. */
  json(...args: string[]): Promise<unknown>;
}

/** Gives each test of a suite an empty embedded database of its own. */
export function useCli(): Cli {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'radmeter-cli-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  return commandLine(
    () => `sqlite:${join(directory, 'radmeter.db')}`,
    () => directory,
  );
}

/** Returns the command line on a database that a test has; `cwd` is where it runs. */
export function commandLine(databaseUrl: () => string, cwd: () => string = tmpdir): Cli {
  const run = (...args: string[]) =>
    runRadmeter(args, {
      cwd: cwd(),
      environment: { RADMETER_DATABASE_URL: databaseUrl(), RADMETER_TIMEZONE: 'UTC' },
    });
  const print = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    if (code !== 0) throw new Error(`radmeter ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  };
  return { databaseUrl, run, print, json: async (...args) => JSON.parse(await print(...args, '--json')) };
}
