/** `radmeter serve`: runs the daemon until it is told to stop. */
import type { ArgumentsCamelCase } from 'yargs';
import { daemonFlags } from '../config/flags.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { Daemon } from '../daemon.ts';
import { createLogger } from '../logger.ts';
import { type Command, defineCommand } from './command.ts';
import { aborted, type WatchSignals } from './signals.ts';

/** What yargs adds to the flags a person gives. */
const NOT_SETTINGS = ['_', '$0', 'help', 'h', 'version', 'json'];

/** Returns the configuration for the commands that take every setting as a flag; a flag that is no setting is refused like any unknown setting (ConfigError). */
export function daemonConfigFor(argv: Readonly<Record<string, unknown>>): LoadedConfig {
  const given = Object.keys(argv).filter((name) => !NOT_SETTINGS.includes(name));
  // yargs adds each flag with dashes a second time, as dashesAway.
  const dashed = given.filter((name) => name.includes('-'));
  const twins = new Set(
    dashed.map((name) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())),
  );
  const names = given.filter((name) => !twins.has(name));
  const flags = Object.fromEntries(names.map((name) => [name, argv[name]]));
  return loadConfig({ flags, environment: process.env });
}

/** `radmeter serve`. */
export function serveCommand(watchSignals: WatchSignals): Command {
  return defineCommand({
    command: 'serve',
    describe: 'Receive accounting packets until stopped',
    examples: [
      ['serve', 'On the embedded database in ./var'],
      ['serve --config /etc/radmeter/radmeter.yaml', 'With a configuration file'],
    ],
    // Unknown flags are left to the configuration, which refuses them as it does unknown settings anywhere.
    builder: (yargs) => yargs.options(daemonFlags()).strict(false).strictCommands(),
    run: (argv: ArgumentsCamelCase) => serve(daemonConfigFor(argv), watchSignals),
  });
}

async function serve({ config, secrets }: LoadedConfig, watchSignals: WatchSignals): Promise<void> {
  const logger = createLogger(config.logLevel);
  const daemon = new Daemon({ config, secrets, logger });
  const { stop, hurry } = watchSignals();
  hurry.addEventListener('abort', () => daemon.hurry(), { once: true });
  try {
    // A database that does not answer is waited for, and the wait can be stopped.
    await Promise.race([daemon.start().then(() => aborted(stop)), aborted(stop)]);
  } finally {
    await daemon.close();
  }
}
