/** The shape of every command: what yargs is told, and what runs. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { AppError, ConfigError } from '../errors.ts';
import { usageError } from './usage-error.ts';

/** A command, ready to be added to the program or to a group of commands. */
export type Command = (parent: Argv) => Argv;

export interface CommandSpec<T> {
  /** Its name and positional arguments, as yargs writes them: `remove <name>`. */
  readonly command: string;
  /** Other names it goes by. */
  readonly aliases?: readonly string[];
  readonly describe: string;
  /** Command lines as a person would type them after `radmeter`, each with what it does. */
  readonly examples?: readonly (readonly [line: string, does: string])[];
  readonly builder: (yargs: Argv) => Argv<T>;
  /** The flags that may be given several times, beside those declared as lists. */
  readonly repeatable?: readonly string[];
  /** Does the work, or throws: cli.ts prints the error and sets the exit code. */
  readonly run: (argv: ArgumentsCamelCase<T>) => Promise<void>;
}

/** Returns a command; its arguments are typed by its builder. */
export function defineCommand<T>({
  command,
  aliases = [],
  describe,
  examples = [],
  builder,
  repeatable = [],
  run,
}: CommandSpec<T>): Command {
  let lists: readonly string[] = repeatable;
  const build = (yargs: Argv) => {
    for (const [line, does] of examples) yargs.example(`$0 ${line}`, does);
    // Asked before that of the program, which does not know which arguments this command takes.
    yargs.fail((message, error) => {
      if (error === undefined || error.name === 'YError')
        throw usageError(message, { command, unknown: unknownFlags(yargs) });
    });
    const built = builder(yargs);
    lists = [...repeatable, ...listFlags(built)];
    return built;
  };
  return (parent) =>
    parent.command([command, ...aliases], describe, build, async (argv) => {
      refuseRepeated(argv, lists);
      try {
        await run(argv);
      } catch (error) {
        throw namingFlags(error, argv, command);
      }
    });
}

/** The flags declared with `array`; yargs tells them, its types do not know. */
function listFlags(yargs: object): readonly string[] {
  const lists = Reflect.get(optionsOf(yargs), 'array');
  return Array.isArray(lists) ? lists.map((name) => flagOf(String(name))) : [];
}

function optionsOf(yargs: object): object {
  const options: unknown =
    'getOptions' in yargs && typeof yargs.getOptions === 'function' ? yargs.getOptions() : undefined;
  return typeof options === 'object' && options !== null ? options : {};
}

/** The flags that were typed and that nobody declared: of a mistyped flag yargs says first that the right one is missing. */
function unknownFlags(yargs: Argv): readonly string[] {
  const typed = yargs.parsed === false ? [] : Object.keys(yargs.parsed.argv);
  const declared: unknown = Reflect.get(optionsOf(yargs), 'key');
  const known = new Set(Object.keys(typeof declared === 'object' && declared !== null ? declared : {}));
  return typed.filter((name) => !['_', '$0'].includes(name) && !known.has(name) && !known.has(flagOf(name)));
}

/** yargs makes a list of a flag that is given twice, for which no command is prepared. */
function refuseRepeated(argv: Readonly<Record<string, unknown>>, repeatable: readonly string[]): void {
  const repeated = Object.keys(argv).find(
    (name) => name !== '_' && Array.isArray(argv[name]) && !repeatable.includes(flagOf(name)),
  );
  if (repeated === undefined) return;
  throw new AppError('invalid', `--${flagOf(repeated)} is given more than once; keep one`);
}

/** yargs adds each flag with hyphens a second time, as withoutHyphens. */
function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Contract §4: at fault is what several fields say together. */
const NO_FIELD = 'non-field-errors';

/** What commands of the other folders refuse they name as the contract does (`data_volume: …`); whoever typed a flag looks for the flag. */
function namingFlags(error: unknown, argv: Readonly<Record<string, unknown>>, command: string): unknown {
  if (!(error instanceof AppError) || error instanceof ConfigError || error.code !== 'invalid') return error;
  const [, named, rest = error.message] = /^([a-z][a-z_-]*): (.*)$/s.exec(error.message) ?? [];
  const field = named ?? error.field;
  if (field === undefined) return error;
  const flag = field.replaceAll('_', '-');
  const isPositional = new RegExp(`[<\\[]${flag}[>\\]]`).test(command);
  const isGiven = argv[flag] !== undefined;
  if (isPositional || (!isGiven && (named !== undefined || flag === NO_FIELD))) return error;
  if (!isGiven) return new AppError('invalid', `${flag}: ${rest}`, { cause: error });
  return new AppError('invalid', `--${flag}: ${rest.replace(', or null, got', ', or none, got')}`, {
    cause: error,
  });
}

/** Returns a command that only holds others: `radmeter nas add`. */
export function defineGroup(name: string, describe: string, commands: readonly Command[]): Command {
  return (parent) =>
    parent.command(name, describe, (yargs) =>
      commands
        .reduce((group, command) => command(group), yargs)
        .demandCommand(1, 1, `say what to do: \`radmeter ${name} --help\` shows the choices`),
    );
}

/** Adds `--json`, for lists and shows. */
export function withJson<T>(yargs: Argv<T>) {
  return yargs.option('json', { type: 'boolean', default: false, describe: 'Print JSON for programs' });
}
