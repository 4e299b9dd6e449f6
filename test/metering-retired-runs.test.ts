/** A NAS that repeats one Acct-Session-Id for ever: what every packet reads stays in bounds, and nothing is counted twice. */
import { expect, it } from 'vitest';
import { createMeter } from '../src/metering.ts';
import { createUser } from '../src/profiles/user-commands.ts';
import { RUNS_KEPT, retiredKey } from '../src/sessions/retired-runs.ts';
import { Calendar } from '../src/usage/period.ts';
import { runBatch } from './support/batches.ts';
import { commandContext, usageRowOf } from './support/command-context.ts';
import { describeEachDatabase } from './support/databases.ts';
import { EPOCH, sessionRecord } from './support/records.ts';
import { submissionOf } from './support/submissions.ts';

const SESSIONS = 300;
const BATCH = 10;
const EVERY_SECONDS = 1_000;
/** Octets of the first so many sessions, each with one more than the one before. */
const octetsOf = (sessions: number) => (sessions * (sessions + 1)) / 2;

describeEachDatabase('one Acct-Session-Id for hundreds of sessions', (getDatabase) => {
  const meterBatch = createMeter({
    calendar: new Calendar('UTC'),
    defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
    nameRules: { stripsRealm: false, lowersCase: false },
    unknownUsers: 'unmetered',
  });
  const stop = (session: number) =>
    sessionRecord({
      status: 'Stop',
      at: session * EVERY_SECONDS + 60,
      time: 60,
      up: session + 1,
      down: 0,
    });
  const meter = (sessions: readonly number[]) => {
    const submissions = sessions.map((session) => submissionOf(stop(session)));
    const now = EPOCH + SESSIONS * EVERY_SECONDS * 1_000;
    return runBatch(getDatabase().db, (batch) => meterBatch(batch, submissions), now);
  };

  it('keeps the newest in mind, all in the table, and sets aside what may be of the others', async () => {
    const { db } = getDatabase();
    await createUser(commandContext(db), { username: 'john' });
    for (let first = 0; first < SESSIONS; first += BATCH) {
      await meter(Array.from({ length: BATCH }, (_, index) => first + index));
    }
    const used = async () => (await usageRowOf(db, 'john'))?.used_total;
    expect(await used()).toBe(octetsOf(SESSIONS));

    const { runKey } = stop(0);
    const countUnder = async (key: string) => {
      const [row] = await db.knex('radacct').where('runkey', Buffer.from(key, 'latin1')).count('* as runs');
      return Number(row?.['runs']);
    };
    const kept = await countUnder(runKey);
    expect(kept).toBeGreaterThanOrEqual(RUNS_KEPT);
    expect(kept).toBeLessThanOrEqual(2 * RUNS_KEPT);
    expect(await countUnder(retiredKey(runKey))).toBe(SESSIONS - kept);

    const [forgotten, known] = [5, SESSIONS - 5];
    expect(await meter([forgotten])).toMatchObject([{ kind: 'set-aside', reason: 'before-kept-runs' }]);
    expect(await meter([known])).toMatchObject([{ kind: 'recorded', how: 'joined' }]);
    expect(await used()).toBe(octetsOf(SESSIONS));
  });

  it('retires no run that the same batch changes', async () => {
    const { db } = getDatabase();
    await createUser(commandContext(db), { username: 'john' });
    await meter(Array.from({ length: SESSIONS }, (_, session) => session));
    await meter([SESSIONS]);
    expect((await usageRowOf(db, 'john'))?.used_total).toBe(octetsOf(SESSIONS + 1));
    const [row] = await db.knex('radacct').sum('acctinputoctets as octets').count('* as runs');
    expect(row).toMatchObject({ runs: SESSIONS + 1, octets: octetsOf(SESSIONS + 1) });
  });
});
