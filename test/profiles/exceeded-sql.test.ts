import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exceededSql } from '../../src/profiles/exceeded-sql.ts';
import { isExceeded } from '../../src/usage/quota.ts';
import { describeEachDatabase } from '../support/databases.ts';

const octets = fc.integer({ min: 0, max: 3 });
const limit = fc.option(fc.integer({ min: 0, max: 3 }));

const state = fc.record({
  used: fc.record({ usedToday: octets, usedWeek: octets, usedMonth: octets, usedTotal: octets }),
  allowances: fc.record({
    quotaType: fc.constantFrom('limited' as const, 'unlimited' as const),
    dataVolume: octets,
    dailyLimit: limit,
    weeklyLimit: limit,
    monthlyLimit: limit,
  }),
});

describeEachDatabase('the quota rule in SQL', (getDatabase) => {
  test('says what the quota rule in TypeScript says, for 500 states', async () => {
    const { db } = getDatabase();
    const states = fc.sample(state, 500);
    const selects = states.map(({ used, allowances }) =>
      db.knex.raw(
        `SELECT ${exceededSql('used', 'profile')} AS is_exceeded
           FROM (SELECT ? AS used_today, ? AS used_week, ? AS used_month, ? AS used_total) AS used,
                (SELECT ? AS quota_type, ? AS data_volume, ? AS daily_limit, ? AS weekly_limit, ? AS monthly_limit) AS profile`,
        [
          ...[used.usedToday, used.usedWeek, used.usedMonth, used.usedTotal],
          ...[allowances.quotaType, allowances.dataVolume, allowances.dailyLimit],
          ...[allowances.weeklyLimit, allowances.monthlyLimit],
        ],
      ),
    );
    const said: boolean[] = [];
    for (const select of selects) {
      const [row] = await db.knex.from(select.wrap('(', ') as answer')).select('is_exceeded');
      said.push(row.is_exceeded === 1);
    }
    expect(said).toEqual(states.map(({ used, allowances }) => isExceeded(used, allowances)));
    expect(new Set(said).size).toBe(2);
  });

  test('says no where there is no profile', async () => {
    const { db } = getDatabase();
    const [row] = await db.knex
      .from(db.knex.raw(`(SELECT 5 AS used_today, 5 AS used_week, 5 AS used_month, 5 AS used_total) AS used`))
      .joinRaw(
        `LEFT JOIN (SELECT 0 AS daily_limit, 0 AS weekly_limit, 0 AS monthly_limit, 0 AS data_volume, 'limited' AS quota_type) AS profile ON 1 = 0`,
      )
      .select(db.knex.raw(`${exceededSql('used', 'profile')} AS is_exceeded`));
    expect(row.is_exceeded).toBe(0);
  });
});
