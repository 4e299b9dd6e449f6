/** Who may do what: every operation of the document, asked by each role over a real connection with a real token. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Operation, operationsIn } from '../support/api-operations.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { mapOf } from '../support/json-reading.ts';
import type { SignedInApi } from '../support/signed-in-api.ts';
import { wholeApi } from '../support/whole-api.ts';
import { JOHN, OTHERS_MARK, seedEverything } from '../support/whole-seed.ts';

/** Row 1 of everything belongs to somebody else than the user who asks. */
const OTHERS_ROW = '1';

/** What `admin`, `viewer`, `user` and nobody are answered, about another's row where there is one. */
const ANSWERS: Readonly<Record<string, string>> = {
  get_healthz: '200 200 200 200',
  get_readyz: '200 200 200 200',
  get_metrics: '200 200 403 401',
  post_auth_login: '400 400 400 400',
  post_auth_token_refresh: '401 401 401 401',
  // API tokens do not sign out.
  post_auth_logout: '400 400 400 400',
  // The tokens of admin and viewer are nobody's, who has no account.
  get_auth_profile: '404 404 200 401',
  put_auth_profile: '404 404 200 401',
  patch_auth_profile: '404 404 200 401',
  put_auth_profile_update: '404 404 200 401',
  patch_auth_profile_update: '404 404 200 401',
  get_users_me: '404 404 200 401',
  post_auth_password_change: '404 404 400 401',
  get_tokens: '200 200 403 401',
  post_tokens: '201 403 403 401',
  get_tokens_id: '200 200 403 401',
  delete_tokens_id: '204 403 403 401',
  get_profiles: '200 200 200 401',
  post_profiles: '201 403 403 401',
  get_profiles_active: '200 200 200 401',
  get_profiles_id: '200 200 200 401',
  put_profiles_id: '200 403 403 401',
  patch_profiles_id: '200 403 403 401',
  delete_profiles_id: '400 403 403 401',
  get_profiles_id_users: '200 200 403 401',
  get_profiles_id_promotions: '200 200 403 401',
  post_profiles_id_assign_to_promotion: '200 403 403 401',
  post_profiles_id_assign_to_user: '200 403 403 401',
  post_profiles_id_remove_from_user: '200 403 403 401',
  get_profiles_statistics: '200 200 403 401',
  get_profiles_id_statistics_detail: '200 200 403 401',
  get_promotions: '200 200 403 401',
  post_promotions: '201 403 403 401',
  get_promotions_id: '200 200 403 401',
  put_promotions_id: '200 403 403 401',
  patch_promotions_id: '200 403 403 401',
  delete_promotions_id: '204 403 403 401',
  get_promotions_id_users: '200 200 403 401',
  get_users: '200 200 403 401',
  post_users: '201 403 403 401',
  get_users_id: '200 200 403 401',
  put_users_id: '200 403 403 401',
  patch_users_id: '200 403 403 401',
  delete_users_id: '204 403 403 401',
  get_profile_usage: '200 200 403 401',
  post_profile_usage: '201 403 403 401',
  get_profile_usage_id: '200 200 403 401',
  put_profile_usage_id: '200 403 403 401',
  patch_profile_usage_id: '200 403 403 401',
  delete_profile_usage_id: '204 403 403 401',
  get_profile_usage_my_usage: '404 404 200 401',
  post_profile_usage_id_reset_daily: '200 403 403 401',
  post_profile_usage_id_reset_weekly: '200 403 403 401',
  post_profile_usage_id_reset_monthly: '200 403 403 401',
  post_profile_usage_id_reset_all: '200 403 403 401',
  post_profile_usage_id_add_usage: '200 403 403 401',
  get_usage_days: '200 200 200 401',
  get_explain_user: '200 200 404 401',
  get_profile_history: '200 200 403 401',
  post_profile_history: '201 403 403 401',
  get_profile_history_user_history: '200 200 403 401',
  get_profile_history_id: '200 200 403 401',
  get_profile_alerts: '200 200 403 401',
  post_profile_alerts: '201 403 403 401',
  get_profile_alerts_id: '200 200 403 401',
  put_profile_alerts_id: '200 403 403 401',
  patch_profile_alerts_id: '200 403 403 401',
  delete_profile_alerts_id: '204 403 403 401',
  // It changes nothing.
  post_profile_alerts_check_alerts: '200 200 403 401',
  get_disconnection_logs: '200 200 403 401',
  get_disconnection_logs_current: '200 200 200 401',
  get_disconnection_logs_id: '200 200 403 401',
  post_disconnection_logs_id_reactivate: '200 403 403 401',
  get_sessions: '200 200 200 401',
  get_sessions_id: '200 200 404 401',
  get_sessions_id_intents: '200 200 404 401',
  post_sessions_id_disconnect: '200 403 403 401',
  get_intents: '200 200 403 401',
  get_notices: '200 200 200 401',
  // Everybody has their own, and those tokens are nobody's.
  post_notices_id_read: '404 404 404 401',
  get_nas: '200 200 403 401',
  post_nas: '201 403 403 401',
  get_nas_unknown: '200 200 403 401',
  get_nas_id: '200 200 403 401',
  put_nas_id: '200 403 403 401',
  patch_nas_id: '200 403 403 401',
  delete_nas_id: '204 403 403 401',
  get_jobs: '200 200 403 401',
  // It names everybody.
  get_audit_log: '200 200 403 401',
};

/** Bodies without which nobody could succeed. */
const BODIES: Readonly<Record<string, object>> = {
  post_auth_token_refresh: { refresh: 'none' },
  post_auth_password_change: {
    current_password: 'wrong password',
    new_password: 'a new password',
    confirm_password: 'a new password',
  },
  post_tokens: { name: 'portal', role: 'viewer' },
  post_profiles: { name: 'new' },
  put_profiles_id: { name: 'new' },
  post_profiles_id_assign_to_promotion: { promotion_id: 1 },
  post_profiles_id_assign_to_user: { user_id: 4 },
  post_profiles_id_remove_from_user: { user_id: 1 },
  post_promotions: { name: 'new' },
  put_promotions_id: { name: 'new' },
  post_users: { username: 'new' },
  put_users_id: { username: 'new' },
  post_profile_usage: { user: 4 },
  put_profile_usage_id: { user: 1 },
  post_profile_usage_id_add_usage: { bytes_used: 1 },
  post_profile_history: { user: 1 },
  post_profile_alerts: { profile: 1, alert_type: 'quota_critical' },
  put_profile_alerts_id: { profile: 1, alert_type: 'quota_critical' },
  post_nas: { address: '203.0.113.1', secret: 'a long secret' },
  put_nas_id: { address: '203.0.113.1', name: 'new' },
};

/** The same about what is the user's own, or with a filter: what `user` is answered. */
const OWN: readonly (readonly [path: string, status: number])[] = [
  [`sessions/${JOHN}`, 200],
  [`sessions/${JOHN}/intents`, 200],
  ['sessions?username=john', 200],
  [`sessions?user=${JOHN}`, 200],
  ['explain/john', 200],
  [`explain/${JOHN}`, 200],
  [`usage-days?user=${JOHN}`, 200],
  // Their own row, by a route that is not theirs.
  [`profile-usage/${JOHN}`, 403],
  [`users/${JOHN}`, 403],
  // Another's.
  ['sessions?user=1', 403],
  ['usage-days?user=1', 403],
  ['usage-days?profile=1', 403],
  ['usage-days?nas=hall', 403],
  // Not for users, and not there for them.
  ['profiles/3', 404],
];

describeEachDatabase('roles', (getDatabase) => {
  let api: SignedInApi;
  let operations: ReadonlyMap<string, Operation>;

  beforeAll(async () => {
    api = await wholeApi(getDatabase().db);
    const document = await fetch(`${api.url}/api/docs/json`);
    operations = new Map(operationsIn(await document.json()).map((each) => [each.id, each]));
  });
  afterAll(() => api.close());
  beforeEach(() => seedEverything(getDatabase().db));

  const bearers = { admin: 'admin', viewer: 'viewer', user: { userId: JOHN } } as const;

  const ask = async (id: string, role: keyof typeof bearers | 'nobody') => {
    const { method = '', path = '' } = operations.get(id) ?? {};
    const body = BODIES[id];
    const authorization =
      role === 'nobody' ? {} : { authorization: `Bearer ${await api.tokenOf(bearers[role])}` };
    const query = id === 'get_profile_history_user_history' ? '?user_id=1' : '';
    return fetch(`${api.url}${path.replace(/\{\w+\}/, OTHERS_ROW)}${query}`, {
      method,
      headers: { ...authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };

  it('are decided for every operation there is', () => {
    expect(Object.keys(ANSWERS).sort()).toEqual([...operations.keys()].sort());
  });

  it.each(Object.entries(ANSWERS))('%s: %s', async (id, expected) => {
    // Those who may do least first: what is refused them is done by the others after.
    const statuses: number[] = [];
    for (const role of ['nobody', 'user', 'viewer', 'admin'] as const) {
      const answer = await ask(id, role);
      const text = await answer.text();
      statuses.unshift(answer.status);
      if (role === 'user') expect(text).not.toContain(OTHERS_MARK);
    }
    expect(statuses.join(' ')).toBe(expected);
  });

  describe('of a user', () => {
    it.each(OWN)('reach %s: %i', async (path, status) => {
      const answer = await api.as({ userId: JOHN }, 'GET', path);
      expect(answer.status).toBe(status);
      expect(JSON.stringify(answer.body)).not.toContain(OTHERS_MARK);
    });

    it('may say that they have read what they were told', async () => {
      const read = await api.as({ userId: JOHN }, 'POST', `notices/${JOHN}/read`);
      expect(read).toMatchObject({ status: 200, body: { message: 'for John', is_read: true } });
    });

    it('see in lists what is theirs', async () => {
      const { body } = await api.as({ userId: JOHN }, 'GET', 'sessions');
      const sessions: unknown[] = Object(body).results;
      expect(sessions.map((session) => mapOf(session)['user'])).toEqual([JOHN]);
    });
  });

  it('of nobody are told how to prove somebody, and read nothing', async () => {
    for (const id of Object.keys(ANSWERS)) {
      const answer = await ask(id, 'nobody');
      const text = await answer.text();
      if (answer.status !== 401 || id === 'post_auth_token_refresh') continue;
      expect(answer.headers.get('www-authenticate'), id).toBe('Bearer realm="api"');
      expect(JSON.parse(text), id).toEqual({ detail: 'Authentication credentials were not provided.' });
    }
  });
});
