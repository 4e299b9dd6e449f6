/** Sessions presumed closed by silence, and the records that come for them after all. */
import { beforeEach, expect, it } from 'vitest';
import { createMeter } from '../src/metering.ts';
import { createUser } from '../src/profiles/user-commands.ts';
import type { Run } from '../src/sessions/run.ts';
import { StaleSweep } from '../src/sessions/stale-sweep.ts';
import { Calendar } from '../src/usage/period.ts';
import { runBatch } from './support/batches.ts';
import { commandContext, usageRowOf } from './support/command-context.ts';
import { allCounted, countedOctets } from './support/counted.ts';
import { describeEachDatabase } from './support/databases.ts';
import { EPOCH, type RecordWords, sessionRecord } from './support/records.ts';
import { submissionOf } from './support/submissions.ts';

const meterBatch = createMeter({
  calendar: new Calendar('UTC'),
  defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
  nameRules: { stripsRealm: false, lowersCase: false },
  unknownUsers: 'unmetered',
});

describeEachDatabase('a session that fell silent', (getDatabase) => {
  let now = EPOCH;
  let sweep: StaleSweep;

  beforeEach(async () => {
    now = EPOCH;
    const { db } = getDatabase();
    sweep = new StaleSweep({
      db,
      clock: { now: () => now },
      floorSecondsOf: () => 600,
      sessionTimeoutsOf: async () => new Map(),
    });
    await createUser(commandContext(db), { username: 'john' });
    await db.knex('instances').insert({ id: 'a', host: 'a', receiving_since: 0, beat_at: EPOCH });
    for (const words of [
      { at: 0, status: 'Start' as const },
      { at: 60, up: 100 },
      { at: 120, up: 200 },
    ]) {
      await report(words);
    }
  });

  const report = (words: RecordWords) =>
    runBatch(
      getDatabase().db,
      (batch) => meterBatch(batch, [submissionOf(sessionRecord({ time: words.at, down: 0, ...words }))]),
      now,
    );
  /** Sweeps at seconds after the epoch and returns how many sessions that closed. */
  const sweepAt = async (at: number) => {
    now = EPOCH + at * 1_000;
    await getDatabase().db.knex('instances').update({ beat_at: now });
    return (await sweep.sweep()).closed;
  };
  const session = async () => {
    const rows = await getDatabase().db.knex('radacct');
    expect(rows).toHaveLength(1);
    const { close_kind, stopped_at, acctterminatecause, acctinputoctets } = rows[0];
    const kinds: readonly Run['closeKind'][] = ['open', 'stopped', 'presumed'];
    const stoppedAfter = stopped_at === null ? null : (stopped_at - EPOCH) / 1_000;
    return [kinds[close_kind], stoppedAfter, acctterminatecause, acctinputoctets];
  };
  const expectCounted = async (octets: number) => {
    expect(await countedOctets(getDatabase().db)).toEqual(allCounted(octets));
    expect((await usageRowOf(getDatabase().db, 'john'))?.used_total).toBe(octets);
  };

  it('is closed at its last record, when it had three intervals and the floor for another', async () => {
    expect(await sweepAt(719)).toBe(0);
    expect(await sweepAt(720)).toBe(1);
    expect(await session()).toEqual(['presumed', 120, 'Lost-Carrier', 200]);
    await expectCounted(200);
  });

  it('is open again by any later record, however long before the close that happened, and can be closed again', async () => {
    await sweepAt(720);
    await report({ at: 131, up: 230, arrived: 725 });
    expect(await session()).toEqual(['open', null, '', 230]);
    await report({ at: 740, up: 300 });
    expect(await sweepAt(800)).toBe(0);
    expect(await session()).toEqual(['open', null, '', 300]);
    expect(await sweepAt(5_000)).toBe(1);
    expect(await session()).toEqual(['presumed', 740, 'Lost-Carrier', 300]);
    await expectCounted(300);
  });

  it('stays closed by records of before its end, whose octets count', async () => {
    await sweepAt(720);
    await report({ at: 115, up: 250, arrived: 730 });
    expect(await session()).toEqual(['presumed', 120, 'Lost-Carrier', 250]);
    await report({ at: 60, up: 100, arrived: 731 });
    await report({ at: 120, up: 200, arrived: 732 });
    expect(await session()).toEqual(['presumed', 120, 'Lost-Carrier', 250]);
    await expectCounted(250);
  });

  it.each([130, 115])('is finished by its Stop of second %i, for good', async (at) => {
    await sweepAt(720);
    await report({ at, up: 260, status: 'Stop', arrived: 730 });
    expect(await session()).toEqual(['stopped', at, 'User-Request', 260]);
    expect(await sweepAt(90_000)).toBe(0);
    expect(await session()).toEqual(['stopped', at, 'User-Request', 260]);
    await expectCounted(260);
  });

  it('is not closed while its records, though lost in part, go on', async () => {
    for (const at of [180, 240, 700, 1_250, 1_310]) {
      expect(await sweepAt(at)).toBe(0);
      await report({ at, up: 1_000 + at });
    }
    await expectCounted(2_310);
  });

  it('that only its NAS’s outage kept silent does not take the outage for its interval', async () => {
    await report({ at: 7_320, up: 300 });
    const intervals = await getDatabase().db.knex('radacct').select('acctinterval');
    expect(intervals).toEqual([{ acctinterval: 1_800 }]);
  });
});
