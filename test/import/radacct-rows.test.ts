/** Reading a big radacct: only what is wanted, in short statements that an index serves. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import type { Dialect } from '../../src/db/dialect.ts';
import { countSessions, sessionRows } from '../../src/import/radacct-rows.ts';
import { openSource, type SourceDatabase } from '../../src/import/source-database.ts';
import { type BlankDatabase, describeEachBlankDatabase } from '../support/databases.ts';
import { freeradiusTables } from '../support/freeradius-tables.ts';

const ROWS = 12_000;
const MINUTE = 60;
/** When the last session ended, in seconds since 1970; the one before it a minute before. */
const LAST = 1_795_000_000;

const FILL: Record<Dialect, (stop: string) => string> = {
  mysql: (stop) => `INSERT INTO radacct (radacctid, acctuniqueid, acctstarttime, acctstoptime)
    SELECT seq, seq, FROM_UNIXTIME(${LAST} - 90000000), FROM_UNIXTIME(${stop}) FROM seq_1_to_${ROWS}`,
  sqlite: (stop) => `WITH RECURSIVE n(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < ${ROWS})
    INSERT INTO radacct (radacctid, acctuniqueid, acctstarttime, acctstoptime)
    SELECT seq, seq, ${LAST} - 90000000, ${stop} FROM n`,
};

describeEachBlankDatabase('reading radacct', (newDatabase, dialect) => {
  let blank: BlankDatabase;
  let radius: Database;
  let source: SourceDatabase;
  beforeEach(async () => {
    blank = await newDatabase();
    radius = openDatabase(blank.url);
    for (const statement of freeradiusTables(dialect)) await radius.knex.raw(statement);
    await radius.knex.raw(FILL[dialect](`${LAST} - (${ROWS} - seq) * ${MINUTE}`));
    source = openSource(blank.url);
  });
  afterEach(async () => {
    await source.close();
    await radius.close();
    await blank.remove();
  });

  async function idsSince(since: number | undefined): Promise<number[]> {
    const ids: number[] = [];
    for await (const rows of sessionRows(source, since)) {
      expect(rows.length).toBeLessThanOrEqual(200);
      ids.push(...rows.map((row) => Number(row['radacctid'])));
    }
    return ids;
  }

  it('gives what is open or ended since an instant, that instant included, wherever it stands', async () => {
    const open = (id: number) => radius.knex('radacct').where('radacctid', id).update({ acctstoptime: null });
    await open(3);
    await open(7_001);
    const since = (LAST - 299 * MINUTE) * 1000;
    const expected = [3, 7_001, ...Array.from({ length: 300 }, (_, at) => ROWS - 299 + at)];
    expect(await idsSince(since)).toEqual(expected);
    expect(await countSessions(source, since)).toBe(302);
    expect(await idsSince(since + 1000)).toEqual(expected.filter((id) => id !== ROWS - 299));
  });

  it('gives everything where no instant is asked for, its times as instants', async () => {
    const ids = await idsSince(undefined);
    expect(ids).toEqual(Array.from({ length: ROWS }, (_, at) => at + 1));
    for await (const [row] of sessionRows(source, LAST * 1000)) {
      expect(row).toMatchObject({ started_ms: (LAST - 90_000_000) * 1000, stopped_ms: LAST * 1000 });
    }
  });

  it('finds where to begin by the index of the time', async () => {
    const statements: { sql: string; bindings: readonly (string | number)[] }[] = [];
    source.reader.knex.on('query', (statement) => statements.push(statement));
    await radius.knex('radacct').where('radacctid', ROWS).update({ acctstoptime: null });
    expect(await idsSince((LAST - MINUTE) * 1000)).toEqual([ROWS - 1, ROWS]);
    const firsts = statements.filter(({ sql }) => sql.includes('MIN('));
    expect(firsts).toHaveLength(2);
    for (const { sql, bindings } of firsts) {
      const explain = { mysql: 'EXPLAIN', sqlite: 'EXPLAIN QUERY PLAN' }[dialect];
      const answer = await radius.knex.raw(`${explain} ${sql}`, [...bindings]);
      const plan = JSON.stringify(dialect === 'mysql' ? answer[0] : answer);
      expect(plan).toMatch({ mysql: /"key":"acctstoptime"/, sqlite: /INDEX acctstoptime/ }[dialect]);
    }
    // Behind that, one statement looks for an end of the window, and one reads it.
    expect(statements).toHaveLength(4);
  });

  it('goes on without the number of sessions where counting fails', async () => {
    await source.reader.close();
    expect(await countSessions(source, undefined)).toBeUndefined();
  });

  if (dialect === 'sqlite') {
    it('reads times that were written as text, too', async () => {
      const text = (id: number, acctstoptime: string) =>
        radius.knex('radacct').where('radacctid', id).update({ acctstoptime });
      const at = (seconds: number) => new Date(seconds * 1000).toISOString();
      await text(5, at(LAST).slice(0, 19));
      await text(6, at(LAST).slice(0, 19).replace('T', ' '));
      await text(7, at(LAST - 1).slice(0, 19));
      expect(await idsSince(LAST * 1000)).toEqual([5, 6, ROWS]);
    });
  }
});
