/** What FreeRADIUS and people's own SQL find in the columns of `radacct` that are not ours. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Dialect } from '../../src/db/dialect.ts';
import type { Run } from '../../src/sessions/run.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { GIB4 } from '../support/records.ts';
import { BARE, DETAILS, FULL, KEY, save } from '../support/stored-runs.ts';

/** What a session of people's own SQL says of the row: seconds since start, update and stop. */
const sinceSql: Record<Dialect, string> = {
  mysql: `SELECT TIMESTAMPDIFF(SECOND, acctstarttime, NOW()) AS start, TIMESTAMPDIFF(SECOND, acctupdatetime, NOW()) AS updated,
    TIMESTAMPDIFF(SECOND, acctstoptime, NOW()) AS stopped FROM radacct`,
  sqlite: `SELECT unixepoch() - unixepoch(acctstarttime) AS start, unixepoch() - unixepoch(acctupdatetime) AS updated,
    unixepoch() - unixepoch(acctstoptime) AS stopped FROM radacct`,
};

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
