import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { NasRecord, SessionDetails } from '../../src/accounting/record.ts';
import type { Database } from '../../src/db/database.ts';
import { type Dialect, isRetryable } from '../../src/db/dialect.ts';
import type { Run } from '../../src/sessions/run.ts';
import { closeRuns, saveRuns, selectRuns } from '../../src/sessions/session-store.ts';
import { readInBatch, runBatch } from '../support/batches.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH, GIB4, nasRecord } from '../support/records.ts';

const KEY = '0123456789\0\'"\\\xff\x80';

const DETAILS: SessionDetails = {
  nasPortId: 'wlan0',
  nasPortType: 'Wireless-802.11',
  acctAuthentic: 'RADIUS',
  serviceType: 'Framed-User',
  framedProtocol: 'PPP',
  connectInfo: 'CONNECT 54Mbps',
  address: {
    framedIpAddress: undefined,
    framedIpv6Address: undefined,
    framedIpv6Prefix: undefined,
    framedInterfaceId: undefined,
    delegatedIpv6Prefix: undefined,
  },
};

/** A run in which every field says something of its own. */
const FULL: Run = {
  radacctId: undefined,
  runKey: KEY,
  runNumber: 1024,
  userId: 77,
  userName: 'j\xc3\xb6hn',
  station: '02-00-00-00-00-01',
  classToken: 'rm1.\xff',
  closeKind: 'presumed',
  closedAt: EPOCH + 90_001,
  terminateCause: 'NAS-Reboot',
  startedAt: EPOCH + 1,
  updatedAt: EPOCH + 60_002,
  nasStartedAt: 3,
  nasUpdatedAt: 60_004,
  arrivalStartedAt: EPOCH + 5,
  arrivalUpdatedAt: EPOCH + 60_006,
  sessionTimeSeconds: 60,
  inputOctets: 5 * GIB4 + 1,
  outputOctets: Number.MAX_SAFE_INTEGER,
  unmeteredOctets: 12,
  inputPackets: 2 ** 32 - 1,
  outputPackets: 14,
  isReversed: true,
  octetUnit: 1024,
  hasGigawords: true,
  mayHaveWrapped: false,
  isHalfStopped: false,
  hasInterim: true,
  intervalSeconds: 60,
  sourceAddress: '2001:db8::7',
  nasIdentifier: 'ap\0\xff',
  calledStationId: '02-00-00-00-00-AA:a:"b',
  address: {
    framedIpAddress: '10.0.0.7',
    framedIpv6Address: '2001:db8::8',
    framedIpv6Prefix: '2001:db8:1::/48',
    framedInterfaceId: '2:0:0:1',
    delegatedIpv6Prefix: '2001:db8:2::/56',
  },
  connectInfoStop: 'stop',
  limitsTold: 1_234_567,
  hasNewDetails: false,
  origin: {
    acctSessionId: '%lX6b02f962%hX',
    nasIpAddress: '192.0.2.1',
    classes: ['\0\xff', 'second'],
    details: DETAILS,
  },
};

/** A run of which as little as possible is known. */
const BARE: Run = {
  ...FULL,
  runNumber: -1024,
  userId: undefined,
  userName: undefined,
  station: undefined,
  closeKind: 'open',
  closedAt: undefined,
  terminateCause: '',
  nasStartedAt: undefined,
  nasUpdatedAt: undefined,
  sessionTimeSeconds: undefined,
  inputOctets: 0,
  outputOctets: 0,
  unmeteredOctets: 0,
  isReversed: false,
  octetUnit: 1,
  hasGigawords: false,
  mayHaveWrapped: true,
  isHalfStopped: true,
  hasInterim: false,
  intervalSeconds: undefined,
  nasIdentifier: undefined,
  calledStationId: undefined,
  address: DETAILS.address,
  connectInfoStop: '',
};

/** What a run is when it has been read. */
const stored = (run: Run): object => ({ ...run, radacctId: expect.any(Number), origin: undefined });
const save = (db: Database, ...runs: Run[]) => runBatch(db, async (batch) => saveRuns(batch, runs));
const read = (db: Database, runKey = KEY) => readInBatch(db, (batch) => selectRuns(batch, [runKey]));

/** What a session of people's own SQL says of the row: seconds since start, update and stop. */
const sinceSql: Record<Dialect, string> = {
  mysql: `SELECT TIMESTAMPDIFF(SECOND, acctstarttime, NOW()) AS start, TIMESTAMPDIFF(SECOND, acctupdatetime, NOW()) AS updated,
    TIMESTAMPDIFF(SECOND, acctstoptime, NOW()) AS stopped FROM radacct`,
  sqlite: `SELECT unixepoch() - unixepoch(acctstarttime) AS start, unixepoch() - unixepoch(acctupdatetime) AS updated,
    unixepoch() - unixepoch(acctstoptime) AS stopped FROM radacct`,
};

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

describeEachDatabase('the standard columns of radacct', (getDatabase) => {
  const standardRow = async (run: Run) => {
    const { db } = getDatabase();
    await save(db, run);
    return db.knex('radacct').first();
  };

  it('hold what FreeRADIUS would write', async () => {
    expect(await standardRow({ ...FULL, closeKind: 'stopped' })).toMatchObject({
      acctsessionid: '%lX6b02f962%hX',
      acctuniqueid: createHash('md5').update(KEY, 'latin1').update('1024').digest('hex'),
      username: 'jöhn',
      nasipaddress: '192.0.2.1',
      nasportid: 'wlan0',
      nasporttype: 'Wireless-802.11',
      acctinterval: 60,
      acctsessiontime: 60,
      acctauthentic: 'RADIUS',
      connectinfo_start: 'CONNECT 54Mbps',
      connectinfo_stop: 'stop',
      acctinputoctets: 5 * GIB4 + 1,
      acctoutputoctets: Number.MAX_SAFE_INTEGER,
      calledstationid: '02-00-00-00-00-AA:a:"b',
      callingstationid: '02-00-00-00-00-01',
      acctterminatecause: 'NAS-Reboot',
      servicetype: 'Framed-User',
      framedprotocol: 'PPP',
      framedipaddress: '10.0.0.7',
      class: '0x00ff',
    });
  });

  it('are cut to their lengths in characters, while raw octets stay whole', async () => {
    const long = Buffer.from('é'.repeat(126)).toString('latin1');
    const row = await standardRow({
      ...FULL,
      userName: long,
      station: long,
      calledStationId: long,
      terminateCause: 'x'.repeat(40),
      connectInfoStop: 'y'.repeat(200),
      origin: {
        acctSessionId: 's'.repeat(253),
        nasIpAddress: undefined,
        classes: [],
        details: { ...DETAILS, nasPortId: 'p'.repeat(253), connectInfo: long },
      },
    });
    expect(row).toMatchObject({
      username: 'é'.repeat(64),
      callingstationid: 'é'.repeat(50),
      calledstationid: 'é'.repeat(50),
      acctsessionid: 's'.repeat(64),
      acctterminatecause: 'x'.repeat(32),
      connectinfo_start: 'é'.repeat(126),
      connectinfo_stop: 'y'.repeat(128),
      nasportid: 'p'.repeat(32),
      nasipaddress: '2001:db8::7',
      session_id_raw: Buffer.from('s'.repeat(253)),
      user_name_raw: Buffer.from(long, 'latin1'),
    });
  });

  it.each([
    ['invalid UTF-8', 'j\xf6hn', '0x6af6686e'],
    ['NUL octets', '\0\0\0\0', '0x00000000'],
    ['four-octet characters', Buffer.from('😀'.repeat(60)).toString('latin1').slice(0, 160), '😀'.repeat(40)],
  ])('show %s as text', async (_, userName, username) => {
    expect(await standardRow({ ...FULL, userName })).toMatchObject({ username });
  });

  it('hold instants that people compare with NOW()', async () => {
    const { db, dialect } = getDatabase();
    const now = Date.now();
    await save(db, {
      ...FULL,
      startedAt: now - 7200_000,
      updatedAt: now - 3600_000,
      closedAt: now - 60_000,
      closeKind: 'stopped',
    });
    const answer = await db.knex.raw(sinceSql[dialect]);
    const [row] = dialect === 'mysql' ? answer[0] : answer;
    expect(row.start - 7200).toBeLessThan(60);
    expect(row.start).toBeGreaterThanOrEqual(7199);
    expect(row.start - row.updated).toBe(3600);
    expect(row.updated - row.stopped).toBe(3540);
  });

  it('show a presumed stop at the last sign of life, and none while the session is open', async () => {
    const row = await standardRow({ ...FULL, closeKind: 'presumed' });
    expect(row.acctstoptime).toBe(row.acctupdatetime);
    await save(getDatabase().db, BARE);
    const open = await getDatabase().db.knex('radacct').where('close_kind', 0).first();
    expect(open.acctstoptime).toBeNull();
  });
});
