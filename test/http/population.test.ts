/** Open sessions and users over quota: counted right, seldom, and without harm when they cannot be. */
import { afterEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { Population } from '../../src/http/population.ts';
import { createLogger } from '../../src/logger.ts';
import { createMetrics } from '../../src/metrics.ts';
import { countOpenSessions } from '../../src/sessions/open-session-count.ts';
import { countExceededUsers } from '../../src/usage/exceeded-user-count.ts';
import { describeEachDatabase, type TestDatabase } from '../support/databases.ts';
import { insertSession } from '../support/session-rows.ts';

const STAMP = '2025-12-11 12:00:00.000000';
const logger = createLogger('silent');
const populations: Population[] = [];
afterEach(async () => {
  for (const population of populations.splice(0)) await population.close();
});

describeEachDatabase('the count', (getDatabase) => {
  it('of open sessions takes every source and leaves out what is closed', async () => {
    const { db } = getDatabase();
    for (const [source, closeKind] of [
      ['192.0.2.10', 0],
      ['192.0.2.10', 0],
      ['192.0.2.10', 1],
      ['192.0.2.9', 2],
      ['2001:db8::1', 0],
    ] as const) {
      await insertSession(db, { source_address: source, close_kind: closeKind });
    }
    expect(await countOpenSessions(db)).toBe(3);
  });

  it('of users over quota takes active ones, over more than one chunk', async () => {
    await insertUsage(getDatabase(), 4_100);
    expect(await countExceededUsers(getDatabase().db)).toBe(41);
  });

  it('lets others have their turn between the pieces', async () => {
    const { db } = getDatabase();
    for (const source of ['192.0.2.9', '192.0.2.10', '192.0.2.11']) {
      await insertSession(db, { source_address: source });
    }
    let turns = 0;
    const turn = setInterval(() => turns++, 0);
    await countOpenSessions(db);
    clearInterval(turn);
    expect(turns).toBeGreaterThanOrEqual(2);
  });

  it('of nothing is 0', async () => {
    const { db } = getDatabase();
    expect([await countOpenSessions(db), await countExceededUsers(db)]).toEqual([0, 0]);
  });

  it('is made once a minute, however often it is asked for', async () => {
    const { db } = getDatabase();
    const { refresh, shown } = population(getDatabase());
    await insertSession(db);
    await Promise.all([refresh(), refresh()]);
    expect(await shown()).toEqual([1, 0]);
    await insertSession(db);
    await refresh();
    expect(await shown()).toEqual([1, 0]);
  });

  it('is made anew once it is old, before whoever asks is answered', async () => {
    const { db } = getDatabase();
    const { refresh, shown } = population(getDatabase(), { maxAgeMs: 0, share: Infinity });
    await refresh();
    await insertSession(db);
    await refresh();
    expect(await shown()).toEqual([1, 0]);
  });
});

describe('a database that cannot be asked', () => {
  it('leaves the figures out, and nothing fails', async () => {
    const db = openDatabase('mysql://radmeter@127.0.0.1:1/none');
    const { refresh, shown } = population({ db });
    await refresh();
    expect(await shown()).toEqual([undefined, undefined]);
    await db.close();
  });
});

function population({ db }: Pick<TestDatabase, 'db'>, options: { maxAgeMs?: number; share?: number } = {}) {
  const metrics = createMetrics();
  const made = new Population({ reader: db, metrics, logger, ...options });
  populations.push(made);
  const figureOf = async (gauge: 'openSessions' | 'usersOverQuota') =>
    (await metrics[gauge].get()).values[0]?.value;
  return {
    refresh: () => made.refresh(),
    shown: async () => [await figureOf('openSessions'), await figureOf('usersOverQuota')],
  };
}

/** Usage rows of which each hundredth is over a quota, and as many that are but inactive. */
async function insertUsage({ db }: TestDatabase, count: number): Promise<void> {
  const users = Array.from({ length: count }, (_, at) => ({
    username: `u${at}`,
    password: '!',
    date_joined: STAMP,
    created_at: STAMP,
    updated_at: STAMP,
  }));
  await db.knex.batchInsert('users', users, 50);
  const rows: { id: number }[] = await db.knex('users').select('id').orderBy('id');
  const usage = rows.map(({ id }, at) => ({
    user_id: id,
    is_active: at % 100 !== 1,
    is_exceeded: at % 100 < 2,
    ...{ last_daily_reset: STAMP, last_weekly_reset: STAMP, last_monthly_reset: STAMP },
    ...{ activation_date: STAMP, created_at: STAMP, updated_at: STAMP },
  }));
  await db.knex.batchInsert('user_profile_usage', usage, 50);
}
