/** The shape of every command: what yargs is told, and what runs. */
import type { ArgumentsCamelCase, Argv } from 'yargs';

/** A command, ready to be added to the program or to a group of commands. */
export type Command = (parent: Argv) => Argv;

export interface CommandSpec<T> {
  /** Its name and positional arguments, as yargs writes them: `remove <name>`. */
  readonly command: string;
  readonly describe: string;
  /** Command lines as a person would type them after `radmeter`, each with what it does. */
  readonly examples?: readonly (readonly [line: string, does: string])[];
  readonly builder: (yargs: Argv) => Argv<T>;
  /** Does the work, or throws: cli.ts prints the error and sets the exit code. */
  readonly run: (argv: ArgumentsCamelCase<T>) => Promise<void>;
}

/** Returns a command; its arguments are typed by its builder. */
export function defineCommand<T>({
  command,
  describe,
  examples = [],
  builder,
  run,
}: CommandSpec<T>): Command {
  const build = (yargs: Argv) => {
    for (const [line, does] of examples) yargs.example(`$0 ${line}`, does);
    return builder(yargs);
  };
  return (parent) => parent.command(command, describe, build, run);
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
