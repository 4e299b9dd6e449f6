/** What a daemon has learned of an access point's clock and Gigawords holds after a restart, also where the NAS has no row. */
import { expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { type Report, reportRequest } from '../support/session-packets.ts';
import { startTestDaemon } from '../support/test-daemon.ts';

const MINUTE = 60_000;
/** The access point's clock is two hours behind. */
const BEHIND_MS = 120 * MINUTE;

describeEachDatabase('a daemon that is started again', (getDatabase) => {
  it('dates a first packet that was late by the clock it knows', async () => {
    const report = { status: 'interim', user: 'john', seconds: 0, inputOctets: 1 } as const;
    await send([{ ...report, sessionId: 'A', eventAt: Date.now() - BEHIND_MS }]);
    const { db } = getDatabase();
    const sender = await db.knex('nas_senders').first('address', 'sends_gigawords');
    expect([sender.address, Boolean(sender.sends_gigawords)]).toEqual(['127.0.0.1', true]);
    const happenedAt = Date.now() - 10 * MINUTE;
    await send([{ ...report, sessionId: 'B', eventAt: happenedAt - BEHIND_MS }]);
    const row = await db.knex('radacct').where('acctsessionid', 'B').first('started_at');
    // Event-Timestamp has whole seconds, and the first packet took its time.
    expect(Math.abs(row.started_at - happenedAt)).toBeLessThan(5_000);
  });

  async function send(reports: readonly Report[]): Promise<void> {
    const radmeter = await startTestDaemon(getDatabase().url);
    try {
      for (const report of reports) await radmeter.ask(reportRequest(report));
    } finally {
      await radmeter.close();
    }
  }
});
