/** The webhook for text messages, as a real HTTP server sees it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Senders } from '../../src/alerts/senders.ts';
import { createLogger } from '../../src/logger.ts';
import { type AlertStory, alertStory } from '../support/alert-story.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('the SMS webhook', (getDatabase) => {
  let story: AlertStory;
  let server: Server;
  let asked: { headers: IncomingMessage['headers']; body: Record<string, unknown> }[];
  /** What it answers, in turn; 204 once nothing is left. Null: nothing at all. */
  let answers: (number | null)[];

  beforeEach(async () => {
    story = await alertStory(getDatabase().db);
    await story.alert({ notificationMethod: 'sms' });
    [asked, answers] = [[], []];
    server = createServer(async (request, response) => {
      asked.push({ headers: request.headers, body: JSON.parse(await text(request)) });
      const status = answers.length === 0 ? 204 : answers.shift();
      if (typeof status === 'number') response.writeHead(status, { location: '/elsewhere' }).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const url = () => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}/send?key=hidden`;
  };
  const drain = async (address = url()) => {
    const senders = new Senders({
      smtp: null,
      webhook: { url: address, secret: 's3cret', answerMsMax: 200 },
      ...{ db: getDatabase().db, clock: story.context.clock, owner: crypto.randomUUID() },
      ...{ logger: createLogger('silent'), metrics: story.metrics },
    });
    await senders.drain();
    await senders.close();
  };
  const queue = () => getDatabase().db.knex('webhook_queue').orderBy('id').select('*');

  it('is posted each message once, with the secret and an identity', async () => {
    const john = await story.join('john', 45);
    await story.check();
    await Promise.all([drain(), drain()]);
    const [row] = await queue();
    expect(asked).toMatchObject([
      {
        headers: {
          authorization: 'Bearer s3cret',
          'idempotency-key': row.message_id,
          'content-type': 'application/json; charset=utf-8',
        },
        body: {
          id: row.message_id,
          to: '+237600',
          message: 'Attention: 90.0% de votre quota utilisé',
          username: 'john',
          user_id: john,
          alert_type: 'quota_warning',
          profile_name: 'Étudiant',
        },
      },
    ]);
    expect(await story.deliveries()).toEqual(['john sms delivered']);
  });

  it.each([
    [400, 'the webhook answered 400', 1],
    [302, 'the webhook answered 302', 1],
    [500, 'the webhook answered 500', 1],
    [503, 'the webhook answered 503', 0],
    [null, 'the webhook did not answer in time', 1],
  ])('is asked again later where it answers %s', async (answer, reason, attempts) => {
    await story.join('john', 45);
    await story.check();
    answers = [answer];
    await drain();
    expect(await queue()).toMatchObject([{ status: 'pending', attempts, last_error: reason }]);
    story.context.clock.set('2025-12-11T12:01:00Z');
    await drain();
    expect(asked).toHaveLength(2);
    expect(asked[0]?.body).toEqual(asked[1]?.body);
    expect(await story.deliveries()).toEqual(['john sms delivered']);
  });

  it('is asked again where nothing listens, and its key is in no error', async () => {
    await story.join('john', 45);
    await story.check();
    await drain(`http://127.0.0.1:${await closedPort()}/send?key=hidden`);
    const [row] = await queue();
    expect(row).toMatchObject({ status: 'pending', attempts: 0 });
    expect(row.last_error).toBe('the webhook cannot be reached (ECONNREFUSED)');
    expect(row.last_error).not.toContain('hidden');
  });
});

/** Returns a port at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
