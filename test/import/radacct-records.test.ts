/** A session of another server's radacct as the requests it stands for. */
import { describe, expect, it } from 'vitest';
import { requestsOf } from '../../src/import/radacct-records.ts';
import { readSession, unescaped } from '../../src/import/radacct-session.ts';
import { formerNas } from '../../src/nas/nas.ts';
import { Calendar } from '../../src/usage/period.ts';

const NOW = Date.parse('2025-12-31T00:00:00Z');

function reportsIn(timezone: string, from: string, to: string | null, octets: number): string[] {
  const session = readSession(
    {
      radacctid: 1,
      acctsessionid: 'a',
      username: 'john',
      nasipaddress: '192.0.2.1',
      started_ms: Date.parse(from),
      updated_ms: Date.parse(to ?? from),
      stopped_ms: to === null ? null : Date.parse(to),
      acctinputoctets: octets,
      acctoutputoctets: 0,
    },
    NOW,
  );
  const calendar = new Calendar(timezone);
  const terms = { nas: formerNas('192.0.2.1'), nasIdentifier: undefined, userName: 'john' };
  return requestsOf(session, { ...terms, dayEnd: (instant) => calendar.dayOf(instant).end }).map(
    ({ decoded }) => {
      if (!decoded.ok || !('input' in decoded.record)) throw new Error('no session record');
      const { eventAt, statusType, input } = decoded.record;
      const total = (input?.gigawords ?? 0) * 2 ** 32 + (input?.low ?? 0);
      return `${new Date(eventAt).toISOString().slice(0, 19)} ${statusType} ${total}`;
    },
  );
}

describe('the requests of a session', () => {
  it.each([
    [
      'within a day',
      'UTC',
      '2025-12-10T10:00:00Z',
      '2025-12-10T12:00:00Z',
      100,
      ['2025-12-10T12:00:00 Stop 100'],
    ],
    [
      'over midnight',
      'UTC',
      '2025-12-10T18:00:00Z',
      '2025-12-11T18:00:00Z',
      400,
      ['2025-12-10T23:59:59 Interim-Update 100', '2025-12-11T18:00:00 Stop 400'],
    ],
    [
      'up to midnight',
      'UTC',
      '2025-12-10T18:00:00Z',
      '2025-12-11T00:00:00Z',
      8,
      ['2025-12-11T00:00:00 Stop 8'],
    ],
    [
      'over midnight in Kolkata',
      'Asia/Kolkata',
      '2025-12-10T17:30:00Z',
      '2025-12-10T19:30:00Z',
      80,
      ['2025-12-10T18:29:59 Interim-Update 40', '2025-12-10T19:30:00 Stop 80'],
    ],
    [
      'of more than 4 GiB',
      'UTC',
      '2025-12-10T10:00:00Z',
      '2025-12-10T12:00:00Z',
      2 ** 33,
      [`2025-12-10T12:00:00 Stop ${2 ** 33}`],
    ],
    ['that has only begun', 'UTC', '2025-12-10T10:00:00Z', null, 0, ['2025-12-10T10:00:00 Start 0']],
  ])('are, %s, one at each midnight and its last', (_, timezone, from, to, octets, expected) => {
    expect(reportsIn(timezone, from, to, octets)).toEqual(expected);
  });
});

describe('a name that FreeRADIUS wrote', () => {
  it.each([
    ['john', 'john'],
    ['zo=C3=A9', 'zoé'],
    ['a=3Db', 'a=b'],
    ['a=b', 'a=b'],
    ['=', '='],
  ])('%s is %s', (stored, sent) => expect(unescaped(stored)).toBe(sent));
});
