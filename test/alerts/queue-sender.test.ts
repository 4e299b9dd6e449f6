/** Sending what waits through a real mail server: once by however many instances, kept where it is refused. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SmtpOptions } from '../../src/alerts/mailer.ts';
import { Senders, type SendersOptions } from '../../src/alerts/senders.ts';
import type { Clock } from '../../src/clock.ts';
import { createLogger } from '../../src/logger.ts';
import { type AlertStory, alertStory } from '../support/alert-story.ts';
import { makeCertificate, type TestCertificate } from '../support/certificates.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { failOnLeaks } from '../support/leaks.ts';
import {
  type MailServerOptions,
  startHangingServer,
  startMailServer,
  startSilentServer,
} from '../support/mail-server.ts';

const HOUR_MS = 3_600_000;

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
  const instance = (
    port: number,
    smtp: Partial<SmtpOptions> = {},
    clock: Clock = story.context.clock,
    more: Partial<SendersOptions> = {},
  ) => {
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
      ...more,
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
    expect(row).toMatchObject({ status: 'pending', attempts: 0, last_error: expect.stringMatching(reason) });
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
    it('refuses connections, waits with all of them and counts no attempt', async () => {
      const { port } = await serve();
      for (const close of closing.splice(0)) await close();
      await queue(...Array.from({ length: 12 }, (_, n) => `u${n}`));
      await instance(port).drain();
      const rows: { attempts: number; status: string; leased_by: string | null }[] = await mails();
      expect(
        new Set(rows.map(({ status, attempts, leased_by: by }) => `${status} ${attempts} ${by}`)),
      ).toEqual(new Set(['pending 0 null']));
      const server = await serve();
      story.context.clock.set('2025-12-11T12:02:00Z');
      await instance(server.port).drain();
      expect(server.received).toHaveLength(12);
    });

    it('says nothing, gives up waiting', async () => {
      const silent = await startSilentServer();
      closing.push(() => silent.close());
      await queue('john');
      await instance(silent.port, { waits: { connectMsMax: 100 } }).drain();
      expect(await mails()).toMatchObject([{ status: 'pending', attempts: 0, leased_by: null }]);
    });

    it.each(['EHLO', 'MAIL', 'RCPT', 'DATA'])('falls silent at %s, gives up waiting', async (command) => {
      const hanging = await startHangingServer(command);
      closing.push(() => hanging.close());
      await queue('john');
      await instance(hanging.port, { waits: { commandsMsMax: 100 } }).drain();
      expect(await mails()).toMatchObject([
        { status: 'pending', attempts: 0, last_error: expect.stringContaining('not ready'), leased_by: null },
      ]);
    });

    it('falls silent when it has the whole mail, counts an attempt: it may arrive twice', async () => {
      const hanging = await startHangingServer('.');
      closing.push(() => hanging.close());
      await queue('john');
      await instance(hanging.port, { waits: { commandsMsMax: 5_000, acceptanceMsMax: 100 } }).drain();
      expect(await mails()).toMatchObject([{ status: 'pending', attempts: 1, leased_by: null }]);
    });

    it('is away for more than the two days of twenty attempts, keeps the mail until it is back', async () => {
      const { port } = await serve();
      for (const close of closing.splice(0)) await close();
      await queue('john');
      const begun = story.context.clock.now();
      const senders = instance(port);
      for (let hour = 0; hour < 13 * 24; hour += 6) {
        story.context.clock.set(new Date(begun + hour * HOUR_MS).toISOString());
        await senders.drain();
      }
      const server = await serve();
      story.context.clock.set(new Date(begun + 13 * 24 * HOUR_MS).toISOString());
      await instance(server.port).drain();
      expect(server.received).toHaveLength(1);
    });

    it('is away for a fortnight, gives up', async () => {
      const { port } = await serve();
      for (const close of closing.splice(0)) await close();
      await queue('john');
      const senders = instance(port);
      const begun = story.context.clock.now();
      story.context.clock.set(new Date(begun + 14 * 24 * HOUR_MS - 1).toISOString());
      await senders.drain();
      expect(await mails()).toMatchObject([{ status: 'pending' }]);
      story.context.clock.set(new Date(begun + 14 * 24 * HOUR_MS + HOUR_MS).toISOString());
      await senders.drain();
      expect(await mails()).toMatchObject([{ status: 'failed' }]);
    });

    it('answers late that it has taken a mail, is not told again', async () => {
      const server = await serve({ onMessage: () => sleep(400) });
      await queue('john');
      const senders = instance(server.port, { waits: { connectMsMax: 200, commandsMsMax: 200 } });
      await senders.drain();
      story.context.clock.set('2025-12-12T12:00:00Z');
      await senders.drain();
      expect(server.received).toHaveLength(1);
      expect(await mails()).toMatchObject([{ status: 'sent', attempts: 1 }]);
    });
  });

  it('keeps what is being sent for longer than a lease', async () => {
    const began = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const server = await serve({
      onMessage: () => {
        began.resolve();
        return release.promise;
      },
    });
    await queue('john');
    const drained = instance(server.port, {}, story.context.clock, { heartbeatMs: 5 }).drain();
    await began.promise;
    for (let minutes = 1; minutes <= 5; minutes++) {
      const now = Date.parse('2025-12-11T12:00:00Z') + minutes * 60_000;
      story.context.clock.set(new Date(now).toISOString());
      await vi.waitFor(async () => expect((await mails())[0].leased_until).toBe(now + 120_000));
    }
    await instance(server.port).drain();
    release.resolve();
    await drained;
    expect(server.received).toHaveLength(1);
    expect(await mails()).toMatchObject([{ status: 'sent', attempts: 1 }]);
  });

  it('begins nothing that another instance has taken over meanwhile', async () => {
    const { db } = getDatabase();
    const beaten = Promise.withResolvers<void>();
    let underWay = 0;
    const server = await serve({
      onMessage: () => {
        underWay++;
        return beaten.promise;
      },
    });
    await queue(...Array.from({ length: 6 }, (_, n) => `u${n}`));
    const senders = instance(server.port, {}, story.context.clock, { heartbeatMs: 5 });
    const drained = senders.drain();
    await vi.waitFor(() => expect(underWay).toBe(5));
    const last = (await mails()).at(-1);
    await db.knex('mail_queue').where('id', last.id).update({ leased_by: 'other' });
    story.context.clock.set('2025-12-11T12:01:00Z');
    const ours = () => db.knex('mail_queue').where('leased_until', Date.parse('2025-12-11T12:03:00Z'));
    await vi.waitFor(async () => expect(await ours()).toHaveLength(5));
    beaten.resolve();
    await drained;
    expect(server.received).toHaveLength(5);
    expect((await mails()).at(-1)).toMatchObject({ status: 'pending', leased_by: 'other' });
  });

  it('does not send again what was sent while the database could not be told', async () => {
    const { db } = getDatabase();
    const server = await serve({ onMessage: () => db.knex.schema.renameTable('mail_queue', 'elsewhere') });
    await queue('john');
    const senders = instance(server.port);
    await expect(senders.drain()).rejects.toThrow('mail_queue');
    await db.knex.schema.renameTable('elsewhere', 'mail_queue');
    expect(await mails()).toMatchObject([{ status: 'pending' }]);
    await senders.drain();
    expect(await mails()).toMatchObject([{ status: 'sent' }]);
    expect(await story.deliveries()).toEqual(['john email delivered']);
    expect(server.received).toHaveLength(1);
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

  it('closes within a second, whatever is being sent', async () => {
    const hanging = await startHangingServer('.');
    closing.push(() => hanging.close());
    await queue('john');
    const senders = instance(hanging.port);
    const drained = senders.drain();
    await vi.waitFor(() => expect(hanging.silences()).toBe(1));
    const began = performance.now();
    await senders.close();
    expect(performance.now() - began).toBeLessThan(1_000);
    await drained;
    // Whether it was taken nobody knows.
    expect(await mails()).toMatchObject([{ status: 'pending', attempts: 1, leased_by: null }]);
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
