/** A running radmeter tells users of alerts by itself. */
import { afterEach, expect, it } from 'vitest';
import { alertStory } from '../support/alert-story.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { startMailServer, type TestMailServer } from '../support/mail-server.ts';
import { startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

describeEachDatabase('a running radmeter', (getDatabase) => {
  let server: TestMailServer | undefined;
  const daemons: TestDaemon[] = [];

  afterEach(async () => {
    for (const daemon of daemons.splice(0)) await daemon.close();
    await server?.close();
  });

  it('sends what waits, beside another one, and shows it among its figures', async () => {
    const { db, url } = getDatabase();
    const arrived = Promise.withResolvers<void>();
    server = await startMailServer({ onMessage: () => arrived.resolve() });
    const story = await alertStory(db);
    await story.alert();
    await story.join('john', 45);
    await story.check();
    const flags = {
      'smtp-url': `smtp://127.0.0.1:${server.port}?tls=off`,
      'mail-from': 'wifi@campus.example',
    };
    for (let started = 0; started < 2; started++) daemons.push(await startTestDaemon(url, flags));
    await arrived.promise;
    await Promise.all(daemons.map(({ daemon }) => daemon.close()));
    expect(server.received).toHaveLength(1);
    expect(await story.deliveries()).toEqual(['john email delivered']);
    const figures = await Promise.all(daemons.map(({ daemon }) => daemon.metrics.registry.metrics()));
    const sent = 'radmeter_messages_total{method="email",outcome="sent"} 1';
    expect(figures.filter((text) => text.includes(sent))).toHaveLength(1);
  });
});
