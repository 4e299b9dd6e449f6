/** Sending what waits through a real mail server: once by however many instances, kept where it is refused. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SmtpOptions } from '../../src/alerts/mailer.ts';
import { Senders } from '../../src/alerts/senders.ts';
import type { Clock } from '../../src/clock.ts';
import { createLogger } from '../../src/logger.ts';
import { type AlertStory, alertStory } from '../support/alert-story.ts';
import { makeCertificate, type TestCertificate } from '../support/certificates.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { failOnLeaks } from '../support/leaks.ts';
import { type MailServerOptions, startMailServer, startSilentServer } from '../support/mail-server.ts';

describeEachDatabase('sending mail', (getDatabase) => {
  failOnLeaks();
  let directory: string;
  let certificate: TestCertificate;
  let story: AlertStory;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'radmeter-mail-'));
    certificate = makeCertificate(directory, 'mail');
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  beforeEach(async () => {
    story = await alertStory(getDatabase().db);
    await story.alert();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  const serve = async (options: MailServerOptions = {}) => {
    const server = await startMailServer(options);
    closing.push(() => server.close());
    return server;
  };
  const instance = (port: number, smtp: Partial<SmtpOptions> = {}, clock: Clock = story.context.clock) => {
    const senders = new Senders({
      smtp: {
        host: '127.0.0.1',
        port,
        tls: 'off',
        caFile: null,
        user: null,
        password: null,
        from: 'Wi-Fi <wifi@campus.example>',
        ...smtp,
      },
      webhook: null,
      ...{ db: getDatabase().db, clock, owner: crypto.randomUUID() },
      logger: createLogger('silent'),
      metrics: story.metrics,
      closeMsMax: 50,
    });
    closing.push(() => senders.close());
    return senders;
  };
  const queue = async (...users: string[]) => {
    for (const user of users) await story.join(user, 45);
    await story.check();
  };
  const mails = () => getDatabase().db.knex('mail_queue').orderBy('id').select('*');
  const outcomes = async () => {
    const { values } = await story.metrics.messages.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]));
  };

  it('brings over TLS and after signing in what the contract says, as text and HTML', async () => {
    const server = await serve({ certificate, credentials: { user: 'radmeter', password: 's3cret' } });
    await queue('john');
    const way = {
      tls: 'starttls',
      caFile: certificate.certPath,
      user: 'radmeter',
      password: 's3cret',
    } as const;
    await instance(server.port, way).drain();
    const [mail] = server.received;
    expect(mail).toMatchObject({
      user: 'radmeter',
      isEncrypted: true,
      recipients: ['john@example.org'],
      subject: 'Alerte profil: Avertissement quota',
      from: { text: '"Wi-Fi" <wifi@campus.example>' },
    });
    expect(mail?.text?.trim()).toBe('Attention: 90.0% de votre quota utilisé');
    expect(mail?.html).toContain('<p>Attention: 90.0% de votre quota utilisé</p>');
    const [row] = await mails();
    expect(mail?.messageId).toBe(`<${row.message_id}@campus.example>`);
    expect(row).toMatchObject({ status: 'sent', attempts: 1, last_error: null, leased_by: null });
    expect(await story.deliveries()).toEqual(['john email delivered']);
    expect(await outcomes()).toEqual({ sent: 1 });
  });

  it('speaks TLS from the first byte where the URL says so', async () => {
    const server = await serve({ certificate, isImplicit: true });
    await queue('john');
    await instance(server.port, { tls: 'implicit', caFile: certificate.certPath }).drain();
    expect(server.received.map(({ isEncrypted }) => isEncrypted)).toEqual([true]);
  });

  it.each([
    ['that offers no TLS', () => serve(), {}, /TLS/],
    ['whose certificate nobody knows', () => serve({ certificate }), {}, /certificate/],
    [
      'that does not know us',
      () => serve({ certificate, credentials: { user: 'radmeter', password: 'other' } }),
      { user: 'radmeter', password: 's3cret-word' },
      /535/,
    ],
  ] as const)('sends nothing to a server %s, and keeps it', async (_, start, way, reason) => {
    const { port } = await start();
    await queue('john');
    const known = 'user' in way ? { caFile: certificate.certPath } : {};
    await instance(port, { tls: 'starttls', ...known, ...way }).drain();
    const [row] = await mails();
    expect(row).toMatchObject({ status: 'pending', attempts: 1, last_error: expect.stringMatching(reason) });
    expect(row.last_error).not.toContain('s3cret-word');
  });

  it('is done once for each mail by two instances at once, which share the work', async () => {
    const server = await serve();
    await queue(...Array.from({ length: 60 }, (_, n) => `u${n}`));
    await Promise.all([instance(server.port).drain(), instance(server.port).drain()]);
    const recipients = server.received.flatMap((mail) => mail.recipients);
    expect(new Set(recipients).size).toBe(60);
    expect(recipients).toHaveLength(60);
    expect(await story.deliveries()).toEqual(
      Array.from({ length: 60 }, (_, n) => `u${59 - n} email delivered`),
    );
  });

  it('waits where a recipient is refused for now, and comes again later', async () => {
    let isOpen = false;
    const server = await serve({ refuse: () => (isOpen ? undefined : '450 4.2.1 mailbox busy') });
    await queue('john');
    const senders = instance(server.port);
    await senders.drain();
    expect(await mails()).toMatchObject([
      {
        status: 'pending',
        attempts: 1,
        due_at: Date.parse('2025-12-11T12:01:00Z'),
        last_error: expect.stringContaining('mailbox busy'),
      },
    ]);
    isOpen = true;
    await senders.drain();
    expect(server.received).toHaveLength(0);
    story.context.clock.set('2025-12-11T12:01:00Z');
    await senders.drain();
    expect(server.received).toHaveLength(1);
    expect(await outcomes()).toEqual({ retried: 1, sent: 1 });
  });

  it('gives up for good what is refused for good, and says why; the others leave', async () => {
    const server = await serve({
      refuse: (to) => (to.startsWith('gone') ? '550 5.1.1 no such user' : undefined),
    });
    await queue('gone', 'john');
    await instance(server.port).drain();
    expect(server.received).toHaveLength(1);
    expect(await story.deliveries()).toEqual(['john email delivered', 'gone email failed']);
    const [, delivery] = await getDatabase().db.knex('alert_deliveries').orderBy('id').select('detail');
    expect(delivery.detail).toContain('550 5.1.1 no such user');
    story.context.clock.set('2025-12-20T12:00:00Z');
    await story.check();
    expect(await mails()).toHaveLength(2);
  });

  it('gives up after twenty attempts', async () => {
    const server = await serve({ refuse: () => '450 4.2.1 full' });
    await queue('john');
    await getDatabase().db.knex('mail_queue').update({ attempts: 18 });
    const senders = instance(server.port);
    await senders.drain();
    expect(await mails()).toMatchObject([{ status: 'pending', attempts: 19 }]);
    story.context.clock.set('2025-12-12T12:00:00Z');
    await senders.drain();
    expect(await mails()).toMatchObject([{ status: 'failed', attempts: 20 }]);
    expect(await story.deliveries()).toEqual(['john email failed']);
  });

  describe('where the server', () => {
    it('refuses connections, waits with all of them and counts an attempt for few', async () => {
      const { port } = await serve();
      for (const close of closing.splice(0)) await close();
      await queue(...Array.from({ length: 12 }, (_, n) => `u${n}`));
      await instance(port).drain();
      const rows: { attempts: number; status: string; leased_by: string | null }[] = await mails();
      expect(rows.filter(({ attempts }) => attempts === 1).length).toBeLessThanOrEqual(5);
      expect(new Set(rows.map(({ status, leased_by: by }) => `${status} ${by}`))).toEqual(
        new Set(['pending null']),
      );
      const server = await serve();
      story.context.clock.set('2025-12-11T12:02:00Z');
      await instance(server.port).drain();
      expect(server.received).toHaveLength(12);
    });

    it('says nothing, gives up waiting', async () => {
      const silent = await startSilentServer();
      closing.push(() => silent.close());
      await queue('john');
      await instance(silent.port, { answerMsMax: 100 }).drain();
      expect(await mails()).toMatchObject([{ status: 'pending', attempts: 1, leased_by: null }]);
    });
  });

  it('leaves to another instance what one held that has died, when its lease ends', async () => {
    const server = await serve();
    await queue('john');
    const { db } = getDatabase();
    const until = story.context.clock.now() + 300_000;
    await db
      .knex('mail_queue')
      .update({ leased_by: 'dead', leased_until: until, due_at: until, attempts: 1 });
    await instance(server.port).drain();
    expect(server.received).toHaveLength(0);
    story.context.clock.set('2025-12-11T12:05:00Z');
    await instance(server.port).drain();
    expect(server.received).toHaveLength(1);
  });

  it('breaks off what is being sent when it closes, and sends it later under the same identity', async () => {
    const began = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    let isFirst = true;
    const identities: (string | undefined)[] = [];
    const server = await serve({
      onMessage: async ({ messageId }) => {
        identities.push(messageId);
        if (!isFirst) return;
        isFirst = false;
        began.resolve();
        await release.promise;
      },
    });
    await queue('john');
    const senders = instance(server.port);
    const drained = senders.drain();
    await began.promise;
    await Promise.all([senders.close(), drained]);
    release.resolve();
    expect(await mails()).toMatchObject([
      { status: 'pending', last_error: expect.stringContaining('stopped') },
    ]);
    story.context.clock.set('2025-12-11T12:10:00Z');
    await instance(server.port).drain();
    expect(await story.deliveries()).toEqual(['john email delivered']);
    expect(new Set(identities).size).toBe(1);
    expect(identities).toHaveLength(2);
  });
});
