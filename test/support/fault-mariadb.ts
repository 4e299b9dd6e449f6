/** A MariaDB of a fault test's own, which it may kill, stop, fill and lock without disturbing other tests. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { type Mariadb, startMariadb } from './mariadb.ts';

const isWanted = inject('databases').includes('mariadb');
const missing = inject('missingPeers').mariadb;

/** Declares a suite that needs MariaDB; skipped, with the reason in its name, where there is none. */
export function describeMariadb(name: string, suite: () => void): void {
  if (!isWanted) describe.skip(`${name} (DATABASES leaves MariaDB out)`, suite);
  else if (missing !== undefined) describe.skip(`${name} (${missing})`, suite);
  else describe(name, suite);
}

export interface OwnMariadb {
  /** Creates an empty database and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Runs a statement as an administrator, on a connection of its own. */
  administer(statement: string): Promise<void>;
  server(): Mariadb;
  /** Stops the server process, as a machine that hangs. */
  hang(): Promise<void>;
  /** Lets it go on; a server that does not hang is left alone. */
  goOn(): void;
}

/** Starts a server for the suite it is called in. */
export function useOwnMariadb(): OwnMariadb {
  let mariadb: Mariadb | undefined;
  let hangingPid: number | undefined;
  const server = () => {
    if (mariadb === undefined) throw new Error('MariaDB was asked for outside a hook or test');
    return mariadb;
  };
  const withServer = async <T>(action: (db: Database) => Promise<T>): Promise<T> => {
    const db = openDatabase(`${server().serverUrl}/information_schema`);
    try {
      return await action(db);
    } finally {
      await db.close();
    }
  };
  const administer = (statement: string) =>
    withServer(async ({ knex }) => {
      await knex.raw(statement);
    });
  const readPid = () =>
    withServer(async ({ knex }) => {
      const [[row]] = await knex.raw('SELECT @@pid_file AS file');
      return Number(readFileSync(String(row.file), 'utf8'));
    });
  const goOn = () => {
    if (hangingPid !== undefined) process.kill(hangingPid, 'SIGCONT');
    hangingPid = undefined;
  };
  beforeAll(async () => {
    mariadb = await startMariadb();
  });
  afterAll(async () => {
    // A server that hangs could not end.
    goOn();
    await mariadb?.stop();
  });
  return {
    server,
    administer,
    createDatabase: async (name) => {
      await administer(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
      return `${server().serverUrl}/${name}`;
    },
    hang: async () => {
      hangingPid = await readPid();
      process.kill(hangingPid, 'SIGSTOP');
    },
    goOn,
  };
}
