/** Which of what was set aside is found, page by page, and discarded. */
import { beforeEach, expect, it } from 'vitest';
import { discardSetAside } from '../../src/accounting/set-aside-discard.ts';
import {
  countSetAside,
  type SetAsideFilter,
  scanSetAside,
  setAsideIds,
} from '../../src/accounting/set-aside-queries.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH } from '../support/records.ts';

const ROWS = 1_100;

describeEachDatabase('what was set aside', (getDatabase) => {
  let ids: number[] = [];

  /** Many at one instant, as after a batch; the first hundred were replayed. */
  beforeEach(async () => {
    const { knex } = getDatabase().db;
    const rows = Array.from({ length: ROWS }, (_, n) => ({
      arrived_at: EPOCH + Math.floor(n / 700) * 1000,
      source_address: '192.0.2.1',
      source_port: n,
      reason: n % 2 === 0 ? 'even' : 'odd',
      packet: Buffer.from('no packet'),
      replayed_at: n < 100 ? EPOCH : null,
    }));
    for (let at = 0; at < ROWS; at += 100) await knex('set_aside').insert(rows.slice(at, at + 100));
    const found: { id: number }[] = await knex('set_aside').orderBy('id').select('id');
    ids = found.map(({ id }) => id);
  });

  const scanned = async (filter: SetAsideFilter) => {
    const found: number[] = [];
    for await (const { id } of scanSetAside(getDatabase().db, filter)) found.push(id);
    return found;
  };

  it('is read newest first, each once, however many arrived at one instant', async () => {
    expect(await scanned({ withReplayed: true })).toEqual(ids.toReversed());
    expect(await scanned({ withReplayed: false })).toEqual(ids.slice(100).toReversed());
  });

  it('is found by reason and time, both ends of a range included', async () => {
    expect(await scanned({ withReplayed: true, arrivedFrom: EPOCH + 1000 })).toHaveLength(400);
    expect(await scanned({ withReplayed: true, arrivedUntil: EPOCH })).toHaveLength(700);
    expect(await scanned({ withReplayed: false, reason: 'odd' })).toHaveLength(500);
  });

  it('is selected in pieces, without what arrives meanwhile', async () => {
    const { db } = getDatabase();
    const pieces: number[][] = [];
    for await (const piece of setAsideIds(db, { withReplayed: false }, 300)) {
      pieces.push([...piece]);
      await db.knex('set_aside').insert({
        arrived_at: EPOCH,
        source_address: '192.0.2.1',
        source_port: 1,
        reason: 'new',
        packet: Buffer.from('no packet'),
      });
    }
    expect(pieces.map(({ length }) => length)).toEqual([300, 300, 300, 100]);
    expect(pieces.flat()).toEqual(ids.slice(100));
    expect(await countSetAside(db, { withReplayed: false })).toBe(1_000 + pieces.length);
  });

  it('is discarded by selection, and a dry run only counts', async () => {
    const { db } = getDatabase();
    const tools = { db, clock: { now: () => EPOCH }, actor: { name: 'cli:tester', userId: null } };
    const old: SetAsideFilter = { withReplayed: true, reason: 'even', arrivedUntil: EPOCH };
    const expected = { count: 350, neverReplayed: 300 };
    expect(await discardSetAside(tools, old, { isDryRun: true })).toEqual(expected);
    expect(await countSetAside(db, { withReplayed: true })).toBe(ROWS);
    expect(await discardSetAside(tools, old, { isDryRun: false })).toEqual(expected);
    expect(await countSetAside(db, { withReplayed: true })).toBe(ROWS - 350);
    const one = ids[1] ?? 0;
    expect(await discardSetAside(tools, { ids: [one, one] }, { isDryRun: false })).toMatchObject({
      count: 1,
    });
    await expect(discardSetAside(tools, { ids: [one] }, { isDryRun: false })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
