import { existsSync, mkdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Spool } from '../../src/accounting/spool.ts';
import { listSpooled, spoolStatus } from '../../src/accounting/spool-queries.ts';
import type { ReceivedRequest } from '../../src/accounting/submission.ts';
import { formerNas } from '../../src/nas/nas.ts';
import { EPOCH } from '../support/records.ts';
import { reportRequest } from '../support/session-packets.ts';
import { testSpool } from '../support/spools.ts';

function emptySpool(maxBytes?: number) {
  const place = testSpool(maxBytes);
  onTestFinished(place.remove);
  return { ...place, stateDir: dirname(place.filename) };
}

/** Opens a spool's file a second time, as the next process does. */
function reopened(filename: string, maxBytes = 64 * 1024 ** 2): Spool {
  const spool = new Spool({ filename, maxBytes });
  onTestFinished(() => spool.close());
  spool.open();
  return spool;
}

const request = (arrivedAt: number, bytes: Buffer = Buffer.from(`packet ${arrivedAt}`)): ReceivedRequest => ({
  sourceAddress: '2001:db8::1',
  sourcePort: 40_000,
  arrivedAt,
  clockOffsetMs: arrivedAt % 2 === 0 ? undefined : -90_000,
  bytes,
});
const arrivals = (spool: Spool, limit = 100) => spool.oldest(limit).map(({ arrivedAt }) => arrivedAt);

describe('a spool', () => {
  it('gives out what it was given, octet by octet and in order, also to the next process', () => {
    const { spool, filename } = emptySpool();
    const requests = [3, 1, 2].map((arrivedAt) => request(arrivedAt));
    spool.append(requests.slice(0, 2));
    spool.append(requests.slice(2));
    expect(spool.oldest(100)).toEqual(requests.map((each, index) => ({ ...each, id: index + 1 })));
    expect(arrivals(spool, 2)).toEqual([3, 1]);
    const next = reopened(filename);
    expect(next.size).toBe(3);
    expect(arrivals(next)).toEqual([3, 1, 2]);
  });

  it('holds no more what was removed, and never gives a number twice', () => {
    const { spool, filename } = emptySpool();
    spool.append([1, 2, 3].map((at) => request(at)));
    spool.remove(2, 2);
    expect([spool.size, arrivals(spool), arrivals(reopened(filename))]).toEqual([1, [3], [3]]);
    spool.remove(3, 1);
    expect([spool.size, spool.oldest(1)]).toEqual([0, []]);
    spool.append([request(4)]);
    expect(spool.oldest(1)).toMatchObject([{ id: 4, arrivedAt: 4 }]);
  });

  it('gives its room back once it is empty', () => {
    const { spool, filename, stateDir } = emptySpool();
    const many = Array.from({ length: 2_000 }, (_, at) => request(at, Buffer.alloc(1_000)));
    spool.append(many);
    const { file_bytes: full } = spoolStatus(stateDir);
    spool.remove(2_000, 2_000);
    expect(full).toBeGreaterThan(2_000_000);
    expect(spoolStatus(stateDir).file_bytes).toBeLessThan(50_000);
    expect(statSync(filename).size).toBeLessThan(50_000);
  });

  it('takes all of a batch or none, says that spool-max is reached, and takes more when there is room', () => {
    const { spool, filename } = emptySpool(100 * 1024);
    const large = (at: number) => request(at, Buffer.alloc(4_000));
    const batch = Array.from({ length: 10 }, (_, at) => large(at));
    spool.append(batch);
    const refusal = {
      code: 'unavailable',
      message: `the spool ${filename} cannot be used: it has reached spool-max, 102400 bytes`,
    };
    expect(() => {
      for (let tries = 0; tries < 10; tries++) spool.append(batch);
    }).toThrow(expect.objectContaining(refusal));
    expect(spool.size % 10).toBe(0);
    expect(spool.oldest(1_000)).toHaveLength(spool.size);
    spool.remove(10, 10);
    spool.probe();
    spool.append([large(1)]);
    expect(spool.oldest(1_000)).toHaveLength(spool.size);
  });

  it('counts again what another process removed', () => {
    const { spool, filename } = emptySpool();
    spool.append([request(1), request(2)]);
    reopened(filename).remove(2, 2);
    expect(spool.oldest(10)).toEqual([]);
    spool.recount();
    expect(spool.size).toBe(0);
  });

  it.each([
    [
      'is no SQLite file',
      'no spool at all, but longer than a header of one hundred octets '.repeat(4),
      /it is no SQLite file; move it away/,
    ],
  ])('that %s is refused by name and left as it is', (_, text, message) => {
    const { spool, filename } = emptySpool();
    spool.close();
    writeFileSync(filename, text);
    expect(() => reopened(filename)).toThrow(message);
    expect(statSync(filename).size).toBe(text.length);
  });

  it('in a directory that is a file is refused by name', () => {
    const { filename } = emptySpool();
    expect(() => reopened(`${filename}/spool.db`)).toThrow(`the spool ${filename}/spool.db cannot be used`);
  });
});

describe('reading a spool beside its daemon', () => {
  it('tells how it stands, and what waits', () => {
    const { spool, filename, stateDir } = emptySpool();
    const start = reportRequest({ status: 'start', user: 'john', sessionId: 'A1' });
    spool.append([request(EPOCH, start), request(EPOCH + 1, Buffer.from('damaged'))]);
    expect(spoolStatus(stateDir)).toEqual({
      file: filename,
      records: 2,
      oldest_arrived_at: new Date(EPOCH).toISOString(),
      file_bytes: expect.any(Number),
    });
    expect(listSpooled(stateDir, { limit: 10, findNas: formerNas })).toEqual([
      {
        id: 1,
        arrived_at: new Date(EPOCH).toISOString(),
        source_address: '2001:db8::1',
        status_type: 'Start',
        acct_session_id: 'A1',
        user_name: 'john',
      },
      expect.objectContaining({ id: 2, status_type: null, acct_session_id: null, user_name: null }),
    ]);
  });

  it('that is not ours to read is an error, not an empty spool', () => {
    const { spool, filename, stateDir } = emptySpool();
    spool.append([request(1)]);
    spool.close();
    rmSync(filename);
    mkdirSync(filename);
    expect(() => spoolStatus(stateDir)).toThrow(`the spool ${filename} cannot be read`);
    rmdirSync(filename);
  });

  it('of a state directory that never needed one makes none', () => {
    const { spool, filename, stateDir } = emptySpool();
    spool.close();
    expect(spoolStatus(`${stateDir}/elsewhere`)).toMatchObject({ records: 0, oldest_arrived_at: null });
    expect(listSpooled(`${stateDir}/elsewhere`, { limit: 1, findNas: formerNas })).toEqual([]);
    expect(existsSync(`${filename}/elsewhere`)).toBe(false);
  });
});
