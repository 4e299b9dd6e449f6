import { beforeEach, describe, expect, it } from 'vitest';
import { StaleSweep, type StaleSweepOptions } from '../../src/sessions/stale-sweep.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { insertSession, type SessionColumns } from '../support/session-rows.ts';

const NOW = Date.parse('2025-12-11T12:00:00Z');
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const HAS_INTERIM = 4;

describeEachDatabase('a sweep for silent sessions', (getDatabase) => {
  let now = NOW;
  beforeEach(async () => {
    now = NOW;
    await receive('alpha');
  });

  /** An instance that has been receiving for a day. */
  const receive = (host: string, columns: Record<string, number> = {}) =>
    getDatabase()
      .db.knex('instances')
      .insert({ id: host, host, receiving_since: NOW - 24 * HOUR, beat_at: NOW, ...columns });
  const moveTo = async (instant: number) => {
    now = instant;
    await getDatabase().db.knex('instances').update({ beat_at: instant });
  };
  const newSweep = (extra: Partial<StaleSweepOptions> = {}) =>
    new StaleSweep({
      db: getDatabase().db,
      clock: { now: () => now },
      floorSecondsOf: () => 600,
      sessionTimeoutsOf: async () => new Map(),
      ...extra,
    });
  /** A session that sends an Interim-Update every 300 s, heard of last so many seconds ago. */
  const heard = (secondsAgo: number, columns: SessionColumns = {}) => {
    const at = NOW - secondsAgo * SECOND;
    return insertSession(getDatabase().db, {
      ...{ started_at: at - HOUR, arrival_started_at: at - HOUR, updated_at: at - 7, arrival_updated_at: at },
      ...{ run_flags: HAS_INTERIM, acctinterval: 300, acctupdatetime: '2025-12-11 11:00:00', ...columns },
    });
  };
  const closedIds = async () => {
    const rows: { radacctid: number }[] = await getDatabase()
      .db.knex('radacct')
      .where('close_kind', 2)
      .orderBy('radacctid');
    return rows.map((row) => row.radacctid);
  };

  it('presumes closed, at its last update, what has been silent for three intervals', async () => {
    const { db } = getDatabase();
    await heard(899);
    const silent = await heard(900, { acctinputoctets: 5, acctterminatecause: '' });
    expect(await newSweep().sweep()).toMatchObject({ closed: 1 });
    expect(await closedIds()).toEqual([silent]);
    const row = await db.knex('radacct').where('radacctid', silent).first();
    const stoppedAt = NOW - 900 * SECOND - 7;
    expect(row).toMatchObject({
      stopped_at: stoppedAt,
      updated_at: stoppedAt,
      acctterminatecause: 'Lost-Carrier',
      acctinputoctets: 5,
    });
    expect(row.acctstoptime).not.toBeNull();
    expect(row.acctstoptime).toBe(row.acctupdatetime);
  });

  it('leaves closed sessions and rows of other programs as they are', async () => {
    const { db } = getDatabase();
    await heard(HOUR, { close_kind: 1, stopped_at: 1 });
    await heard(HOUR, { close_kind: 2, stopped_at: 1 });
    await heard(HOUR, { runkey: null });
    await heard(HOUR, { source_address: null });
    const before = await db.knex('radacct').orderBy('radacctid');
    expect(await newSweep().sweep()).toMatchObject({ closed: 0 });
    expect(await db.knex('radacct').orderBy('radacctid')).toEqual(before);
  });

  it('asks for the floor by source address and NAS-Identifier', async () => {
    const slow = { acctinterval: 60, nas_identifier: Buffer.from('slow\xff', 'latin1') };
    await heard(500, slow);
    const quick = await heard(500, { acctinterval: 60, nas_identifier: Buffer.from('quick') });
    const other = await heard(500, { acctinterval: 60, nas_identifier: null, source_address: '2001:db8::1' });
    const floors: Record<string, number> = {
      '192.0.2.10 slow\xff': 501,
      '192.0.2.10 quick': 200,
      '2001:db8::1 undefined': 500,
    };
    await newSweep({ floorSecondsOf: (address, id) => floors[`${address} ${id}`] ?? 600 }).sweep();
    expect(await closedIds()).toEqual([quick, other]);
  });

  it('closes what never sent an Interim-Update by the Session-Timeout of its user', async () => {
    const never = { run_flags: 0, acctinterval: null };
    const begun = (hoursAgo: number, userId: number | null) =>
      heard(hoursAgo * 3_600, { ...never, user_id: userId, arrival_started_at: NOW - hoursAgo * HOUR });
    const john = await begun(2, 1);
    await begun(1, 1);
    await begun(2, 2);
    await begun(23, null);
    const nobodys = await begun(24, null);
    const sessionTimeoutsOf = async (ids: readonly number[]) =>
      new Map(ids.filter((id) => id === 1).map((id) => [id, 3_600]));
    await newSweep({ sessionTimeoutsOf }).sweep();
    expect(await closedIds()).toEqual([john, nobodys]);
  });

  it('closes nothing in a dry run, and says what it would', async () => {
    const silent = await heard(900);
    const found: number[] = [];
    const sweep = newSweep({ isDryRun: true, onClosed: (all) => found.push(...all.map(({ id }) => id)) });
    expect(await sweep.sweep()).toMatchObject({ closed: 1 });
    expect(found).toEqual([silent]);
    expect(await closedIds()).toEqual([]);
  });

  it('leaves to its next sweep what an abort keeps it from', async () => {
    await heard(900);
    const sweep = newSweep();
    expect(await sweep.sweep(AbortSignal.abort())).toMatchObject({ closed: 0 });
    expect(await sweep.sweep()).toMatchObject({ closed: 1 });
  });

  describe('counts no silence', () => {
    it('of before this service received, and closes once it has listened long enough', async () => {
      await heard(2 * 3_600);
      await getDatabase().db.knex('instances').update({ receiving_since: NOW });
      const sweep = newSweep();
      expect(await sweep.sweep()).toMatchObject({ closed: 0 });
      await moveTo(NOW + 899 * SECOND);
      expect(await sweep.sweep()).toMatchObject({ closed: 0 });
      await moveTo(NOW + 900 * SECOND);
      expect(await sweep.sweep()).toMatchObject({ closed: 1 });
    });

    it('after a second instance died, for an hour; what was silent before is', async () => {
      const before = await heard(900 + 60);
      const since = await heard(900 + 59);
      await receive('beta', { beat_at: NOW - 60 * SECOND });
      await newSweep().sweep();
      expect(await closedIds()).toEqual([before]);
      now = NOW - 60 * SECOND + HOUR;
      await getDatabase().db.knex('instances').where('id', 'alpha').update({ beat_at: now });
      await newSweep().sweep();
      expect(await closedIds()).toEqual([before, since]);
    });

    it('while any instance has records in its spool', async () => {
      await heard(HOUR);
      await receive('beta', { spooled_records: 1 });
      expect(await newSweep().sweep()).toEqual({
        reception: { isCounting: false, reason: '1 record(s) wait in the spool of beta' },
        closed: 0,
      });
      await getDatabase().db.knex('instances').update({ spooled_records: 0 });
      expect(await newSweep().sweep()).toMatchObject({ closed: 1 });
    });
  });

  describe('beside others', () => {
    it('closes once, whoever comes first', async () => {
      for (let count = 0; count < 250; count++) await heard(900, { acctsessionid: String(count) });
      const results = await Promise.all([newSweep().sweep(), newSweep().sweep(), newSweep().sweep()]);
      expect(results.reduce((sum, { closed }) => sum + closed, 0)).toBe(250);
      expect(await closedIds()).toHaveLength(250);
    });

    it('leaves to its record what is heard of between reading and closing', async () => {
      const { db } = getDatabase();
      const never = { run_flags: 0, acctinterval: null, user_id: 1, arrival_started_at: 0 };
      const [heardAgain, stopped] = [await heard(HOUR, never), await heard(HOUR, never)];
      const silent = await heard(HOUR, never);
      // Asked for after the sessions were read.
      const sessionTimeoutsOf = async () => {
        await db.knex('radacct').where('radacctid', heardAgain).update({ arrival_updated_at: NOW });
        await db.knex('radacct').where('radacctid', stopped).update({ close_kind: 1, stopped_at: 77 });
        return new Map([[1, 60]]);
      };
      expect(await newSweep({ sessionTimeoutsOf }).sweep()).toMatchObject({ closed: 1 });
      expect(await closedIds()).toEqual([silent]);
      expect(await db.knex('radacct').where('radacctid', stopped).first()).toMatchObject({ stopped_at: 77 });
    });
  });

  describe('that comes every minute', () => {
    /** What some work reads, in its order: instances, the list of sources, sessions of a source. */
    const readBy = async (work: () => Promise<unknown>) => {
      const { knex } = getDatabase().db;
      const read: string[] = [];
      const note = ({ sql, bindings = [] }: { sql: string; bindings?: readonly unknown[] }) => {
        if (sql.includes('instances')) read.push('instances');
        else if (sql.includes('min(')) read.push('sources');
        else if (sql.includes('order by')) read.push(`sessions of ${bindings[0]}`);
      };
      knex.on('query', note);
      await work();
      knex.off('query', note);
      return [...new Set(read)];
    };

    it('reads no session before one can be silent, and then those of its source alone', async () => {
      await heard(0);
      const late = await heard(400, { source_address: '192.0.2.11' });
      const sweep = newSweep();
      expect(await readBy(() => sweep.sweep())).toEqual([
        'instances',
        'sources',
        'sessions of 192.0.2.10',
        'sessions of 192.0.2.11',
      ]);
      await moveTo(NOW + 299 * SECOND);
      expect(await readBy(() => sweep.sweep())).toEqual(['instances']);
      await moveTo(NOW + 500 * SECOND - 1);
      expect(await readBy(() => sweep.sweep())).toEqual(['instances', 'sources']);
      await moveTo(NOW + 500 * SECOND);
      expect(await readBy(() => sweep.sweep())).toEqual(['instances', 'sessions of 192.0.2.11']);
      expect(await closedIds()).toEqual([late]);
    });

    it('finds a source that is new, and what falls silent after others were closed', async () => {
      const first = await heard(900);
      const sweep = newSweep();
      await sweep.sweep();
      const second = await heard(-100);
      const third = await heard(0, { source_address: '192.0.2.11' });
      await moveTo(NOW + 900 * SECOND);
      await sweep.sweep();
      expect(await closedIds()).toEqual([first, third]);
      await moveTo(NOW + 1_000 * SECOND);
      await sweep.sweep();
      expect(await closedIds()).toEqual([first, second, third]);
    });

    it('reads everything again when the clock has gone back', async () => {
      await heard(0);
      const sweep = newSweep();
      await moveTo(NOW + 10 * SECOND);
      await sweep.sweep();
      await moveTo(NOW);
      const early = await heard(900);
      await sweep.sweep();
      expect(await closedIds()).toEqual([early]);
    });
  });
});
