/** Counting packets from unknown sources, within bounds. */
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { listUnknownNas } from '../../src/nas/nas-queries.ts';
import { UnknownNases, type UnknownNasesOptions } from '../../src/nas/unknown-nases.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('unknown sources', (getDatabase) => {
  const list = () => listUnknownNas(getDatabase().db);

  function counter(options: Partial<UnknownNasesOptions> = {}) {
    const clock = { ms: 1_000, now: () => clock.ms };
    const lines: { packets: number; addressCount: number }[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line)) });
    return { clock, lines, unknown: new UnknownNases({ db: getDatabase().db, clock, logger, ...options }) };
  }

  it('are counted by address, from the first packet to the last, over several writings', async () => {
    const { clock, unknown } = counter();
    unknown.count('192.0.2.1');
    clock.ms = 2_000;
    unknown.count('::ffff:192.0.2.1');
    await unknown.flush();
    clock.ms = 3_000;
    unknown.count('192.0.2.1');
    unknown.count('2001:db8::1');
    await unknown.close();
    expect((await list()).toSorted((a, b) => b.packets - a.packets)).toEqual([
      { address: '192.0.2.1', firstSeenAt: 1_000, lastSeenAt: 3_000, packets: 3 },
      { address: '2001:db8::1', firstSeenAt: 3_000, lastSeenAt: 3_000, packets: 1 },
    ]);
  });

  it('are written down without being told', async () => {
    const { unknown } = counter({ flushIntervalMs: 5 });
    unknown.start();
    unknown.count('192.0.2.1');
    await vi.waitFor(async () => expect(await list()).toHaveLength(1), { timeout: 10_000 });
    await unknown.close();
  });

  it('fill neither memory nor table when every packet has another address', async () => {
    const { clock, unknown, lines } = counter({ addressesMax: 3, rowsMax: 2 });
    for (let host = 1; host <= 10; host++) {
      clock.ms = host;
      unknown.count(`192.0.2.${host}`);
    }
    await unknown.flush();
    expect((await list()).map(({ address }) => address)).toEqual(['192.0.2.3', '192.0.2.2']);
    expect(lines).toMatchObject([{ addressCount: 3, packets: 10 }]);
  });

  it('are logged once a minute at most', async () => {
    const { clock, unknown, lines } = counter();
    for (const ms of [0, 5_000, 59_999, 60_000]) {
      clock.ms = ms;
      unknown.count('192.0.2.1');
      await unknown.flush();
    }
    expect(lines).toHaveLength(2);
  });

  it('stay counted while the database does not take them', async () => {
    const { knex } = getDatabase().db;
    const { unknown } = counter();
    unknown.count('192.0.2.1');
    await knex.schema.renameTable('unknown_nas', 'unknown_nas_away');
    try {
      await unknown.flush();
    } finally {
      await knex.schema.renameTable('unknown_nas_away', 'unknown_nas');
    }
    unknown.count('192.0.2.1');
    await unknown.close();
    expect(await list()).toMatchObject([{ packets: 2 }]);
  });
});
