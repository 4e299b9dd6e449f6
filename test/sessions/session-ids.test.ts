/** Finding sessions by bands of ids, from either end, within bounds. */
import { beforeEach, describe, expect, it } from 'vitest';
import { findIds, type IdSearch, idsSince, wholeRange } from '../../src/sessions/session-ids.ts';
import { LISTED_MAX, listSessionPages } from '../../src/sessions/session-list.ts';
import { describeEachDatabase } from '../support/databases.ts';

const COUNT = 12_000;
const FIRST = 1_000;
const LAST = FIRST + COUNT - 1;
/** Every thousandth is open, and calls from elsewhere. */
const isRare = (id: number) => id % 1_000 === 0;
const RARE = [12_000, 11_000, 10_000, 9_000, 8_000, 7_000, 6_000, 5_000, 4_000, 3_000, 2_000, 1_000];

describeEachDatabase('ids of sessions', (getDatabase) => {
  beforeEach(async () => {
    const rows = Array.from({ length: COUNT }, (_, n) => FIRST + n).map((id) => ({
      radacctid: id,
      acctuniqueid: String(id),
      runkey: Buffer.from(String(id).padStart(16, '0')),
      source_address: isRare(id) ? '192.0.2.2' : '192.0.2.1',
      close_kind: isRare(id) ? 0 : 1,
      arrival_started_at: id * 1000,
      started_at: id * 1000,
    }));
    await getDatabase().db.knex.batchInsert('radacct', rows, 500);
  });

  const find = async (search: Partial<IdSearch>, limit: number, isFromEnd = false) => {
    const { db } = getDatabase();
    const base = {
      index: undefined,
      where: () => {},
      range: await wholeRange(db),
      width: Number.MAX_SAFE_INTEGER,
    };
    return findIds(db, { ...base, ...search }, { limit, isFromEnd });
  };
  const rareOnes = (query: { where(column: string, value: number): unknown }) => {
    query.where('radacct.close_kind', 0);
  };

  it('come from the end that is asked for, no more than needed', async () => {
    expect(await find({}, 3)).toEqual({ ids: [LAST, LAST - 1, LAST - 2], isComplete: false });
    expect(await find({}, 2, true)).toEqual({ ids: [FIRST, FIRST + 1], isComplete: false });
    expect(await wholeRange(getDatabase().db)).toEqual({ above: FIRST - 1, upTo: LAST });
  });

  describe.each([
    ['by an index', { index: { source_address: ['192.0.2.2', '192.0.2.9'], close_kind: [0] } }],
    ['by the primary key', { where: rareOnes }],
  ] as [string, Partial<IdSearch>][])('%s', (_name, search) => {
    it('are all found, over as many bands as it takes', async () => {
      expect(await find(search, 100)).toEqual({ ids: RARE, isComplete: true });
      expect(await find(search, 100, true)).toEqual({ ids: [...RARE].reverse(), isComplete: true });
    });

    it('are cut where enough are found, and looked for no further than allowed', async () => {
      expect(await find(search, 4)).toEqual({ ids: RARE.slice(0, 4), isComplete: false });
      expect(await find({ ...search, width: 2_500 }, 100)).toEqual({
        ids: [12_000, 11_000],
        isComplete: false,
      });
      expect(await find({ ...search, width: 1_500 }, 100, true)).toEqual({
        ids: [1_000, 2_000],
        isComplete: false,
      });
    });

    it('are looked for in their range alone', async () => {
      const range = { above: 3_000, upTo: 5_000 };
      expect(await find({ ...search, range }, 100)).toEqual({ ids: [5_000, 4_000], isComplete: true });
    });
  });

  it('since an instant are found by halving, over gaps and rows of other programs', async () => {
    const { db } = getDatabase();
    await db.knex('radacct').whereBetween('radacctid', [4_000, 6_500]).delete();
    await db.knex('radacct').where('radacctid', '<', 2_500).update({ arrival_started_at: null });
    const range = await wholeRange(db);
    const since = async (instant: number) => (await idsSince(db, range, instant)).above;
    expect(await since(8_000_000)).toBe(7_999);
    expect(await since(8_000_001)).toBe(8_000);
    expect(await since(0)).toBeLessThan(2_500);
    // Any id of the gap stands for the first one behind it.
    for (const instant of [4_000_000, 5_000_000, 6_501_000]) {
      const above = await since(instant);
      expect(above).toBeGreaterThanOrEqual(3_999);
      expect(above).toBeLessThanOrEqual(6_500);
    }
    expect(await since(1e15)).toBe(LAST);
  });

  it('of a list that is not exact end with the newest that are listed, and it says so', async () => {
    const none = async () => 0;
    const list = listSessionPages(getDatabase().db, { isOpen: false }, { countAll: none, countOpen: none });
    expect([await list.count(), await list.hasAll()]).toEqual([LISTED_MAX, false]);
    const last = await list.rows({ offset: 0, limit: 2, isFromEnd: true });
    // The newest ten thousand closed ones reach over ten open ones.
    expect(last.map(({ id }) => id)).toEqual([2_991, 2_990]);
    const first = await list.rows({ offset: 0, limit: 2, isFromEnd: false });
    expect(first.map(({ id }) => id)).toEqual([LAST, LAST - 1]);
  });
});

describeEachDatabase('without sessions', (getDatabase) => {
  it('nothing is found', async () => {
    const { db } = getDatabase();
    const range = await wholeRange(db);
    const search = { index: undefined, where: () => {}, range, width: 10 };
    expect(await findIds(db, search, { limit: 5, isFromEnd: false })).toEqual({ ids: [], isComplete: true });
    expect(await idsSince(db, range, 0)).toEqual({ above: 0, upTo: 0 });
  });
});
