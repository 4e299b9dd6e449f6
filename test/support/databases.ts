/** Runs the same suite on every database: SQLite in a temporary file and the run's private MariaDB. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, inject } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import type { Dialect } from '../../src/db/dialect.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import type { DatabaseName } from './global-setup.ts';
import { emptyTables } from './tables.ts';

export interface TestDatabase {
  readonly db: Database;
  readonly url: string;
  readonly dialect: Dialect;
}

/** A new, empty database without tables, and how to be rid of it. */
export interface BlankDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

/** The dialect each database speaks. */
const DIALECT_OF = { sqlite: 'sqlite', mariadb: 'mysql' } as const satisfies Record<DatabaseName, Dialect>;

/** Declares a suite once per database. Each suite has a migrated database of its own, and before every test all its tables are emptied (row numbers go on counting): rows that `beforeAll` inserts do not live. Call `getDatabase` inside hooks and tests only. */
export function describeEachDatabase(name: string, suite: Suite): void {
  describeEachBlankDatabase(name, migrated(suite));
}

/** As describeEachDatabase, for what other programs do with a database of MariaDB's. */
export function describeMariadb(name: string, suite: Suite): void {
  describeBlankDatabases(name, migrated(suite), ['mariadb']);
}

type Suite = (getDatabase: () => TestDatabase) => void;
type BlankSuite = (newDatabase: () => Promise<BlankDatabase>, dialect: Dialect) => void;

function migrated(suite: Suite): BlankSuite {
  return (newDatabase, dialect) => {
    let blank: BlankDatabase | undefined;
    let current: TestDatabase | undefined;
    const getDatabase = () => {
      if (current === undefined) throw new Error('getDatabase was called outside a hook or test');
      return current;
    };

    beforeAll(async () => {
      blank = await newDatabase();
      current = { db: openDatabase(blank.url), url: blank.url, dialect };
      await migrateToLatest(current.db);
    });
    beforeEach(() => emptyTables(getDatabase().db));
    afterAll(async () => {
      await current?.db.close();
      await blank?.remove();
    });

    suite(getDatabase);
  };
}

/** Declares a suite once per database that makes its own: `newDatabase` gives an empty one without tables. */
export function describeEachBlankDatabase(name: string, suite: BlankSuite): void {
  describeBlankDatabases(name, suite, ['sqlite', 'mariadb']);
}

function describeBlankDatabases(name: string, suite: BlankSuite, about: readonly DatabaseName[]): void {
  const missing = inject('missingPeers').mariadb;
  const chosen = inject('databases').filter((each) => about.includes(each));
  if (chosen.length === 0) {
    const [database = 'mariadb'] = about;
    const dialect = DIALECT_OF[database];
    describe.skip(`${name} on ${database} (DATABASES leaves it out)`, () =>
      suite(newBlank[dialect], dialect));
  }
  for (const database of chosen) {
    const dialect = DIALECT_OF[database];
    if (database === 'mariadb' && missing !== undefined) {
      describe.skip(`${name} on mariadb (${missing})`, () => suite(newBlank[dialect], dialect));
    } else {
      describe(`${name} on ${database}`, () => suite(newBlank[dialect], dialect));
    }
  }
}

const newBlank: Record<Dialect, () => Promise<BlankDatabase>> = {
  async mysql() {
    const serverUrl = inject('mariadbServerUrl');
    if (serverUrl === undefined) throw new Error('this test run has no MariaDB');
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    await runOnServer(serverUrl, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
    return { url: `${serverUrl}/${name}`, remove: () => runOnServer(serverUrl, `DROP DATABASE ${name}`) };
  },
  async sqlite() {
    const directory = mkdtempSync(join(tmpdir(), 'radmeter-sqlite-'));
    return {
      url: `sqlite:${join(directory, 'radmeter.db')}`,
      remove: async () => rmSync(directory, { recursive: true }),
    };
  },
};

async function runOnServer(serverUrl: string, statement: string): Promise<void> {
  const server = openDatabase(`${serverUrl}/information_schema`);
  try {
    await server.knex.raw(statement);
  } finally {
    await server.close();
  }
}
