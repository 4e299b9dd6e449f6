/** A sender that dies after the mail server took a mail and before that is written down: the mail leaves again, once, and can be told for the same. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Senders } from '../../src/alerts/senders.ts';
import { createLogger } from '../../src/logger.ts';
import { alertStory } from '../support/alert-story.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { LineProcess } from '../support/line-process.ts';
import { startMailServer } from '../support/mail-server.ts';

const PROCESS = join(import.meta.dirname, '../support/sender-process.ts');

describeEachDatabase('a sender that is killed', (getDatabase) => {
  it('loses no mail, and sends none as another one', async () => {
    const { db, url } = getDatabase();
    const server = await startMailServer();
    const story = await alertStory(db);
    await story.alert();
    await story.join('john', 45);
    await story.check();
    const killed = new LineProcess(PROCESS, url, String(server.port));
    expect(await killed.nextLine()).toBe('sent');
    await killed.kill();
    expect(await story.deliveries()).toEqual(['john email pending']);

    const smtp = { host: '127.0.0.1', port: server.port, tls: 'off', caFile: null, user: null } as const;
    const senders = new Senders({
      smtp: { ...smtp, password: null, from: 'wifi@campus.example' },
      webhook: null,
      ...{ db, clock: story.context.clock, owner: 'heir', metrics: story.metrics },
      logger: createLogger('silent'),
    });
    // The lease was taken by the time of day; the heir comes long after it.
    story.context.clock.set('2125-01-01T00:00:00Z');
    await senders.drain();
    await senders.drain();
    await senders.close();
    await server.close();
    const identities = server.received.map(({ messageId }) => messageId);
    expect(identities).toHaveLength(2);
    expect(new Set(identities).size).toBe(1);
    expect(await story.deliveries()).toEqual(['john email delivered']);
  });
});
