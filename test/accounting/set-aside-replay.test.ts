/** What was set aside, decided again on a real database by the real meter. */
import { beforeEach, describe, expect, it } from 'vitest';
import { getSetAside, type SetAsideSelection } from '../../src/accounting/set-aside-queries.ts';
import { type ReplayResult, replaySetAside } from '../../src/accounting/set-aside-replay.ts';
import type { ReceivedRequest } from '../../src/accounting/submission.ts';
import {
  createMeter,
  createReplayMeter,
  type Metered,
  type MeteringOptions,
  type MeterOutcome,
} from '../../src/metering.ts';
import type { Nas } from '../../src/nas/nas.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { Calendar } from '../../src/usage/period.ts';
import { runBatch, testRunner } from '../support/batches.ts';
import { commandContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH } from '../support/records.ts';
import { decodedBy, received, reported } from '../support/set-aside-requests.ts';

const OPTIONS: MeteringOptions = {
  calendar: new Calendar('UTC'),
  defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
  nameRules: { stripsRealm: false, lowersCase: false },
  unknownUsers: 'unmetered',
};
const TOO_MANY = 10 ** 12;
const FAST = { maxRateKbps: 10 ** 9 };
const WAITING: SetAsideSelection = { withReplayed: false };

describeEachDatabase('replaying what was set aside', (getDatabase) => {
  beforeEach(() => createUser(commandContext(getDatabase().db), { username: 'john' }));

  /** As the daemon does: metered, or set aside. */
  const receive = (requests: readonly ReceivedRequest[], nas: Partial<Nas> = {}) =>
    runBatch(
      getDatabase().db,
      (batch) => createMeter(OPTIONS)(batch, requests.map(decodedBy(nas))),
      Math.max(...requests.map(({ arrivedAt }) => arrivedAt)),
    );

  interface HowToReplay {
    readonly isDryRun?: boolean;
    readonly at?: number;
    readonly meter?: typeof createReplayMeter;
  }
  const replay = async (
    selection: SetAsideSelection,
    nas: Partial<Nas> = {},
    { isDryRun = false, at = EPOCH + 3_600_000, meter = createReplayMeter }: HowToReplay = {},
  ) => {
    const { db } = getDatabase();
    const batches = testRunner(db, () => at);
    const results: ReplayResult<Metered>[] = [];
    try {
      const { actor } = commandContext(db);
      const options = { batches, meter: meter(OPTIONS), reopen: decodedBy(nas), isDryRun, actor };
      for await (const result of replaySetAside<Metered>(db, selection, options)) results.push(result);
    } finally {
      await batches.close();
    }
    return results;
  };

  const idOf = (result: ReplayResult<Metered>) => ('id' in result ? result.id : result.request.id);
  const kinds = (results: readonly ReplayResult<Metered>[]) => results.map(({ kind }) => kind);
  const rows = () => getDatabase().db.knex('set_aside').orderBy('id').select('id', 'reason', 'replayed_at');
  const usedBy = async (username: string) => (await usageRowOf(getDatabase().db, username))?.used_total;
  const octetsOfSessions = async () =>
    (await getDatabase().db.knex('radacct').orderBy('radacctid').select('acctinputoctets')).map(
      (row: { acctinputoctets: number }) => row.acctinputoctets,
    );

  /** A session with 100 octets, and a record of it that its NAS could not have carried. */
  const setOneAside = async () => {
    await receive([reported(60, { inputOctets: 100 }), reported(120, { inputOctets: TOO_MANY })]);
    const [row] = await rows();
    return row.id as number;
  };

  it('meters a record that the NAS’s raised rate permits, and marks it in the same transaction', async () => {
    const id = await setOneAside();
    const [result] = await replay({ ids: [id] }, FAST);
    expect(result).toMatchObject({
      kind: 'metered',
      request: { id, reason: 'implausible-growth' },
      outcome: { kind: 'recorded', how: 'joined', delta: { input: TOO_MANY - 100, output: 0 } },
    });
    expect(await usedBy('john')).toBe(TOO_MANY);
    expect(await octetsOfSessions()).toEqual([TOO_MANY]);
    expect(await rows()).toEqual([{ id, reason: 'implausible-growth', replayed_at: EPOCH + 3_600_000 }]);
  });

  it('leaves what still cannot be metered in its one row, with its new reason', async () => {
    const { db } = getDatabase();
    await receive([received(60, [[40, 7_777]])]);
    await setOneAside();
    await db.knex('set_aside').update({ reason: 'of an older version', detail: 'what it said' });
    expect(kinds(await replay(WAITING))).toEqual(['kept', 'kept']);
    const kept: object[] = await db.knex('set_aside').orderBy('id');
    expect(kept).toEqual([
      expect.objectContaining({
        reason: 'unknown-status-type',
        detail: 'Acct-Status-Type is 7777',
        replayed_at: null,
      }),
      expect.objectContaining({
        reason: 'implausible-growth',
        detail: expect.stringContaining('exceed 1000000 kbit/s'),
        replayed_at: null,
      }),
    ]);
    expect(await usedBy('john')).toBe(100);
  });

  it('charges a user that exists since', async () => {
    await receive([reported(60, { user: 'jane', inputOctets: TOO_MANY })]);
    await createUser(commandContext(getDatabase().db), { username: 'jane' });
    await replay(WAITING, FAST);
    expect(await usedBy('jane')).toBe(TOO_MANY);
  });

  it('counts by an option of the NAS that was changed', async () => {
    await receive([reported(60, { inputOctets: TOO_MANY, outputOctets: 7 })]);
    await replay(WAITING, { ...FAST, direction: 'reversed', octetUnit: 2 });
    expect(await getDatabase().db.knex('radacct').select('acctinputoctets', 'acctoutputoctets')).toEqual([
      { acctinputoctets: 14, acctoutputoctets: TOO_MANY * 2 },
    ]);
  });

  it('puts octets on the day they happened, by the clock offset that was kept', async () => {
    const nasBehindMs = 50 * 365 * 86_400_000;
    const eventAt = EPOCH - 20 * 3_600_000;
    const late = reported(
      60,
      { inputOctets: TOO_MANY, eventAt: eventAt - nasBehindMs },
      { clockOffsetMs: nasBehindMs },
    );
    await receive([late]);
    await replay(WAITING, FAST, { at: EPOCH + 86_400_000 });
    const days: { day: unknown; input_octets: number }[] = await getDatabase()
      .db.knex('usage_days')
      .select('day', 'input_octets');
    expect(days).toEqual([{ day: '2025-12-10', input_octets: TOO_MANY }]);
    expect(await usageRowOf(getDatabase().db, 'john')).toMatchObject({ used_today: 0, used_total: TOO_MANY });
  });

  it('adds nothing twice: not when it is asked for again, nor for a record that came again and was metered', async () => {
    const id = await setOneAside();
    await receive([reported(130, { inputOctets: TOO_MANY })], FAST);
    expect(await usedBy('john')).toBe(TOO_MANY);
    const [first] = await replay({ ids: [id] }, FAST);
    expect(first).toMatchObject({ kind: 'metered', outcome: { delta: { input: 0, output: 0 } } });
    const [again] = await replay({ ids: [id] }, FAST);
    expect(again).toMatchObject({ kind: 'replayed-before', request: { replayedAt: EPOCH + 3_600_000 } });
    expect(await usedBy('john')).toBe(TOO_MANY);
  });

  it('adds nothing twice when two replay at once', async () => {
    await receive(
      Array.from({ length: 40 }, (_, n) => reported(60, { sessionId: `S${n}`, inputOctets: TOO_MANY })),
    );
    const both = await Promise.all([replay(WAITING, FAST), replay(WAITING, FAST)]);
    const metered = both.flat().filter(({ kind }) => kind === 'metered');
    expect(new Set(metered.map(idOf)).size).toBe(40);
    expect(metered.length).toBe(40);
    expect(await usedBy('john')).toBe(40 * TOO_MANY);
  });

  it('only says what it would do in a dry run, and finds out what the database would refuse', async () => {
    const id = await setOneAside();
    const [result] = await replay({ ids: [id] }, FAST, { isDryRun: true });
    expect(result).toMatchObject({ kind: 'metered', outcome: { delta: { input: TOO_MANY - 100 } } });
    const [refused] = await replay({ ids: [id] }, FAST, { isDryRun: true, meter: refusing(id) });
    expect(refused).toMatchObject({ kind: 'kept', reason: 'refused-by-database' });
    expect(await usedBy('john')).toBe(100);
    expect(await rows()).toEqual([{ id, reason: 'implausible-growth', replayed_at: null }]);
  });

  /** Writes something no database takes, for one record. */
  const refusing =
    (refusedId: number): typeof createReplayMeter =>
    (options) => {
      const meter = createReplayMeter(options);
      return async (batch, submissions) => {
        const outcomes: readonly MeterOutcome[] = await meter(batch, submissions);
        const isRefused = submissions.some((kept) => 'id' in kept && kept.id === refusedId);
        // A NULL where none may be.
        if (isRefused) batch.change('UPDATE set_aside SET reason = ?', [['text', undefined]]);
        return outcomes;
      };
    };

  it('finds the one record that the database refuses, and meters the others', async () => {
    await receive(
      Array.from({ length: 5 }, (_, n) => reported(60, { sessionId: `S${n}`, inputOctets: TOO_MANY })),
    );
    const ids: number[] = (await rows()).map(({ id }: { id: number }) => id);
    const results = await replay(WAITING, FAST, { meter: refusing(ids[3] ?? 0) });
    expect(kinds(results)).toEqual(['metered', 'metered', 'metered', 'kept', 'metered']);
    expect(await usedBy('john')).toBe(4 * TOO_MANY);
    expect((await rows()).map(({ reason, replayed_at }) => [reason, replayed_at !== null])).toEqual([
      ['implausible-growth', true],
      ['implausible-growth', true],
      ['implausible-growth', true],
      ['refused-by-database', false],
      ['implausible-growth', true],
    ]);
  });

  it('keeps bytes that are no packet any more, and says so', async () => {
    const id = await setOneAside();
    await getDatabase()
      .db.knex('set_aside')
      .update({ packet: Buffer.from([4, 1, 0]) });
    expect(await replay({ ids: [id] }, FAST)).toEqual([
      expect.objectContaining({ kind: 'kept', reason: 'malformed-packet' }),
    ]);
    expect(await getSetAside(getDatabase().db, id)).toMatchObject({
      reason: 'malformed-packet',
      packet: undefined,
      userName: null,
    });
  });

  describe('of many', () => {
    it('replays each once, a transaction for every two hundred, only those for the reason asked for', async () => {
      await receive(
        Array.from({ length: 450 }, (_, n) => reported(60, { sessionId: `S${n}`, inputOctets: TOO_MANY })),
      );
      await receive([received(60, [[40, 7_777]])]);
      const results = await replay({ reason: 'implausible-growth', withReplayed: false }, FAST);
      expect(new Set(kinds(results))).toEqual(new Set(['metered']));
      expect(new Set(results.map(idOf)).size).toBe(450);
      expect(await usedBy('john')).toBe(450 * TOO_MANY);
    });

    it('refuses ids that are not there before it does anything', async () => {
      const id = await setOneAside();
      await expect(replay({ ids: [id, 999_999_998, 999_999_999] }, FAST)).rejects.toMatchObject({
        code: 'not_found',
        message: expect.stringContaining('999999998, 999999999'),
      });
      expect(await usedBy('john')).toBe(100);
    });
  });
});
