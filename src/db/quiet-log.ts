/** Keeps knex from writing to standard output, where answers of commands belong; what goes wrong it throws as well. */

const nothing = (): void => {};

/** The `log` of every knex of ours. */
export const QUIET_LOG = { debug: nothing, warn: nothing, error: nothing, deprecate: nothing };
