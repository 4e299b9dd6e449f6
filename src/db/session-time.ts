/** FreeRADIUS's datetimes, which hold the database session's local time (design §4), as instants. */
import type { Dialect } from './dialect.ts';

/** Returns the SQL of a datetime column of FreeRADIUS as epoch milliseconds. On SQLite FreeRADIUS writes seconds since 1970, and others text in UTC. */
export const sessionTimeMs: Record<Dialect, (column: string) => string> = {
  mysql: (column) => `CAST(UNIX_TIMESTAMP(${column}) * 1000 AS SIGNED)`,
  sqlite: (column) =>
    `CASE WHEN typeof(${column}) IN ('integer', 'real') THEN CAST(${column} AS INTEGER) * 1000 ELSE unixepoch(substr(${column}, 1, 19)) * 1000 END`,
};
