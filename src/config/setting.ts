/** What every setting says of itself. */
import type { Field } from './values.ts';

/** One setting. Its flag is `--name`, its variable RADMETER_NAME, its file key `name`. */
export interface Setting<T> extends Field<T> {
  readonly name: string;
  readonly example: string;
  /** Accepted by every command, not only by those that run the daemon or check its settings. */
  readonly everywhere?: boolean;
  /** Too large for a flag or a variable. */
  readonly fileOnly?: boolean;
  /** What a map, or each map of a list, consists of. */
  readonly fields?: Readonly<Record<string, Field<unknown> & { readonly name: string }>>;
  /** A value as `config check` shows it, where plain text would not read well. */
  show?(value: T): string;
}

/** Returns a setting with its type made sure of. */
export function setting<T>(value: Setting<T>): Setting<T> {
  return value;
}
