/** The sweep of a running radmeter: its timers, its beats, what it says, and how it ends. */
import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import { createMetrics } from '../../src/metrics.ts';
import { listInstances } from '../../src/sessions/reception-store.ts';
import { StaleSessions, type StaleSessionsOptions } from '../../src/sessions/stale-sessions.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { insertSession } from '../support/session-rows.ts';

const NOW = Date.parse('2025-12-11T12:00:00Z');
const SECOND = 1_000;
const WAIT = { timeout: 10_000 };
const NOT_COUNTING = 'silence of sessions does not count for now: those gone stay open';

describeEachDatabase('a running radmeter', (getDatabase) => {
  const opened: StaleSessions[] = [];
  afterEach(async () => {
    for (const stale of opened.splice(0)) await stale.close();
  });

  const radmeter = (options: Partial<StaleSessionsOptions> = {}) => {
    const clock = { ms: NOW, now: () => clock.ms };
    const messages: string[] = [];
    const note = (line: string) => {
      const { msg, because } = JSON.parse(line);
      messages.push(because === undefined ? msg : `${msg}: ${because}`);
    };
    const metrics = createMetrics();
    const stale = new StaleSessions({
      db: getDatabase().db,
      clock,
      logger: pino({ level: 'info' }, { write: note }),
      metrics,
      instanceId: 'a',
      host: 'alpha',
      isReceiving: () => true,
      spooledRecords: () => 0,
      floorSecondsOf: () => 600,
      sessionTimeoutsOf: async () => new Map(),
      ...options,
    });
    opened.push(stale);
    const closed = async () => (await metrics.sessionsPresumedClosed.get()).values[0]?.value;
    /** Beats, by sweeping, for so many seconds. */
    const listen = async (seconds: number) => {
      for (const end = clock.ms + seconds * SECOND; clock.ms < end; ) {
        clock.ms = Math.min(end, clock.ms + 30 * SECOND);
        await stale.sweep();
      }
    };
    return { stale, clock, messages, closed, listen };
  };
  const openSession = (acctsessionid: string) =>
    insertSession(getDatabase().db, {
      ...{ acctsessionid, run_flags: 4, acctinterval: 60, updated_at: NOW, arrival_updated_at: NOW },
    });
  const states = async (): Promise<number[]> =>
    (await getDatabase().db.knex('radacct').orderBy('radacctid')).map((row) => row.close_kind);

  it('closes what falls silent while it listens, and counts it', async () => {
    await openSession('S1');
    const { stale, closed, messages, listen } = radmeter();
    await stale.sweep();
    await listen(599);
    expect(await states()).toEqual([0]);
    await listen(1);
    expect(await states()).toEqual([2]);
    expect(await closed()).toBe(1);
    expect(messages).toEqual(['silent sessions presumed closed']);
  });

  it('counts no silence from before it was stopped for a while, nor from before it started', async () => {
    await openSession('S1');
    const first = radmeter();
    await first.stale.sweep();
    await first.listen(590);
    first.clock.ms += 31 * SECOND;
    await first.listen(590);
    expect(await states()).toEqual([0]);
    const restarted = radmeter();
    restarted.clock.ms = first.clock.ms;
    await restarted.stale.sweep();
    await restarted.listen(599);
    expect(await states()).toEqual([0]);
    await restarted.listen(1);
    expect(await states()).toEqual([2]);
  });

  it('sweeps and beats by itself once it is started, and again after the database was away', async () => {
    const { db } = getDatabase();
    await openSession('S1');
    const { stale, clock, closed, messages } = radmeter({ beatIntervalMs: 5, sweepIntervalMs: 5 });
    await db.knex.schema.renameTable('instances', 'instances_away');
    try {
      stale.start();
      await vi.waitFor(() => expect(messages).toHaveLength(1), WAIT);
    } finally {
      await db.knex.schema.renameTable('instances_away', 'instances');
    }
    await vi.waitFor(async () => expect(await listInstances(db)).toHaveLength(1), WAIT);
    clock.ms += 600 * SECOND;
    await vi.waitFor(async () => {
      // Said again each time: a beat in between may have seen the clock jump, which looks like having been away.
      await db.knex('instances').update({ receiving_since: NOW - 900 * SECOND, beat_at: clock.ms });
      expect(await closed()).toBe(1);
    }, WAIT);
    expect(messages[0]).toBe('silent sessions cannot be looked for; trying again');
  });

  it('says once that silence does not count, why, and when it does again', async () => {
    let spooled = 2;
    const { stale, messages } = radmeter({ spooledRecords: () => spooled });
    await stale.sweep();
    await stale.sweep();
    spooled = 0;
    await stale.sweep();
    const beta = { id: 'b', host: 'beta', receiving_since: NOW, beat_at: NOW - 31 * SECOND };
    await getDatabase().db.knex('instances').insert(beta);
    await stale.sweep();
    expect(messages).toEqual([
      `${NOT_COUNTING}: 2 record(s) wait in the spool of alpha`,
      'silence counts again',
      `${NOT_COUNTING}: radmeter on beta has not been heard of`,
    ]);
  });

  it('is absent as soon as it is closed, and leaves its row, so that the others wait for it', async () => {
    const { stale, clock } = radmeter({ beatIntervalMs: 3_600_000 });
    await stale.sweep();
    clock.ms += 7 * SECOND;
    await stale.close();
    expect(await listInstances(getDatabase().db)).toMatchObject([{ beatAt: NOW - 23 * SECOND }]);
    await openSession('S1');
    const other = radmeter({ instanceId: 'b', host: 'beta' });
    await other.stale.sweep();
    await other.listen(3_500);
    expect(await states()).toEqual([0]);
    await other.listen(120);
    expect(await states()).toEqual([2]);
  });

  it('shares a sweep that is under way, and two of them on one database close each session once', async () => {
    for (let count = 0; count < 20; count++) await openSession(String(count));
    const two = [radmeter(), radmeter({ instanceId: 'b' })];
    for (const { stale } of two) await stale.sweep();
    await getDatabase()
      .db.knex('instances')
      .update({ receiving_since: NOW - 900 * SECOND });
    for (const { clock } of two) clock.ms += 600 * SECOND;
    await getDatabase()
      .db.knex('instances')
      .update({ beat_at: NOW + 600 * SECOND });
    const sweeps = two.flatMap(({ stale }) => [stale.sweep(), stale.sweep()]);
    expect(sweeps[0]).toBe(sweeps[1]);
    await Promise.all(sweeps);
    const counts = await Promise.all(two.map(({ closed }) => closed()));
    expect(counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(20);
    expect(await states()).toEqual(new Array(20).fill(2));
  });
});
