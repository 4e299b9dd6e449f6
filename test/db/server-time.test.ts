/** The time of a MariaDB, asked from any session: also in the hour that autumn repeats. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { serverTimeSql } from '../../src/db/dialect.ts';
import { type Mariadb, startMariadb } from '../support/mariadb.ts';

const isWanted = inject('databases').includes('mariadb');
const missing = inject('missingPeers').mariadb;
const describeWithMariadb = isWanted && missing === undefined ? describe : describe.skip;

describeWithMariadb(`the time of a server in Paris${missing === undefined ? '' : ` (${missing})`}`, () => {
  let mariadb: Mariadb;
  let db: Database;

  beforeAll(async () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Europe/Paris';
    try {
      mariadb = await startMariadb();
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
    db = openDatabase(`${mariadb.serverUrl}/information_schema`);
  });
  afterAll(async () => {
    await db.close();
    await mariadb.stop();
  });

  /** What the server says at an instant, asked in a session of this zone. */
  async function askedAt(iso: string, zone: string): Promise<unknown> {
    return db.knex.transaction(async (trx) => {
      await trx.raw('SET SESSION time_zone = ?', [zone]);
      // The server's own clock, stopped for this session.
      await trx.raw('SET SESSION timestamp = ?', [Date.parse(iso) / 1000]);
      const [[row]] = await trx.raw(serverTimeSql);
      await trx.raw('SET SESSION timestamp = DEFAULT');
      return row.now_ms;
    });
  }

  it.each([
    ['2025-12-11T12:00:00.250Z', '+05:45'],
    ['2025-12-11T12:00:00.250Z', '-12:00'],
    ['2025-12-11T12:00:00.250Z', 'SYSTEM'],
    // 02:30 by the clocks of Paris, first in summer time, then in winter time.
    ['2025-10-26T00:30:00Z', 'SYSTEM'],
    ['2025-10-26T01:30:00Z', 'SYSTEM'],
  ])('at %s is that, in a session of %s', async (iso, zone) => {
    expect(await askedAt(iso, zone)).toBe(Date.parse(iso));
  });

  it('is the machine’s when nobody stops it', async () => {
    const before = Date.now();
    const [[row]] = await db.knex.raw(serverTimeSql);
    expect(row.now_ms).toBeGreaterThanOrEqual(before - 1);
    expect(row.now_ms).toBeLessThanOrEqual(Date.now());
  });
});
