/** Flags that take a number; what is none is refused by the flag's name, with what was typed. */
import { AppError } from '../errors.ts';

/** What a flag's number may be. */
export interface NumberRange {
  /** As it is typed, without hyphens. */
  readonly flag: string;
  readonly min: number;
  /** No largest one if not given. */
  readonly max?: number;
  /** May be 2.5, too. */
  readonly mayBeFraction?: boolean;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)$/;

/** Returns what yargs is told of such a flag, to be put into an option; its value is a number of the range. */
export function numberFlag(range: NumberRange) {
  return {
    // Not yargs' number: it makes NaN of what is none, and of nothing.
    type: 'string' as const,
    requiresArg: true as const,
    coerce: (given: unknown) => numberFrom(given, range),
  };
}

function numberFrom(
  given: unknown,
  { flag, min, max = Infinity, mayBeFraction = false }: NumberRange,
): number {
  if (Array.isArray(given)) throw new AppError('invalid', `--${flag} is given more than once; keep one`);
  const value = typeof given === 'string' && !NUMBER.test(given) ? Number.NaN : Number(given);
  const isAllowed = mayBeFraction ? Number.isFinite(value) : Number.isSafeInteger(value);
  if (isAllowed && value >= min && value <= max) return value;
  const kind = mayBeFraction ? 'number' : 'whole number';
  const range = max === Infinity ? `from ${min}` : `from ${min} to ${max}`;
  const shown = typeof given === 'string' ? JSON.stringify(given) : String(given);
  throw new AppError('invalid', `--${flag}: expected a ${kind} ${range}; got ${shown}`);
}
