/** What both databases must agree on: instants as text, duplicate keys, locked rows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { inTransaction } from '../../src/db/database.ts';
import { instantFromText, instantToText, isDuplicateKey, lockRows } from '../../src/db/dialect.ts';
import { describeEachDatabase } from '../support/databases.ts';

/** The instants datetime columns hold: years 1000 to 9999. */
const instant = fc.integer({ min: Date.UTC(1000, 0), max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) });

describe('an instant as text', () => {
  test.each([
    ['2025-12-11 12:00:00', Date.UTC(2025, 11, 11, 12)],
    ['2025-12-11 12:00:00.123000', Date.UTC(2025, 11, 11, 12, 0, 0, 123)],
    ['2025-12-11 12:00:00.001000', Date.UTC(2025, 11, 11, 12, 0, 0, 1)],
    ['1969-12-31 23:59:59.999000', -1],
  ])('%s is written as Django writes it', (text, epochMs) => {
    expect(instantToText(epochMs)).toBe(text);
    expect(instantFromText(text)).toBe(epochMs);
  });

  test.each([
    ['with six decimals', '2025-12-11 12:00:00.123456', Date.UTC(2025, 11, 11, 12, 0, 0, 123)],
    ['with decimals that are zero', '2025-12-11 12:00:00.000000', Date.UTC(2025, 11, 11, 12)],
    ['with the T of ISO 8601', '2025-12-11T12:00:00.123456', Date.UTC(2025, 11, 11, 12, 0, 0, 123)],
  ])('is read %s', (_name, text, epochMs) => {
    expect(instantFromText(text)).toBe(epochMs);
  });

  test('reads back as it was', () => {
    fc.assert(fc.property(instant, (epochMs) => instantFromText(instantToText(epochMs)) === epochMs));
  });

  test('sorts as the instants do', () => {
    fc.assert(fc.property(instant, instant, (a, b) => a < b === instantToText(a) < instantToText(b)));
  });
});

describeEachDatabase('a database', (getDatabase) => {
  const NOON = Date.UTC(2025, 11, 11, 12);

  async function addUser(username: string, createdAt: string): Promise<void> {
    const times = { date_joined: createdAt, created_at: createdAt, updated_at: createdAt };
    await getDatabase()
      .db.knex('users')
      .insert({ username, password: '!', ...times });
  }

  test('hands instants back as they were', async () => {
    const { db } = getDatabase();
    for (const [at, epochMs] of [NOON, NOON + 1, NOON + 999].entries()) {
      await addUser(`user${at}`, instantToText(epochMs));
      const row = await db
        .knex('users')
        .where({ username: `user${at}` })
        .first('created_at');
      expect(instantFromText(row.created_at)).toBe(epochMs);
    }
  });

  test('finds instants in a half-open range and in order, whoever wrote them', async () => {
    const { db } = getDatabase();
    await addUser('before', instantToText(NOON - 1));
    await addUser('third', '2025-12-11 12:00:00.001234');
    await addUser('first', instantToText(NOON));
    await addUser('second', '2025-12-11 12:00:00.000999');
    await addUser('after', instantToText(NOON + 1000));
    const found = await db
      .knex('users')
      .where('created_at', '>=', instantToText(NOON))
      .where('created_at', '<', instantToText(NOON + 1000))
      .orderBy('created_at')
      .pluck('username');
    expect(found).toEqual(['first', 'second', 'third']);
  });

  test('says which errors are duplicate keys', async () => {
    const { db, dialect } = getDatabase();
    await db.knex('settings').insert({ name: 'language', value: 'fr' });
    const again = db.knex('settings').insert({ name: 'language', value: 'en' });
    const error: unknown = await again.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(isDuplicateKey[dialect](error)).toBe(true);
    expect(isDuplicateKey[dialect](new Error('disk full'))).toBe(false);
  });

  test('lets one transaction at a time decide on a locked row', async () => {
    const { db } = getDatabase();
    await db.knex('settings').insert({ name: 'count', value: '0' });
    const increment = () =>
      inTransaction(db, systemClock, async ({ dialect, trx }) => {
        const row = await lockRows[dialect](trx('settings').where({ name: 'count' })).first('value');
        await trx('settings')
          .where({ name: 'count' })
          .update({ value: String(Number(row.value) + 1) });
      });
    await Promise.all(Array.from({ length: 20 }, increment));
    expect(await db.knex('settings').first('value')).toEqual({ value: '20' });
  });
});
