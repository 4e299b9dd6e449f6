/** Configuration files of one test, and what loading them says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type ConfigSources, type LoadedConfig, loadConfig } from '../../src/config/load-config.ts';
import { ConfigError } from '../../src/errors.ts';

export interface ConfigFiles {
  /** Loads with no flags and an empty environment unless given. */
  load(sources?: Partial<ConfigSources>): LoadedConfig;
  /** Writes a file (radmeter.yaml unless named) for the current test and returns where it is. */
  fileWith(content: string, name?: string): string;
  /** Returns the lines of the error loading must end with, files named without their directory. */
  problemsOf(sources: Partial<ConfigSources>): string[];
  /** problemsOf for a configuration file with this content. */
  problemsInFile(content: string): string[];
}

/** Gives each test of a suite a directory for configuration files. */
export function useConfigFiles(): ConfigFiles {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'radmeter-config-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const load = ({ flags = {}, environment = {} }: Partial<ConfigSources> = {}) =>
    loadConfig({ flags, environment });
  const fileWith = (content: string, name = 'radmeter.yaml') => {
    const filename = join(directory, name);
    writeFileSync(filename, content);
    return filename;
  };
  const problemsOf = (sources: Partial<ConfigSources>) => {
    try {
      load(sources);
    } catch (error) {
      if (error instanceof ConfigError) return error.message.replaceAll(`${directory}/`, '').split('\n');
      throw error;
    }
    throw new Error('the configuration was accepted');
  };
  const problemsInFile = (content: string) => problemsOf({ flags: { config: fileWith(content) } });
  return { load, fileWith, problemsOf, problemsInFile };
}
