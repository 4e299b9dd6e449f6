import { describe, expect, it } from 'vitest';
import type { NasRecord } from '../../src/accounting/record.ts';
import { isRetryable } from '../../src/db/dialect.ts';
import type { Run } from '../../src/sessions/run.ts';
import { closeRuns } from '../../src/sessions/session-store.ts';
import { readInBatch } from '../support/batches.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH, nasRecord } from '../support/records.ts';
import { BARE, FULL, read, save, stored } from '../support/stored-runs.ts';

describeEachDatabase('runs in radacct', (getDatabase) => {
  it.each([
    ['everything', FULL],
    ['as little as can be', BARE],
  ])('are read as they were written: %s', async (_, run) => {
    const { db } = getDatabase();
    await save(db, run);
    expect(await read(db)).toEqual([stored(run)]);
  });

  it('are written again by primary key: what any record may change', async () => {
    const { db } = getDatabase();
    await save(db, BARE);
    const [known] = await read(db);
    if (known === undefined) throw new Error('not written');
    const changed: Run = {
      ...FULL,
      radacctId: known.radacctId,
      runNumber: BARE.runNumber,
      isReversed: false,
      octetUnit: 1,
      nasStartedAt: undefined,
      nasIdentifier: undefined,
      calledStationId: undefined,
      hasNewDetails: true,
      origin: undefined,
    };
    await save(db, changed);
    expect(await read(db)).toEqual([{ ...changed, hasNewDetails: false }]);
    await save(db, { ...changed, connectInfoStop: 'not new', hasNewDetails: false });
    expect(await read(db)).toEqual([{ ...changed, hasNewDetails: false }]);
  });

  it('are read by key, in the order of their numbers, and nobody else’s', async () => {
    const { db } = getDatabase();
    const numbers = [1024, -1024, 0, 512];
    await save(db, ...numbers.map((runNumber) => ({ ...FULL, runNumber })), {
      ...FULL,
      runKey: 'another key 0123',
    });
    expect((await read(db)).map(({ runNumber }) => runNumber)).toEqual([-1024, 0, 512, 1024]);
    expect(await read(db, 'unknown key 0123')).toEqual([]);
  });

  describe('that a NAS’s Accounting-On or -Off ends', () => {
    const source = { sourceAddress: '2001:db8::7' };
    const close = (at: number, extra: Partial<NasRecord> = {}) =>
      readInBatch(getDatabase().db, (batch) => {
        const closed = closeRuns(batch, nasRecord(at, { ...source, ...extra }));
        return () => closed.count();
      });
    /** The numbers of the runs that are open still. */
    const openRuns = async () =>
      (await read(getDatabase().db))
        .filter(({ closeKind }) => closeKind === 'open')
        .map(({ runNumber }) => runNumber);

    it('are presumed closed, at their last sign of life for people; nothing else of them changes', async () => {
      const { db } = getDatabase();
      const open: Run = { ...FULL, closeKind: 'open', closedAt: undefined, terminateCause: '' };
      await save(db, open);
      expect(await close(90)).toBe(1);
      expect(await read(db)).toEqual([
        stored({ ...open, closeKind: 'presumed', closedAt: EPOCH + 90_000, terminateCause: 'NAS-Reboot' }),
      ]);
      const row = await db.knex('radacct').first();
      expect(row.acctstoptime).not.toBeNull();
      expect(row.acctstoptime).toBe(row.acctupdatetime);
    });

    it('are the open ones of its source address that began before it', async () => {
      const { db } = getDatabase();
      await save(
        db,
        { ...BARE, runNumber: 1 },
        { ...BARE, runNumber: 2, closeKind: 'stopped', closedAt: EPOCH + 5 },
        { ...BARE, runNumber: 3, closeKind: 'presumed', closedAt: EPOCH + 5 },
        { ...BARE, runNumber: 4, sourceAddress: '192.0.2.9' },
        { ...BARE, runNumber: 5, startedAt: EPOCH + 90_000 },
        { ...BARE, runNumber: 6, startedAt: EPOCH + 89_999 },
      );
      await db
        .knex('radacct')
        .insert({ acctsessionid: 'F1', source_address: source.sourceAddress, username: 'by FreeRADIUS' });
      expect(await close(90)).toBe(2);
      expect(await openRuns()).toEqual([4, 5]);
      expect((await read(db)).map(({ closedAt }) => closedAt)).toEqual([
        EPOCH + 90_000,
        EPOCH + 5,
        EPOCH + 5,
        undefined,
        undefined,
        EPOCH + 90_000,
      ]);
      const foreign = await db.knex('radacct').where('acctsessionid', 'F1').first('close_kind');
      expect(foreign).toEqual({ close_kind: 0 });
    });

    it.each<[string, Partial<NasRecord>, number[]]>([
      ['NAS-Identifier', { nasIdentifier: 'ap\0\xff' }, [2, 4]],
      ['Called-Station-Id', { calledStationId: 'AA?' }, [1, 4]],
      [
        'NAS-Identifier and Called-Station-Id',
        { nasIdentifier: 'ap\0\xff', calledStationId: 'AA?' },
        [1, 2, 4],
      ],
      ['a NAS-Identifier nobody has', { nasIdentifier: 'AP\0\xff' }, [1, 2, 3, 4]],
    ])('are only those that name the same %s', async (_, scope, left) => {
      const { db } = getDatabase();
      await save(
        db,
        { ...BARE, runNumber: 1, nasIdentifier: 'ap\0\xff' },
        { ...BARE, runNumber: 2, calledStationId: 'AA?' },
        { ...BARE, runNumber: 3, nasIdentifier: 'ap\0\xff', calledStationId: 'AA?' },
        { ...BARE, runNumber: 4, nasIdentifier: 'ap', calledStationId: 'aa?' },
      );
      expect(await close(90, scope)).toBe(4 - left.length);
      expect(await openRuns()).toEqual(left);
    });
  });

  it('that two batches begin at once are a duplicate key, so that the later one is decided again', async () => {
    const { db, dialect } = getDatabase();
    await save(db, FULL);
    const error = await save(db, { ...FULL, inputOctets: 1 }).catch((reason: unknown) => reason);
    expect(isRetryable[dialect](error)).toBe(true);
    expect(await read(db)).toEqual([stored(FULL)]);
  });
});
