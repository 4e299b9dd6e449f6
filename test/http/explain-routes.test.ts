import { afterEach, beforeEach, expect, it } from 'vitest';
import { explainRoutes } from '../../src/http/explain-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser, updateUser } from '../../src/profiles/user-commands.ts';
import { Calendar } from '../../src/usage/period.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { insertSession } from '../support/session-rows.ts';

const GIB = 1024 ** 3;
const OPTIONS = {
  calendar: () => new Calendar('UTC'),
  defaultProfile: { simultaneousUse: 1 },
  language: 'fr',
} as const;

describeEachDatabase('explain/{user}', (getDatabase) => {
  let api: CoreApi;
  let context: TestContext;
  let john: number;
  let jane: number;
  let profile: number;

  beforeEach(async () => {
    const { db } = getDatabase();
    context = commandContext(db);
    api = await coreApi(db, (given) => [explainRoutes(given, OPTIONS)]);
    profile = await createProfile(context, { name: 'Étudiant', monthlyLimit: 100 * GIB });
    await createPromotion(context, { name: 'L3 Info', profile: 'Étudiant' });
    john = await createUser(context, { username: 'john', promotion: 'L3 Info' });
    jane = await createUser(context, { username: 'jane' });
  });
  afterEach(() => api.app.close());

  it('says why somebody cannot be online, with every number and instant', async () => {
    await addUsage(context, 'john', 6 * GIB);
    const quotas = { used: 6 * GIB };
    expect(await api.as('viewer', 'GET', 'explain/john/')).toEqual({
      status: 200,
      body: {
        user: john,
        user_username: 'john',
        allowed: false,
        may_stay_online: false,
        throttled: false,
        sentence:
          "john ne peut pas être en ligne : le quota journalier est épuisé (6,00 Go sur 5,00 Go), jusqu'au 12 décembre 2025 à 00:00.",
        reasons: [
          {
            code: 'quota_daily',
            effect: 'cut',
            used: 6 * GIB,
            limit: 5 * GIB,
            since: null,
            ends_at: '2025-12-12T00:00:00Z',
          },
        ],
        allowed_at: '2025-12-12T00:00:00Z',
        allowances: [
          { ...quotas, period: 'daily', limit: 5 * GIB, remaining: 0, resets_at: '2025-12-12T00:00:00Z' },
          {
            ...quotas,
            period: 'weekly',
            limit: 30 * GIB,
            remaining: 24 * GIB,
            resets_at: '2025-12-15T00:00:00Z',
          },
          {
            ...quotas,
            period: 'monthly',
            limit: 100 * GIB,
            remaining: 94 * GIB,
            resets_at: '2026-01-01T00:00:00Z',
          },
          { ...quotas, period: 'total', limit: 50 * GIB, remaining: 44 * GIB, resets_at: null },
        ],
        valid_until: '2026-01-10T12:00:00Z',
        effective_profile: { id: profile, name: 'Étudiant' },
        profile_source: 'promotion',
        promotion: { id: expect.any(Number), name: 'L3 Info', is_active: true },
        open_sessions: 0,
        simultaneous_use: 1,
        as_of: '2025-12-11T12:00:00Z',
        enforcement: [],
      },
    });
  });

  it('lets the clock end what the calendar ends', async () => {
    await addUsage(context, 'john', 6 * GIB);
    api.clock.set('2025-12-12T00:00:00Z');
    expect(await api.as('admin', 'GET', 'explain/john')).toMatchObject({
      body: { allowed: true, reasons: [], allowed_at: null },
    });
  });

  it('counts open sessions, and only those of that user', async () => {
    const { db } = getDatabase();
    await insertSession(db, { user_id: john, close_kind: 1 });
    await insertSession(db, { user_id: jane, close_kind: 0 });
    expect(await api.as('admin', 'GET', 'explain/john')).toMatchObject({ body: { open_sessions: 0 } });
    expect(await api.as('admin', 'GET', 'explain/jane?language=en')).toMatchObject({
      body: {
        sentence: 'jane cannot open another session: 1 session is open of 1 allowed.',
        allowed: false,
        may_stay_online: true,
        reasons: [{ code: 'simultaneous_use', used: 1, limit: 1 }],
        effective_profile: null,
        profile_source: 'default',
        promotion: null,
        allowances: [],
        valid_until: null,
      },
    });
  });

  it('looks at the promotion only where the profile comes from it', async () => {
    await getDatabase().db.knex('promotions').update({ is_active: false });
    expect(await api.as('admin', 'GET', 'explain/john')).toMatchObject({
      body: { allowed: false, reasons: [{ code: 'promotion_inactive' }], promotion: { is_active: false } },
    });
    await updateUser(context, 'john', { profile: 'Étudiant' });
    expect(await api.as('admin', 'GET', 'explain/john')).toMatchObject({
      body: { allowed: true, reasons: [], profile_source: 'own' },
    });
  });

  it('names those who are switched off', async () => {
    await updateUser(context, 'john', { isActive: false, isRadiusEnabled: false });
    expect(await api.as('admin', 'GET', 'explain/john')).toMatchObject({
      body: { reasons: [{ code: 'disabled' }, { code: 'radius_disabled' }] },
    });
  });

  it('finds users by id, and by a name that looks like one', async () => {
    const named = await createUser(context, { username: String(john) });
    expect(await api.as('admin', 'GET', `explain/${jane}`)).toMatchObject({ body: { user: jane } });
    expect(await api.as('admin', 'GET', `explain/${john}`)).toMatchObject({ body: { user: named } });
    // Whoever has that id must not see whoever has that name.
    expect(await api.as({ userId: john }, 'GET', `explain/${john}`)).toMatchObject({ status: 404 });
  });

  it('tells users about themselves and of nobody else whether they exist', async () => {
    expect(await api.as({ userId: john }, 'GET', 'explain/john')).toMatchObject({ status: 200 });
    const notFound = { status: 404, body: { detail: 'Not found.' } };
    for (const other of ['jane', String(jane), 'nobody']) {
      expect(await api.as({ userId: john }, 'GET', `explain/${other}`)).toEqual(notFound);
      expect(await api.as('user', 'GET', `explain/${other}`)).toEqual(notFound);
    }
  });

  it.each(['nobody', '0', '999999999999999999999', "x' OR '1'='1", '%00', '%F0%9F%90%88'])(
    'answers 404 for %s, who is nobody',
    async (name) => {
      const path = `explain/${encodeURIComponent(decodeURIComponent(name))}`;
      expect(await api.as('admin', 'GET', path)).toEqual({ status: 404, body: { detail: 'Not found.' } });
    },
  );

  it('refuses a language it does not have, and other methods', async () => {
    expect(await api.as('admin', 'GET', 'explain/john?language=de')).toMatchObject({
      status: 400,
      body: { language: [expect.any(String)] },
    });
    expect(await api.as('admin', 'POST', 'explain/john')).toMatchObject({ status: 405 });
  });
});
