/** Changes of many rows at once by a person: one entry for each transaction, with the rows that changed. */
import { beforeEach, expect, it } from 'vitest';
import { replaySetAside } from '../../src/accounting/set-aside-replay.ts';
import { createMeter, createReplayMeter, type Metered, type MeteringOptions } from '../../src/metering.ts';
import type { Nas } from '../../src/nas/nas.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { StaleSweep, type StaleSweepOptions } from '../../src/sessions/stale-sweep.ts';
import { Calendar } from '../../src/usage/period.ts';
import { allowEntries, auditEntries, refuseEntries } from '../support/audit-entries.ts';
import { runBatch, testRunner } from '../support/batches.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH } from '../support/records.ts';
import { insertSession } from '../support/session-rows.ts';
import { decodedBy, received, reported } from '../support/set-aside-requests.ts';

const ROOT = { name: 'cli:root', userId: null };
const OPTIONS: MeteringOptions = {
  calendar: new Calendar('UTC'),
  defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
  nameRules: { stripsRealm: false, lowersCase: false },
  unknownUsers: 'unmetered',
};
const TOO_MANY = 10 ** 12;
const FAST = { maxRateKbps: 10 ** 9 };

describeEachDatabase('replaying what was set aside', (getDatabase) => {
  const db = () => getDatabase().db;
  const ids = async () => (await db().knex('set_aside').orderBy('id').select('id')).map(({ id }) => id);
  const replay = async (nas: Partial<Nas>, isDryRun = false) => {
    const batches = testRunner(db(), () => EPOCH + 3_600_000);
    const options = { batches, meter: createReplayMeter(OPTIONS), reopen: decodedBy(nas), isDryRun };
    const kinds: string[] = [];
    try {
      const results = replaySetAside<Metered>(db(), { withReplayed: false }, { ...options, actor: ROOT });
      for await (const { kind } of results) kinds.push(kind);
    } finally {
      await batches.close();
    }
    return kinds;
  };

  beforeEach(async () => {
    await createUser(commandContext(db()), { username: 'john' });
    await db().knex('audit_log').delete();
    const requests = [
      received(60, [[40, 7_777]]),
      reported(60, { inputOctets: 100 }),
      reported(120, { inputOctets: TOO_MANY }),
    ];
    await runBatch(db(), (batch) => createMeter(OPTIONS)(batch, requests.map(decodedBy())), EPOCH + 120_000);
  });

  it('says which were metered, and which stay for another reason', async () => {
    await db().knex('set_aside').where('reason', 'unknown-status-type').update({ reason: 'old' });
    const [unknown, large] = await ids();
    expect((await replay(FAST)).toSorted()).toEqual(['kept', 'metered']);
    const kept = (reason: string) => [{ id: unknown, reason, detail: 'Acct-Status-Type is 7777' }];
    expect(await auditEntries(db())).toEqual([
      {
        ...{ who: 'cli:root', from: null, what: 'replay set_aside', id: null },
        before: { metered: [], kept: kept('old') },
        after: { metered: [large], kept: kept('unknown-status-type') },
      },
    ]);
  });

  it('names one alone by its id', async () => {
    const [, large] = await ids();
    await replay(FAST);
    expect(await auditEntries(db())).toMatchObject([
      { id: String(large), after: { metered: [large], kept: [] } },
    ]);
  });

  it('says nothing of what stays as it is, nor of a dry run', async () => {
    expect(await replay({})).toEqual(['kept', 'kept']);
    await replay(FAST, true);
    expect(await auditEntries(db())).toEqual([]);
  });

  it('meters nothing where its entry cannot be written', async () => {
    await refuseEntries(db());
    try {
      await expect(replay(FAST)).rejects.toThrow('no entries today');
    } finally {
      await allowEntries(db());
    }
    expect(await db().knex('set_aside').whereNotNull('replayed_at')).toEqual([]);
    expect(await db().knex('radacct').select('acctinputoctets')).toEqual([{ acctinputoctets: 100 }]);
  });
});

const NOW = Date.parse('2025-12-11T12:00:00Z');
const HOUR = 3_600_000;

describeEachDatabase('closing silent sessions', (getDatabase) => {
  const db = () => getDatabase().db;
  const sweep = (extra: Partial<StaleSweepOptions>) =>
    new StaleSweep({
      db: db(),
      clock: { now: () => NOW },
      floorSecondsOf: () => 600,
      sessionTimeoutsOf: async () => new Map(),
      ...extra,
    }).sweep();
  const silent = () =>
    insertSession(db(), {
      ...{ started_at: NOW - 3 * HOUR, arrival_started_at: NOW - 3 * HOUR },
      ...{ updated_at: NOW - 2 * HOUR, arrival_updated_at: NOW - 2 * HOUR, run_flags: 4, acctinterval: 300 },
    });

  beforeEach(() =>
    db()
      .knex('instances')
      .insert({ id: 'alpha', host: 'alpha', receiving_since: NOW - 24 * HOUR, beat_at: NOW }),
  );

  it('by hand says which, and by a running radmeter says nothing', async () => {
    await silent();
    expect(await sweep({})).toMatchObject({ closed: 1 });
    expect(await auditEntries(db())).toEqual([]);
    const ids = [await silent(), await silent()];
    await sweep({ actor: ROOT, isDryRun: true });
    expect(await sweep({ actor: ROOT })).toMatchObject({ closed: 2 });
    await sweep({ actor: ROOT });
    expect(await auditEntries(db())).toEqual([
      {
        ...{ who: 'cli:root', from: null, what: 'close_stale session', id: null },
        before: { ids, closed: 'open' },
        after: { ids, closed: 'presumed' },
      },
    ]);
  });

  it('closes none where its entry cannot be written', async () => {
    await silent();
    await refuseEntries(db());
    try {
      await expect(sweep({ actor: ROOT })).rejects.toThrow('no entries today');
    } finally {
      await allowEntries(db());
    }
    expect(await db().knex('radacct').where('close_kind', '<>', 0)).toEqual([]);
  });
});
