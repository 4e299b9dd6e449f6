/** `radmeter config`: what the settings come to. */
import type { ArgumentsCamelCase } from 'yargs';
import { type EffectiveSetting, effectiveSettings } from '../config/effective-settings.ts';
import { daemonFlags } from '../config/flags.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { type Column, printJson, printTable } from './output.ts';
import { daemonConfigFor } from './serve.ts';

const checkCommand = defineCommand({
  command: 'check',
  describe: 'Check the settings and show those in force with where they come from, without secrets',
  examples: [['config check --config /etc/radmeter/radmeter.yaml', 'Before a restart']],
  builder: (yargs) => {
    yargs.options(daemonFlags()).strict(false).strictCommands();
    return withJson(yargs);
  },
  repeatable: ['acct-listen', 'auth-listen'],
  run: async (argv: ArgumentsCamelCase<{ json: boolean }>) => {
    const loaded = daemonConfigFor(argv);
    const settings = effectiveSettings(loaded);
    if (argv.json) {
      printJson(Object.fromEntries(settings.map(({ name, value, origin }) => [name, { value, origin }])));
      return;
    }
    const columns: readonly Column<EffectiveSetting>[] = [
      { heading: 'SETTING', value: (row) => row.name },
      { heading: 'FROM', value: (row) => row.origin },
      { heading: 'VALUE', value: (row) => row.shown },
    ];
    printTable(settings, columns, '');
  },
});

/** `radmeter config check`. */
export const configCommand = defineGroup('config', 'What the settings come to', [checkCommand]);
