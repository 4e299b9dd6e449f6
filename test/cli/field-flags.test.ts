import { describe, expect, it } from 'vitest';
import yargs from 'yargs';
import { fieldsFrom, withFieldFlags } from '../../src/cli/field-flags.ts';
import { loadConfig } from '../../src/config/load-config.ts';

const FLAGS = { isActive: { kind: 'yes or no', describe: 'Whether it is' } } as const;

/** Returns what a command line says of the field. */
function said(args: readonly string[]): unknown {
  const argv = withFieldFlags(yargs([...args]), FLAGS)
    .exitProcess(false)
    .parseSync();
  return fieldsFrom(argv, FLAGS)['isActive'];
}

describe('a flag that is yes or no', () => {
  it.each<[string[], unknown]>([
    [['--is-active'], true],
    [['--no-is-active'], false],
    [['--is-active=yes'], true],
    [['--is-active', 'yes'], true],
    [['--is-active=TRUE'], true],
    [['--is-active', 'no'], false],
    [['--is-active=off'], false],
    [['--is-active=maybe'], 'maybe'],
    [[], undefined],
  ])('%j', (args, value) => {
    expect(said(args)).toBe(value);
  });
});

describe('a setting that is true or false', () => {
  it.each<[unknown, boolean]>([
    ['', true],
    ['yes', true],
    [false, false],
    ['off', false],
  ])('%j as a flag', (given, value) => {
    const { config } = loadConfig({ flags: { 'strip-realm': given }, environment: {} });
    expect(config.stripRealm).toBe(value);
  });

  it('refuses what is neither', () => {
    const load = () => loadConfig({ flags: { 'strip-realm': 'maybe' }, environment: {} });
    expect(load).toThrow(/strip-realm.*expected true or false.*maybe/);
  });
});
