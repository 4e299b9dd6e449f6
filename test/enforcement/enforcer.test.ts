/** Carrying intents out against scripted NASes, on both databases. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Enforcer, type EnforcerOptions } from '../../src/enforcement/enforcer.ts';
import { createLogger } from '../../src/logger.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { Nas } from '../../src/nas/nas.ts';
import type { ProfileFields } from '../../src/profiles/profile.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { checkMessageAuthenticator, isAuthenticAccountingRequest } from '../../src/radius/authenticator.ts';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import { parsePacket } from '../../src/radius/packet.ts';
import { Calendar } from '../../src/usage/period.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { type CoaAnswer, type CoaNas, type CoaRequest, startCoaNas } from '../support/coa-nas.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { testNas } from '../support/records.ts';
import { insertSession } from '../support/session-rows.ts';

const dictionary = loadDictionary('dictionaries');
/** RFC 5176 §2.3: as an Accounting-Request's; §3.4: its Message-Authenticator over zeros. */
function isAuthentic(bytes: Buffer): boolean {
  const parsed = parsePacket(bytes);
  const secret = Buffer.from('testing123');
  return (
    parsed.ok &&
    isAuthenticAccountingRequest(parsed.packet, secret) &&
    checkMessageAuthenticator(parsed.packet, secret, { requestAuthenticator: Buffer.alloc(16) }) === 'valid'
  );
}

const FAST = { timeoutMs: 30, maxTimeoutMs: 30, tries: 2 };

describeEachDatabase('carrying intents out', (getDatabase) => {
  let context: TestContext;
  let nas: CoaNas;
  let nases: Map<string, Partial<Nas>>;
  let metrics: ReturnType<typeof createMetrics>;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    metrics = createMetrics();
    nases = new Map();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const answering = async (answerTo: (request: CoaRequest) => CoaAnswer, options: Partial<Nas> = {}) => {
    nas = await startCoaNas(answerTo);
    closing.push(() => nas.close());
    nases.set('127.0.0.1', { coaPort: nas.port, ...options });
  };
  const enforcer = (more: Partial<EnforcerOptions> = {}) => {
    const made = new Enforcer({
      ...{ db: context.db, clock: context.clock, logger: createLogger('silent'), metrics, dictionary },
      calendar: new Calendar('UTC'),
      defaultProfile: {
        sessionTimeoutSeconds: 3600,
        idleTimeoutSeconds: null,
        bandwidthUploadKbps: 10_000,
        bandwidthDownloadKbps: 10_000,
        simultaneousUse: 1,
      },
      interimIntervalSeconds: 300,
      findNas: (address) => {
        const found = nases.get(address);
        return found === undefined ? undefined : testNas(found);
      },
      clockOffsetMs: () => undefined,
      owner: 'one',
      isSending: true,
      requester: FAST,
      pollIntervalMs: 10_000,
      ...more,
    });
    closing.push(() => made.close());
    return made;
  };
  const john = async (profile: Partial<ProfileFields> = {}) => {
    const id = await createProfile(context, { name: 'p', dailyLimit: 1000, ...profile });
    return createUser(context, { username: 'john', profile: id });
  };
  const session = (userId: number | null, columns: Record<string, string | number | Buffer | null> = {}) =>
    insertSession(context.db, {
      user_id: userId,
      source_address: '127.0.0.1',
      nasipaddress: '127.0.0.1',
      user_name_raw: Buffer.from('john'),
      station: Buffer.from('02-00-00-00-00-01'),
      framedipaddress: '10.1.2.3',
      arrival_updated_at: context.clock.now() - 5_000,
      updated_at: context.clock.now() - 5_000,
      acctsessiontime: 60,
      acctinputoctets: 400,
      acctoutputoctets: 600,
      ...columns,
    });
  const intend = async (sessionId: number, userId: number | null, kind: string, reason: string) => {
    const now = context.clock.now();
    await context.db.knex('enforcement_intents').insert({
      ...{ radacctid: sessionId, user_id: userId ?? 0, kind, reason, status: 'pending' },
      ...{ live_key: `session:${sessionId}`, due_at: now, created_at: now },
    });
  };
  const intents = async () => {
    const rows: { status: string; outcome: string | null; detail: string | null; live_key: string | null }[] =
      await context.db.knex('enforcement_intents').orderBy('id');
    return rows;
  };
  const only = async () => {
    const [row] = await intents();
    return row;
  };
  /** John, over his quota, with one session that is to be cut. */
  const cut = async (profile: Partial<ProfileFields> = {}) => {
    const userId = await john(profile);
    await addUsage(context, 'john', 1000);
    const sessionId = await session(userId);
    await intend(sessionId, userId, 'disconnect', 'quota_daily');
    return { userId, sessionId };
  };
  const closeKind = async (sessionId: number) => {
    const [row]: { close_kind: number }[] = await context.db.knex('radacct').where('radacctid', sessionId);
    return row?.close_kind;
  };

  it('sends a Disconnect-Request of identifications alone, authentic, and takes it for done with the Stop', async () => {
    await answering(() => 'ack', { kind: 'mikrotik' });
    const { sessionId } = await cut();
    const one = enforcer();
    await one.drain();
    expect(nas.requests.map(({ code, names }) => [code, ...names])).toEqual([
      [
        'Disconnect-Request',
        'Message-Authenticator',
        'User-Name',
        'Framed-IP-Address',
        'Acct-Session-Id',
        'Event-Timestamp',
      ],
    ]);
    expect(nas.requests.every(({ bytes }) => isAuthentic(bytes))).toBe(true);
    expect(await only()).toMatchObject({ status: 'acknowledged', live_key: `session:${sessionId}` });
    await context.db.knex('radacct').update({ close_kind: 1 });
    await one.drain();
    expect(await only()).toMatchObject({ status: 'confirmed', live_key: null });
    expect(nas.datagrams).toHaveLength(1);
  });

  it('says so where a NAS acknowledges and does nothing', async () => {
    await answering(() => 'ack');
    await cut();
    const one = enforcer();
    await one.drain();
    context.clock.set('2025-12-11T12:00:29Z');
    await one.drain();
    expect(await only()).toMatchObject({ status: 'acknowledged' });
    context.clock.set('2025-12-11T12:00:30Z');
    await one.drain();
    expect(await only()).toMatchObject({
      status: 'unconfirmed',
      outcome: expect.stringContaining('goes on'),
      live_key: null,
    });
  });

  it.each([
    [401, 'refused', 3],
    [402, 'refused', 3],
    [403, 'refused', 3],
    [undefined, 'refused', 3],
    [404, 'refused', 1],
    [405, 'refused', 1],
    [406, 'refused', 1],
    [501, 'refused', 1],
    [503, 'gone', 1],
    [504, 'refused', 1],
  ])('makes of a NAK with Error-Cause %s: %s, after %i requests', async (cause, status, count) => {
    await answering(() => ({ nak: cause }), { kind: 'mikrotik' });
    const { sessionId } = await cut();
    await enforcer().drain();
    expect(await only()).toMatchObject({ status, live_key: null });
    expect(nas.requests).toHaveLength(count);
    expect(await closeKind(sessionId)).toBe(cause === 503 ? 2 : 0);
  });

  it('goes on with other identifications until the NAS takes one', async () => {
    await answering(({ names }) => (names.includes('Acct-Session-Id') ? { nak: 401 } : 'ack'), {
      kind: 'mikrotik',
    });
    await cut();
    await enforcer().drain();
    expect(await only()).toMatchObject({ status: 'acknowledged' });
    expect(nas.requests.at(-1)?.names).not.toContain('Acct-Session-Id');
  });

  it('leaves a session open that has been heard of since its NAS was asked', async () => {
    await answering(() => ({ nak: 503 }));
    const { sessionId } = await cut();
    await context.db.knex('radacct').update({ arrival_updated_at: context.clock.now() });
    await enforcer().drain();
    expect(await only()).toMatchObject({ status: 'gone' });
    expect(await closeKind(sessionId)).toBe(0);
  });

  it.each<[CoaAnswer, string]>([
    ['silence', 'No answer'],
    ['elsewhere', 'another address or port'],
    ['forged', 'signed with another one'],
  ])('takes %s for no answer, and says so', async (answer, text) => {
    await answering(() => answer);
    await cut();
    await enforcer().drain();
    expect(await only()).toMatchObject({ status: 'no-answer', outcome: expect.stringContaining(text) });
    const [first, ...others] = nas.datagrams.map(({ bytes }) => bytes.toString('hex'));
    expect(others).toEqual([first]);
  });

  it('asks under the secret that is being retired where the current one gets no answer', async () => {
    await answering(({ bytes }) => (isAuthentic(bytes) ? 'ack' : 'silence'), {
      secrets: [Buffer.from('new'), Buffer.from('testing123')],
    });
    await cut();
    await enforcer().drain();
    expect(await only()).toMatchObject({ status: 'acknowledged' });
  });

  it('sends nothing to a kind of NAS that cannot be told, and says so', async () => {
    await answering(() => 'ack', { kind: 'opnsense' });
    await cut();
    await enforcer().drain();
    expect(await only()).toMatchObject({
      status: 'unsupported',
      outcome: expect.stringContaining('opnsense'),
    });
    expect(nas.datagrams).toEqual([]);
  });

  it('sends nothing where the user may be online again meanwhile', async () => {
    await answering(() => 'ack');
    await cut();
    context.clock.set('2025-12-12T00:00:00Z');
    await enforcer().drain();
    expect(await only()).toMatchObject({ status: 'superseded' });
    expect(nas.datagrams).toEqual([]);
  });

  it('tells a throttled user’s NAS all limits, counted from the session’s start', async () => {
    await answering(() => 'ack', { kind: 'mikrotik' });
    const userId = await john({ overQuotaAction: 'throttle', throttleUpload: 64, throttleDownload: 128 });
    await addUsage(context, 'john', 1000);
    await intend(await session(userId), userId, 'coa', 'throttled');
    await enforcer().drain();
    expect(await only()).toMatchObject({ status: 'done', live_key: null });
    const [request] = nas.requests;
    expect(request?.code).toBe('CoA-Request');
    expect(Buffer.from(request?.values['Mikrotik-Rate-Limit'] ?? '', 'hex').toString()).toBe('64k/128k');
    // The profile's whole timeout, as NASes count from the session's start.
    expect(request?.values['Session-Timeout']).toBe((28_800).toString(16).padStart(8, '0'));
  });

  it.each([
    ['throttled', 'unsupported', 0],
    ['limits_changed', 'unsupported', 0],
  ])('notes that a NAS without bandwidths cannot do it: %s', async (reason, status, count) => {
    await answering(() => 'ack', { kind: 'hostapd' });
    const userId = await john({ overQuotaAction: 'throttle', throttleUpload: 64, throttleDownload: 64 });
    await intend(await session(userId), userId, 'coa', reason);
    await enforcer().drain();
    expect(await only()).toMatchObject({ status });
    expect(nas.requests).toHaveLength(count);
  });

  it.each([405, 501])(
    'ends the session, so that it comes back slower, where a NAS refuses the CoA-Request: %i',
    async (nak) => {
      await answering(({ code }) => (code === 'CoA-Request' ? { nak } : 'ack'), { kind: 'mikrotik' });
      const userId = await john({ overQuotaAction: 'throttle', throttleUpload: 64, throttleDownload: 64 });
      await intend(await session(userId), userId, 'coa', 'throttled');
      await enforcer().drain();
      expect(nas.requests.map(({ code }) => code)).toEqual(['CoA-Request', 'Disconnect-Request']);
      expect(await only()).toMatchObject({ status: 'acknowledged' });
    },
  );

  it('tries a change that gets no answer again after a minute', async () => {
    let answer: CoaAnswer = 'silence';
    await answering(() => answer, { kind: 'mikrotik' });
    const userId = await john({});
    await intend(await session(userId), userId, 'coa', 'limits_changed');
    const one = enforcer();
    await one.drain();
    expect(await only()).toMatchObject({ status: 'pending', live_key: expect.any(String) });
    answer = 'ack';
    context.clock.set('2025-12-11T12:01:01Z');
    await one.drain();
    expect(await only()).toMatchObject({ status: 'done', attempts: 2 });
  });

  it('shares intents with another instance: each is sent once', async () => {
    await answering(() => 'ack');
    const userId = await john();
    await addUsage(context, 'john', 1000);
    for (let at = 0; at < 40; at++) {
      const id = Buffer.from(`S${at}`);
      await intend(await session(userId, { session_id_raw: id }), userId, 'disconnect', 'quota_daily');
    }
    await Promise.all([enforcer(), enforcer({ owner: 'two' })].map((each) => each.drain()));
    expect(nas.datagrams).toHaveLength(40);
    const ids = nas.requests.map(({ values }) => values['Acct-Session-Id']);
    expect(new Set(ids).size).toBe(40);
    expect((await intents()).every(({ status }) => status === 'acknowledged')).toBe(true);
  });

  it('takes over what another instance held when it died, once its lease is over', async () => {
    await answering(() => 'ack');
    await cut();
    const now = context.clock.now();
    const lease = { leased_by: 'dead', leased_until: now + 30_000, due_at: now + 30_000, attempts: 1 };
    await context.db.knex('enforcement_intents').update(lease);
    const one = enforcer();
    await one.drain();
    expect(nas.datagrams).toEqual([]);
    context.clock.set('2025-12-11T12:00:30Z');
    await one.drain();
    expect(nas.datagrams).toHaveLength(1);
  });

  it('closes within a second and gives back what waits for an answer', async () => {
    await answering(() => 'silence');
    await cut();
    const one = enforcer({ requester: { timeoutMs: 60_000, maxTimeoutMs: 60_000, tries: 1 } });
    one.wake();
    await expect.poll(() => nas.datagrams.length).toBe(1);
    const beganAt = performance.now();
    await one.close();
    expect(performance.now() - beganAt).toBeLessThan(1_000);
    expect(await only()).toMatchObject({ status: 'pending', attempts: 0, leased_by: null });
  });

  it('leaves a NAS alone that answered nothing three times, without keeping others waiting', async () => {
    await answering(() => 'silence');
    const userId = await john();
    await addUsage(context, 'john', 1000);
    for (let at = 0; at < 6; at++) await intend(await session(userId), userId, 'disconnect', 'quota_daily');
    await enforcer({ perSecond: 12 }).drain();
    const outcomes = (await intents()).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome?.includes('answered none of the last'))).toHaveLength(3);
  });

  it('sends nothing where it only watches, once others had their time', async () => {
    await answering(() => 'ack');
    await cut();
    const one = enforcer({ isSending: false });
    await one.drain();
    expect(await only()).toMatchObject({ status: 'pending' });
    context.clock.set('2025-12-11T12:00:10Z');
    await one.drain();
    expect(await only()).toMatchObject({ status: 'not-sent', live_key: null });
    expect(nas.datagrams).toEqual([]);
  });
});
