/** Sums that are kept: made piece by piece, as old as they may be and no older. */
import { afterEach, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { Dialect } from '../../src/db/dialect.ts';
import { openReader } from '../../src/db/reader.ts';
import { inSnapshot } from '../../src/db/snapshot.ts';
import { ProfileStatistics } from '../../src/usage/profile-statistics.ts';
import { sumByProfile } from '../../src/usage/statistics-queries.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { type ManualTiming, manualTiming } from '../support/manual-timing.ts';
import { addProfile, addPromotion, addUser, used } from '../support/statistics-rows.ts';

const FOREVER = () => 60_000;
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describeEachDatabase('sums by profile', (getDatabase) => {
  test.each([1, 2, 3, 7, 100])('are the same in pieces of %d users', async (usersPerPiece) => {
    const { db } = getDatabase();
    const profile = await addProfile(db, 'Étudiant');
    const promotion = await addPromotion(db, 'L3', profile);
    for (const each of [5, 1, 4, 2, 3, 6]) {
      await addUser(db, { username: `u${each}`, profile_id: profile }, used(each));
    }
    await addUser(db, { username: 'member', promotion_id: promotion }, { ...used(7), is_exceeded: true });
    await db.knex('users').where('username', 'u2').delete();
    const sums = await sumByProfile(db, {
      starts: startsOf(db),
      signal: new AbortController().signal,
      isGentle: true,
      usersPerPiece,
    });
    expect([...sums]).toEqual([
      [
        profile,
        {
          directUsers: 5,
          promotionUsers: 1,
          usages: 6,
          usedToday: 26,
          usedWeek: 26,
          usedMonth: 26,
          usedTotal: 26,
          totalMax: 7,
          totalMin: 1,
          exceeded: 1,
          bands: [6, 0, 0, 0, 0],
        },
      ],
    ]);
  });

  test('are not made for those who ask before they are old', async () => {
    const { db } = getDatabase();
    const statistics = kept(db, FOREVER);
    const profile = await addProfile(db, 'Étudiant');
    await statistics.current();
    await addUser(db, { username: 'ann', profile_id: profile });
    expect((await statistics.current()).of(profile).directUsers).toBe(0);
  });

  test('have in them what was written before they were asked for, where they may not be old at all', async () => {
    const { db } = getDatabase();
    const statistics = kept(db, () => 0);
    const profile = await addProfile(db, 'Étudiant');
    const counts: number[] = [];
    await statistics.current();
    const asked: Promise<unknown>[] = [];
    for (const username of ['ann', 'bob', 'cid']) {
      await addUser(db, { username, profile_id: profile });
      // Others are asking all the time.
      asked.push(statistics.current());
      counts.push((await statistics.current()).of(profile).directUsers);
    }
    await Promise.all(asked);
    expect(counts).toEqual([1, 2, 3]);
  });

  test('are those at hand while newer ones take long, and say so', async () => {
    const { db, dialect } = getDatabase();
    const statistics = kept(reader(db), () => 0.001);
    const profile = await addProfile(db, 'Étudiant');
    await statistics.current();
    await addUser(db, { username: 'ann', profile_id: profile });
    const release = await holdUp[dialect](db, lastReader());
    const old = await statistics.current();
    expect(old.of(profile).directUsers).toBe(0);
    await release();
    await expect.poll(async () => (await statistics.current()).of(profile).directUsers).toBe(1);
  });

  test('are kept no older than a minute for a quarter of an hour after somebody asked', async () => {
    const { db } = getDatabase();
    const timing = manualTiming();
    const statistics = kept(db, FOREVER, timing);
    const profile = await addProfile(db, 'Étudiant');
    await statistics.current();
    await addUser(db, { username: 'ann', profile_id: profile });
    const rings = timing.ringCount();
    expect(rings).toBe(1);
    timing.pass(60_000);
    // It is set again once the sums are there.
    await expect.poll(() => timing.ringCount()).toBe(rings);
    expect((await statistics.current()).of(profile).directUsers).toBe(1);
    for (let minutes = 0; minutes < 15; minutes++) {
      timing.pass(60_000);
      await expect.poll(() => timing.ringCount()).toBe(rings);
    }
    timing.pass(60_000);
    expect(timing.ringCount()).toBe(0);
  });

  test('that nobody asked for in a long time are waited for some seconds, and then shown as they are', async () => {
    const { db, dialect } = getDatabase();
    const timing = manualTiming();
    const statistics = kept(reader(db), FOREVER, timing);
    const profile = await addProfile(db, 'Étudiant');
    await statistics.current();
    timing.leap(20 * 60_000);
    await addUser(db, { username: 'ann', profile_id: profile });
    expect((await statistics.current()).of(profile).directUsers).toBe(1);
    timing.leap(20 * 60_000);
    await addUser(db, { username: 'bob', profile_id: profile });
    const release = await holdUp[dialect](db, lastReader());
    const rings = timing.ringCount();
    const asked = statistics.current();
    await expect.poll(() => timing.ringCount()).toBe(rings + 1);
    timing.pass(9_000);
    // Whoever asked still waits.
    expect(timing.ringCount()).toBe(1);
    timing.pass(1_000);
    expect((await asked).of(profile).directUsers).toBe(1);
    await release();
  });

  test('are kept fresh no more once they are closed', async () => {
    const timing = manualTiming();
    const statistics = kept(getDatabase().db, FOREVER, timing);
    await statistics.current();
    expect(timing.ringCount()).toBe(1);
    statistics.close();
    expect(timing.ringCount()).toBe(0);
  });

  test('are made by the time somebody asks, and once for all who do', async () => {
    const { db } = getDatabase();
    let summings = 0;
    db.knex.on('query', ({ sql }: { sql: string }) => {
      if (sql.includes('group by')) summings++;
    });
    const statistics = kept(db, FOREVER);
    statistics.begin();
    await Promise.all([statistics.current(), statistics.current()]);
    await statistics.current();
    db.knex.removeAllListeners('query');
    expect(summings).toBe(1);
  });

  test('are asked of a database that is away in vain, and not once it is closed', async () => {
    const away = openDatabase('mysql://radmeter@127.0.0.1:1/none');
    closing.push(() => away.close());
    const statistics = kept(away, FOREVER);
    statistics.begin();
    await expect(statistics.current()).rejects.toThrow('ECONNREFUSED');
    statistics.close();
    await expect(statistics.current()).rejects.toThrow('aborted');
  });
});

const readers: Database[] = [];
function reader(db: Database): Database {
  const opened = openReader(db);
  readers.push(opened);
  closing.push(() => opened.close());
  return opened;
}

function lastReader(): Database {
  const last = readers.at(-1);
  if (last === undefined) throw new Error('there is no reader');
  return last;
}

function kept(db: Database, maxAgeMs: (tookMs: number) => number, timing?: ManualTiming): ProfileStatistics {
  const { clock, periodStartsAt } = commandContext(db);
  const statistics = new ProfileStatistics({
    reader: db,
    clock,
    periodStartsAt,
    maxAgeMs,
    ...(timing && { timing }),
  });
  closing.push(() => statistics.close());
  return statistics;
}

function startsOf(db: Database) {
  const { clock, periodStartsAt } = commandContext(db);
  return periodStartsAt(clock.now());
}

/** Keeps a reader from reading until the returned function is called. */
const holdUp: Record<Dialect, (db: Database, reader: Database) => Promise<() => Promise<void>>> = {
  async mysql(db) {
    const trx = await db.knex.transaction();
    await trx.raw('LOCK TABLES users WRITE');
    return async () => {
      await trx.raw('UNLOCK TABLES');
      await trx.rollback();
    };
  },
  async sqlite(_db, held) {
    const { promise: released, resolve } = Promise.withResolvers<void>();
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    const holding = inSnapshot(held, async () => {
      begin();
      await released;
    });
    await began;
    return async () => {
      resolve();
      await holding;
    };
  },
};
