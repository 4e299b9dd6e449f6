/** `nas/`: NASes for admins and viewers; no answer holds a secret. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/db/database.ts';
import { nasRoutes } from '../../src/http/nas-routes.ts';
import { NAS_DEFAULTS, type Nas } from '../../src/nas/nas.ts';
import { listNas } from '../../src/nas/nas-queries.ts';
import { addUnknownPackets, saveSender } from '../../src/nas/nas-store.ts';
import { auditEntries } from '../support/audit-entries.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';

const CONFIGURED: Nas = {
  ...NAS_DEFAULTS,
  id: null,
  name: 'gate',
  prefix: '198.51.100.0/24',
  secrets: [Buffer.from('gatesecret')],
};
/** A NAS of which only the address and the secret were said. */
const HALL = {
  id: expect.any(Number),
  name: 'hall',
  address: '192.0.2.10',
  identifier: null,
  kind: 'mikrotik',
  coa_port: null,
  require_message_authenticator: true,
  direction: 'auto',
  octet_unit: 1,
  max_rate_kbps: 1_000_000,
  interval_floor_seconds: 600,
  sends_gigawords: null,
  clock_offset_ms: null,
  last_seen_at: null,
  has_secret: true,
  has_previous_secret: false,
  source: 'table',
};
const NOT_FOUND = { status: 404, body: { detail: 'Not found.' } };
const FORBIDDEN = { status: 403, body: { detail: 'Access denied: Administrator privileges required.' } };

describeEachDatabase('NASes over HTTP', (getDatabase) => {
  let api: CoreApi;
  let id: number;

  const secrets = async (): Promise<(string[] | undefined)[]> => {
    const { nases } = await listNas(getDatabase().db);
    return nases.map((nas) => nas.secrets.map(String));
  };
  const path = () => `nas/${id}/`;

  beforeEach(async () => {
    api = await coreApi(getDatabase().db, (given) => [nasRoutes(given, [CONFIGURED])]);
    const created = await api.as('admin', 'POST', 'nas/', {
      ...{ name: 'hall', address: '192.0.2.10', secret: 's3cret', kind: 'mikrotik' },
    });
    expect(created).toEqual({ status: 201, body: { ...HALL, sender_count: 0, senders: [] } });
    id = (created.body as { id: number }).id;
  });
  afterEach(() => api.app.close());

  it('are listed with those of the configuration file behind them', async () => {
    const { status, body } = await api.as('viewer', 'GET', 'nas/');
    expect(status).toBe(200);
    const gate = {
      ...HALL,
      id: null,
      name: 'gate',
      address: '198.51.100.0/24',
      kind: 'other',
      source: 'file',
    };
    expect(body).toEqual({ count: 2, next: null, previous: null, results: [HALL, gate] });
    for (const query of ['?page=2&page_size=1', '?page=last&page_size=1']) {
      const page = await api.as('admin', 'GET', `nas/${query}`);
      expect(page.body).toMatchObject({ count: 2, next: null, results: [{ name: 'gate' }] });
    }
  });

  it('show what their packets have taught, and the devices behind them', async () => {
    const { db } = getDatabase();
    const heard = { address: '192.0.2.10', clockOffsetMs: -61_000, sendsGigawords: true };
    await inTransaction(db, api.clock, (transaction) =>
      saveSender(transaction, { ...heard, nasIdentifier: 'lobby', lastSeenAt: api.clock.now() }),
    );
    const taught = {
      clock_offset_ms: -61_000,
      sends_gigawords: true,
      last_seen_at: '2025-12-11T12:00:00Z',
    };
    const sender = { address: '192.0.2.10', nas_identifier: 'lobby', ...taught };
    expect(await api.as('viewer', 'GET', path())).toEqual({
      status: 200,
      body: { ...HALL, ...taught, sender_count: 1, senders: [sender] },
    });
  });

  it('name who knocks and is no NAS', async () => {
    const { db } = getDatabase();
    await inTransaction(db, api.clock, async (transaction) => {
      for (const [address, at] of [
        ['203.0.113.1', 1_000],
        ['203.0.113.2', 2_500],
        ['192.0.2.10', 3_000],
      ] as const) {
        // biome-ignore format: one table
        const source = { address, firstSeenAt: 0, lastSeenAt: at, packets: 3 };
        await addUnknownPackets(transaction, source);
      }
    });
    const { body } = await api.as('viewer', 'GET', 'nas/unknown/');
    const common = { packets: 3, first_seen_at: '1970-01-01T00:00:00Z' };
    expect(body).toMatchObject({ count: 2 });
    expect((body as { results: object[] }).results).toEqual([
      { ...common, address: '203.0.113.2', last_seen_at: '1970-01-01T00:00:02.500Z' },
      { ...common, address: '203.0.113.1', last_seen_at: '1970-01-01T00:00:01Z' },
    ]);
  });

  describe('being changed', () => {
    it('keep what is not said, by PUT and by PATCH', async () => {
      const put = await api.as('admin', 'PUT', path(), {
        ...{
          name: 'lobby',
          address: '192.0.2.0/28',
          coa_port: 1700,
          identifier: 'ap',
          direction: 'reversed',
        },
        ...{ max_rate_kbps: 54_000, sends_gigawords: false },
      });
      const changed = {
        ...{ ...HALL, name: 'lobby', address: '192.0.2.0/28', coa_port: 1700, identifier: 'ap' },
        ...{ direction: 'reversed', max_rate_kbps: 54_000, sends_gigawords: false },
        ...{ sender_count: 0, senders: [] },
      };
      expect(put).toEqual({ status: 200, body: changed });
      const none = { coa_port: null, identifier: null, sends_gigawords: null };
      expect(await api.as('admin', 'PATCH', path(), none)).toEqual({
        status: 200,
        body: { ...changed, ...none },
      });
      expect(await secrets()).toEqual([['s3cret']]);
    });

    it('take back what was answered as no change, and read-only fields as nothing', async () => {
      await getDatabase()
        .db.knex('nas')
        .update({ match_identifier: Buffer.of(0xff, 0) });
      const { body } = await api.as('admin', 'GET', path());
      expect(body).toMatchObject({ identifier: '0xff00' });
      const sent = { ...(body as object), clock_offset_ms: 7, source: 'file', id: 99, octet_unit: 2 };
      const put = await api.as('admin', 'PUT', path(), sent);
      expect(put).toEqual({ status: 200, body: { ...(body as object), octet_unit: 2 } });
      expect(await api.as('admin', 'PATCH', path(), {})).toEqual(put);
      expect((await auditEntries(getDatabase().db)).map(({ what }) => what)).toEqual([
        'create nas',
        'update nas',
      ]);
    });

    it('replace the secret, the one before with it or not, and show neither', async () => {
      const answers = [
        await api.as('admin', 'PATCH', path(), { secret: 'hunter2', keep_secret: true }),
        await api.as('admin', 'PATCH', path(), { previous_secret: null }),
        await api.as('admin', 'PUT', path(), { name: 'hall', address: '192.0.2.10', secret: 'hunter3' }),
        await api.as('admin', 'PATCH', path(), { previous_secret: 'hunter4' }),
      ];
      expect(answers.map(({ body }) => body)).toEqual(
        [true, false, false, true].map((has) => expect.objectContaining({ has_previous_secret: has })),
      );
      expect(await secrets()).toEqual([['hunter3', 'hunter4']]);
      const shown = [...answers, await api.as('admin', 'GET', 'nas/'), await auditEntries(getDatabase().db)];
      expect(JSON.stringify(shown)).not.toMatch(/s3cret|hunter|gatesecret/);
    });

    it('leave their entry with who did it', async () => {
      await api.as('admin', 'PATCH', path(), { octet_unit: 1_024 });
      expect((await auditEntries(getDatabase().db)).at(-1)).toEqual({
        ...{ who: 'token:admin', from: '127.0.0.1', what: 'update nas', id: String(id) },
        before: { octet_unit: 1 },
        after: { octet_unit: 1_024 },
      });
    });
  });

  it('are removed', async () => {
    expect(await api.as('admin', 'DELETE', path())).toEqual({ status: 204, body: undefined });
    expect(await api.as('admin', 'DELETE', path())).toEqual(NOT_FOUND);
    expect(await secrets()).toEqual([]);
  });

  it.each([
    ['nothing', {}, ['address', 'secret']],
    ['an address that is none', { address: 'hall.example', secret: 's' }, ['address']],
    ['an address of any length', { address: `fe80::1%${'a'.repeat(200)}`, secret: 's' }, ['address']],
    ['a blank secret', { address: '192.0.2.9', secret: '  ' }, ['secret']],
    ['a long secret', { address: '192.0.2.9', secret: 'x'.repeat(61) }, ['secret']],
    ['a secret that is none', { address: '192.0.2.9', secret: null }, ['secret']],
    ['a name of two lines', { name: 'a\nb', address: '192.0.2.9', secret: 's' }, ['name']],
    ['half a character', { name: 'a\ud83d', address: '192.0.2.9', secret: 's' }, ['name']],
    ['a taken name', { name: 'hall', address: '192.0.2.9', secret: 's' }, ['name']],
    ['a taken address', { address: '192.0.2.10', secret: 's' }, ['address']],
    ['an unknown kind', { address: '192.0.2.9', secret: 's', kind: 'toaster' }, ['kind']],
    ['a port beyond the last', { address: '192.0.2.9', secret: 's', coa_port: 65_536 }, ['coa_port']],
    ['a number as text', { address: '192.0.2.9', secret: 's', octet_unit: '2' }, ['octet_unit']],
    ['a floor of nothing', { address: '192.0.2.9', secret: 's', interval_floor_seconds: 0 }, ['interval_floor_seconds']], // biome-ignore format: one table
    ['a long identifier', { address: '192.0.2.9', secret: 's', identifier: 'é'.repeat(127) }, ['identifier']],
    ['an unknown field', { address: '192.0.2.9', secret: 's', shares: 1 }, ['shares']],
    ['a list', [], ['non_field_errors']],
  ])('refuse %s, naming the field and never the secret', async (_what, body, fields) => {
    const answer = await api.as('admin', 'POST', 'nas/', body);
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.body as object).toSorted()).toEqual(fields);
    expect(JSON.stringify(answer.body)).not.toContain('xxxx');
    expect(await secrets()).toHaveLength(1);
  });

  it.each([
    [{ keep_secret: true }, ['keep_secret']],
    [{ secret: 'x', previous_secret: 'y', keep_secret: true }, ['keep_secret']],
    [{ name: '' }, ['name']],
    [{ address: 'x' }, ['address']],
    [{ direction: 'up' }, ['direction']],
  ])('refuse the change %j', async (body, fields) => {
    const answer = await api.as('admin', 'PATCH', path(), body);
    expect([answer.status, Object.keys(answer.body as object)]).toEqual([400, fields]);
    expect(await secrets()).toEqual([['s3cret']]);
  });

  it('need a name and an address where they are put', async () => {
    const { status, body } = await api.as('admin', 'PUT', path(), {});
    expect([status, Object.keys(body as object).toSorted()]).toEqual([400, ['address', 'name']]);
  });

  it.each(['nas/999999/', 'nas/hall/', 'nas/192.0.2.10/', 'nas/-1/', 'nas/1e3/'])(
    'are not found at %s',
    async (url) => {
      expect(await api.as('admin', 'GET', url)).toEqual(NOT_FOUND);
      expect(await api.as('admin', 'PATCH', url, { octet_unit: 2 })).toEqual(NOT_FOUND);
      expect(await api.as('admin', 'DELETE', url)).toEqual(NOT_FOUND);
    },
  );

  it('are changed by admins alone, and read by viewers, too', async () => {
    const body = { name: 'door', address: '192.0.2.9', secret: 's' };
    for (const role of ['viewer', 'user'] as const) {
      expect(await api.as(role, 'POST', 'nas/', body)).toEqual(FORBIDDEN);
      for (const method of ['PUT', 'PATCH', 'DELETE'] as const)
        expect(await api.as(role, method, path(), method === 'DELETE' ? undefined : body)).toEqual(FORBIDDEN);
    }
    for (const url of ['nas/', 'nas/unknown/', path()]) {
      expect(await api.as('user', 'GET', url)).toEqual(FORBIDDEN);
      expect((await api.as('viewer', 'GET', url)).status).toBe(200);
    }
    expect(await secrets()).toEqual([['s3cret']]);
  });
});
