/** `radmeter serve`: runs the daemon until it is told to stop. */
import { accessSync, constants } from 'node:fs';
import type { ArgumentsCamelCase } from 'yargs';
import { daemonFlags } from '../config/flags.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { Daemon } from '../daemon/daemon.ts';
import { ConfigError } from '../errors.ts';
import { createLogger } from '../logger.ts';
import { makeDirectory } from '../make-directory.ts';
import { type Command, defineCommand } from './command.ts';
import { unreachable } from './open.ts';
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

/** A state directory that can never be written is a wrong setting, to be said before anything else: the daemon would not know it from a database that is away. */
function refuseUnwritable({ config: { stateDir }, origins }: LoadedConfig): void {
  try {
    makeDirectory(stateDir);
    accessSync(stateDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const reason = UNWRITABLE[code] ?? 'it cannot be made';
    throw new ConfigError(
      `state-dir (${origins.stateDir}): expected a directory radmeter may write to; got ${JSON.stringify(stateDir)}: ${reason} (${code})`,
      { cause: error },
    );
  }
}

/** A database file whose directory cannot be made will not be there at the next start either. */
function impossibleDatabase(error: unknown, shownUrl: string): ConfigError | undefined {
  if (!(error instanceof Error && 'syscall' in error && error.syscall === 'mkdir')) return undefined;
  const refusal = unreachable(error, shownUrl);
  return refusal && new ConfigError(refusal.message, { cause: error });
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'it is not ours to write',
  EPERM: 'it is not ours to write',
  EROFS: 'it is read-only',
  EEXIST: 'it is a file',
  ENOTDIR: 'it lies below a file',
  ENOSPC: 'there is no space left',
};

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
    repeatable: ['acct-listen', 'auth-listen'],
    run: (argv: ArgumentsCamelCase) => serve(daemonConfigFor(argv), watchSignals),
  });
}

async function serve(loaded: LoadedConfig, watchSignals: WatchSignals): Promise<void> {
  const { config, secrets } = loaded;
  refuseUnwritable(loaded);
  const logger = createLogger(config.logLevel);
  const daemon = new Daemon({ config, secrets, logger });
  const { stop, hurry } = watchSignals();
  hurry.addEventListener('abort', () => daemon.hurry(), { once: true });
  try {
    // A database that does not answer is waited for, and the wait can be stopped.
    await Promise.race([daemon.start().then(() => aborted(stop)), aborted(stop)]);
  } catch (error) {
    throw impossibleDatabase(error, config.databaseUrl) ?? error;
  } finally {
    await daemon.close();
  }
}
