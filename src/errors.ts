/** The errors people are shown, and what each code means to HTTP clients and to a shell. */

export type ErrorCode = 'invalid' | 'unauthorized' | 'forbidden' | 'not_found' | 'conflict' | 'unavailable';

export interface AppErrorOptions extends ErrorOptions {
  /** The field that is at fault, by its contract name (`data_volume`). */
  readonly field?: string;
  /** What programs tell the error by, in snake case (`profile_in_use`). */
  readonly reason?: string;
}

/** An operating error with a message for people: which thing, what was expected, what came. */
export class AppError extends Error {
  override readonly name: string = 'AppError';
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly reason: string | undefined;

  constructor(code: ErrorCode, message: string, options?: AppErrorOptions) {
    super(message, options);
    this.code = code;
    this.field = options?.field;
    this.reason = options?.reason;
  }
}

/** A setting that cannot be used; the process ends with EX_CONFIG so that systemd does not loop on a typo. */
export class ConfigError extends AppError {
  override readonly name = 'ConfigError';

  constructor(message: string, options?: ErrorOptions) {
    super('invalid', message, options);
  }
}

/** Counters that are not what they were made of: EX_DATAERR, so that a script can tell it from a check that could not run. */
export class DifferencesError extends AppError {
  override readonly name = 'DifferencesError';

  constructor(message: string) {
    super('conflict', message);
  }
}

/** A row that nothing can be made of, and why. */
export interface SpoiltRow {
  /** Its table and id, and whose it is. */
  readonly row: string;
  readonly reason: string;
}

/** Some rows hold what nothing can be made of, and were left out of work that is done otherwise: EX_DATAERR. */
export class SpoiltRowsError extends AppError {
  override readonly name = 'SpoiltRowsError';
  readonly rows: readonly SpoiltRow[];

  constructor(rows: readonly SpoiltRow[]) {
    const named = rows.slice(0, SPOILT_ROWS_NAMED).map(({ row, reason }) => `${row}: ${reason}`);
    const more = rows.length - named.length;
    super(
      'conflict',
      `${rows.length === 1 ? '1 row was' : `${rows.length} rows were`} left out, the rest is done: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    );
    this.rows = rows;
  }
}

const SPOILT_ROWS_NAMED = 5;

/** sysexits.h values: what a shell script can tell apart. */
export const EXIT_CODES = {
  internal: 70,
  invalid: 64,
  unauthorized: 77,
  forbidden: 77,
  not_found: 66,
  conflict: 73,
  unavailable: 69,
  config: 78,
  differences: 65,
} as const;

/** Returns the process exit code for anything thrown. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EXIT_CODES.config;
  if (error instanceof DifferencesError || error instanceof SpoiltRowsError) return EXIT_CODES.differences;
  if (error instanceof AppError) return EXIT_CODES[error.code];
  return EXIT_CODES.internal;
}
