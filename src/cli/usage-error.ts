/** A command line that names no command, an unknown one, or one without what it needs, in words that name what is missing. */
import { AppError } from '../errors.ts';

export class UsageError extends AppError {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super('invalid', message);
  }
}

const MISSING_POSITIONAL = /^Not enough non-option arguments: got (\d+), need at least \d+$/;
const MISSING_FLAGS = /^Missing required arguments?: (.+)$/;
const UNKNOWN = /^Unknown arguments?: (.+)$/;
const MISSING_VALUE = /^Not enough arguments following: (.+)$/;

/** Returns the error of what yargs complains about. `command` is that of the innermost command, with its arguments as yargs writes them; `unknown` are the flags that nobody declared. */
export function usageError(
  complaint: string,
  { command = '', unknown = [] }: { command?: string; unknown?: readonly string[] } = {},
): UsageError {
  const [first = '', ...advice] = complaint.split('\n');
  const [, given] = MISSING_POSITIONAL.exec(first) ?? [];
  if (given !== undefined) return new UsageError(missingArgument(command, Number(given)));
  const [, flags] = MISSING_FLAGS.exec(first) ?? [];
  if (flags !== undefined) {
    const missing = flags.split(', ').map((each) => `--${each}: expected a value; got nothing`);
    const mistyped = unknown.length === 0 ? [] : [unknownText(unknown)];
    return new UsageError([...mistyped, ...missing, ...advice].join('\n'));
  }
  const [, names] = UNKNOWN.exec(first) ?? [];
  if (names !== undefined) return new UsageError([unknownText(names.split(', ')), ...advice].join('\n'));
  const [, flag] = MISSING_VALUE.exec(first) ?? [];
  return new UsageError(flag === undefined ? complaint : `--${flag}: expected a value; got nothing`);
}

/** Returns what is said of arguments nobody knows; yargs names a flag with hyphens a second time, as withoutHyphens. */
function unknownText(names: readonly string[]): string {
  const typed = names.filter((name) => !names.some((other) => other !== name && camelCase(other) === name));
  return `Unknown argument${typed.length === 1 ? '' : 's'}: ${typed.join(', ')}`;
}

function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function missingArgument(command: string, given: number): string {
  const name = [...command.matchAll(/<([^>]+)>/g)][given]?.[1];
  if (name === undefined) return 'an argument is missing';
  return `${name.replace(/\.+$/, '')}: expected a value, as in \`${command}\`; got nothing`;
}
