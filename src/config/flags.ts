/** The settings as yargs options. */
import type { Options } from 'yargs';
import type { Setting } from './setting.ts';
import { FROM_FILE, SETTINGS, variableOf } from './settings.ts';

const ALL: readonly Setting<unknown>[] = Object.values(SETTINGS);

/** Returns the options every command takes: the file, and the settings a command needs to find the database. */
export function commonFlags(): Record<string, Options> {
  return {
    config: {
      type: 'string',
      requiresArg: true,
      group: 'Settings:',
      describe: 'The configuration file (YAML) [RADMETER_CONFIG]',
    },
    ...Object.fromEntries(
      ALL.filter((setting) => setting.everywhere).map((setting) => [setting.name, optionOf(setting)]),
    ),
    ...fileFlags((name) => EVERYWHERE.has(name)),
  };
}

const EVERYWHERE = new Set(ALL.filter((setting) => setting.everywhere).map(({ name }) => name));

function fileFlags(isWanted: (name: string) => boolean): Record<string, Options> {
  const options = FROM_FILE.filter(isWanted).map((name): [string, Options] => [
    `${name}-file`,
    {
      type: 'string',
      requiresArg: true,
      group: 'Settings:',
      describe: `A file that holds ${name} [${variableOf(`${name}-file`)}]`,
    },
  ]);
  return Object.fromEntries(options);
}

/** Returns the options of the remaining settings, for the commands that run the daemon or check its settings. */
export function daemonFlags(): Record<string, Options> {
  const flags = ALL.filter((setting) => !setting.everywhere && !setting.fileOnly);
  return {
    ...Object.fromEntries(flags.map((setting) => [setting.name, optionOf(setting)])),
    ...fileFlags((name) => !EVERYWHERE.has(name)),
  };
}

function optionOf(setting: Setting<unknown>): Options {
  const describe = `${setting.description} [${variableOf(setting.name)}] (default ${defaultText(setting)})`;
  // The flag alone means true; not yargs' boolean, which takes `=yes` for false.
  if (setting.type === 'true or false') return { type: 'string', group: 'Settings:', describe };
  return { type: 'string', requiresArg: true, group: 'Settings:', describe };
}

/** Returns a setting's default as people would write it. */
function defaultText(setting: Setting<unknown>): string {
  return setting.show === undefined ? String(setting.default) : setting.show(setting.default);
}
