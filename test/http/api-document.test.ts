/** The OpenAPI document of everything that is served: valid, whole, and enough for a program to work with. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { OpenAPIClientAxios } from 'openapi-client-axios';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Operation, operationsIn } from '../support/api-operations.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { mapOf } from '../support/json-reading.ts';
import { ETUDIANT, ETUDIANT_ANSWER } from '../support/profile-literals.ts';
import type { SignedInApi } from '../support/signed-in-api.ts';
import { wholeApi } from '../support/whole-api.ts';

/** Contract §4, §6 and §12; below `/api/core/`. */
const CONTRACT: Readonly<Record<string, string>> = {
  'auth/login': 'POST',
  'auth/token/refresh': 'POST',
  'auth/logout': 'POST',
  'auth/profile': 'GET',
  'auth/profile/update': 'PATCH PUT',
  'auth/password/change': 'POST',
  'users/me': 'GET',
  profiles: 'GET POST',
  'profiles/{id}': 'DELETE GET PATCH PUT',
  'profiles/active': 'GET',
  'profiles/statistics': 'GET',
  'profiles/{id}/statistics_detail': 'GET',
  'profiles/{id}/users': 'GET',
  'profiles/{id}/promotions': 'GET',
  'profiles/{id}/assign_to_user': 'POST',
  'profiles/{id}/assign_to_promotion': 'POST',
  'profiles/{id}/remove_from_user': 'POST',
  'profile-usage': 'GET POST',
  'profile-usage/{id}': 'DELETE GET PATCH PUT',
  'profile-usage/my_usage': 'GET',
  'profile-usage/{id}/reset_daily': 'POST',
  'profile-usage/{id}/reset_weekly': 'POST',
  'profile-usage/{id}/reset_monthly': 'POST',
  'profile-usage/{id}/reset_all': 'POST',
  'profile-usage/{id}/add_usage': 'POST',
  'profile-history': 'GET POST',
  'profile-history/{id}': 'GET',
  'profile-history/user_history': 'GET',
  'profile-alerts': 'GET POST',
  'profile-alerts/{id}': 'DELETE GET PATCH PUT',
  'profile-alerts/check_alerts': 'POST',
  users: 'GET POST',
  'users/{id}': 'DELETE GET PATCH PUT',
  promotions: 'GET POST',
  'promotions/{id}': 'DELETE GET PATCH PUT',
  'promotions/{id}/users': 'GET',
  'disconnection-logs': 'GET',
  'disconnection-logs/{id}': 'GET',
  'disconnection-logs/current': 'GET',
  'disconnection-logs/{id}/reactivate': 'POST',
};

/** Whoever cannot show a token yet, and whatever watches the service. */
const OPEN = ['get_healthz', 'get_readyz', 'post_auth_login', 'post_auth_token_refresh'];
/** Where a token is one of two ways. */
const HALF_OPEN = ['get_metrics', 'post_auth_logout'];

describeEachDatabase('the API document', (getDatabase) => {
  let api: SignedInApi;
  let document: Readonly<Record<string, unknown>>;
  let operations: readonly Operation[];

  beforeAll(async () => {
    api = await wholeApi(getDatabase().db);
    document = mapOf(await (await fetch(`${api.url}/api/docs/json`)).json());
    operations = operationsIn(document);
  });
  afterAll(() => api.close());

  const idsWhere = (condition: (operation: Operation) => boolean) =>
    operations
      .filter(condition)
      .map(({ id }) => id)
      .sort();

  describe('of all routes', () => {
    it('is valid OpenAPI 3.1', async () => {
      const { valid, errors } = await new Validator().validate({ ...document });
      expect(errors).toBeUndefined();
      expect([valid, document['openapi']]).toEqual([true, '3.1.0']);
    });

    it('has every path and method of the contract', () => {
      const methodsOf = (path: string) =>
        operations.filter((each) => each.path === `/api/core/${path}`).map(({ method }) => method);
      const missing = Object.entries(CONTRACT).flatMap(([path, methods]) =>
        methods
          .split(' ')
          .filter((method) => !methodsOf(path).includes(method))
          .map((method) => `${method} ${path}`),
      );
      expect(missing).toEqual([]);
    });

    it('calls no two operations the same', () => {
      const ids = operations.map(({ id }) => id);
      expect(ids.filter((id, at) => !/^[a-z]+(_[a-z]+)+$/.test(id) || ids.indexOf(id) !== at)).toEqual([]);
    });

    it('says of each what it does, under a tag that is explained', () => {
      const explained = Object.values(mapOf(document['tags'])).map((tag) => mapOf(tag)['name']);
      const isSaid = ({ tags, summary }: Operation) =>
        summary !== '' && tags.length === 1 && explained.includes(tags[0]);
      expect(idsWhere((operation) => !isSaid(operation))).toEqual([]);
    });

    it('says of each what it answers, and how it refuses', () => {
      const isWhole = ({ answers }: Operation) => {
        const good = Object.keys(answers).filter((status) => status.startsWith('2'));
        const problems = ['4XX', '5XX'].every((status) => answers[status]?.schema !== undefined);
        const texts = Object.values(answers).map(({ description }) => description);
        return good.length > 0 && problems && texts.every((text) => text !== '' && !/default/i.test(text));
      };
      expect(idsWhere((operation) => !isWhole(operation))).toEqual([]);
    });

    it('shows a body for every 2xx but 204', () => {
      const isBare = ({ answers }: Operation) =>
        Object.entries(answers).some(([status, { schema }]) => (schema === undefined) !== (status === '204'));
      expect(idsWhere(isBare)).toEqual([]);
    });

    it('takes no body field that it does not name', () => {
      const isLoose = ({ body }: Operation) => body !== undefined && body['additionalProperties'] !== false;
      expect(idsWhere(isLoose)).toEqual([]);
      expect(idsWhere(({ body }) => body !== undefined).length).toBeGreaterThan(25);
    });

    it('takes every body as JSON, as a form, and as a form in parts', () => {
      const types = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'];
      const bodyTypes = operations.map((each) => each.bodyTypes).filter((each) => each.length > 0);
      expect(bodyTypes.length).toBeGreaterThan(25);
      expect(bodyTypes).toEqual(bodyTypes.map(() => types));
    });

    it('asks for a token everywhere but where none can be had yet', () => {
      expect(document['security']).toEqual([{ token: [] }]);
      expect(idsWhere(({ security }) => security !== undefined)).toEqual([...OPEN, ...HALF_OPEN].sort());
      expect(idsWhere(({ security }) => JSON.stringify(security) === '[]')).toEqual(OPEN);
    });

    it('is pointed at by the addresses above the routes', async () => {
      const pointer = { detail: 'Not found. What there is, /api/docs/ tells.' };
      for (const path of ['/', '/api', '/api/', '/api/core', '/api/core/?x=1']) {
        const answer = await fetch(`${api.url}${path}`);
        expect([answer.status, await answer.json()], path).toEqual([404, pointer]);
      }
      const other = await fetch(`${api.url}/api/corex`);
      expect(await other.json()).toEqual({ detail: 'Not found.' });
    });

    it('is the same for whoever asks', async () => {
      const host = { headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' } };
      const other = await api.app.inject({ url: '/api/docs/json', ...host });
      expect(other.json()).toEqual(document);
    });
  });

  it('drives a client by nothing but operation ids', async () => {
    const client = await clientOf(api);
    const profile = await client('post_profiles', {}, ETUDIANT);
    expect(profile).toEqual({ status: 201, data: ETUDIANT_ANSWER });

    const profileId = mapOf(profile.data)['id'];
    const user = await client('post_users', {}, { username: 'john', profile: profileId });
    expect(user).toMatchObject({ status: 201, data: { username: 'john', profile_name: 'Étudiant' } });

    const list = await client('get_profile_usage', { page_size: 5 });
    expect(list).toMatchObject({ status: 200, data: { count: 1, results: [{ user_username: 'john' }] } });
    const usage = { id: mapOf(Object(list.data).results[0])['id'] };
    expect(await client('get_profile_usage_id', usage)).toMatchObject({
      data: { user_username: 'john', used_total: 0, effective_profile: { name: 'Étudiant' } },
    });

    expect(await client('post_profile_usage_id_add_usage', usage, { bytes_used: 1024 ** 3 })).toMatchObject({
      data: { message: '1073741824 octets ajoutés', usage: { used_total: 1024 ** 3 } },
    });
    expect(await client('post_profile_usage_id_reset_all', usage)).toMatchObject({
      data: { message: 'Tous les compteurs réinitialisés', usage: { used_total: 0 } },
    });
    expect(await client('delete_users_id', { id: mapOf(user.data)['id'] })).toEqual({
      status: 204,
      data: '',
    });
  });
});

type Client = (id: string, parameters?: object, body?: unknown) => Promise<{ status: number; data: unknown }>;

/** Returns what calls an operation by its id, as an administrator; all that it knows it has from the document. */
async function clientOf({ url, tokenOf }: SignedInApi): Promise<Client> {
  const client = await new OpenAPIClientAxios({
    definition: `${url}/api/docs/json`,
    axiosConfigDefaults: { baseURL: url },
  }).init();
  client.defaults.headers.common['Authorization'] = `Bearer ${await tokenOf('admin')}`;
  return async (id, parameters = {}, body) => {
    const call = client[id];
    if (call === undefined) throw new Error(`the document has no operation ${id}`);
    const { status, data } = await call({ ...parameters }, body);
    return { status, data };
  };
}
