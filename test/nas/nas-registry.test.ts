/** Finding the NAS a packet is from, and following the table. */
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NAS_DEFAULTS, type Nas } from '../../src/nas/nas.ts';
import { addNas, removeNas } from '../../src/nas/nas-commands.ts';
import { NasRegistry, type NasRegistryOptions } from '../../src/nas/nas-registry.ts';
import { describeEachDatabase } from '../support/databases.ts';

const clock = { now: () => 1_000 };

describeEachDatabase('the NAS registry', (getDatabase) => {
  const opened: NasRegistry[] = [];
  afterEach(async () => {
    for (const registry of opened.splice(0)) await registry.close();
  });

  const context = () => ({ db: getDatabase().db, clock, actor: { name: 'cli:tester', userId: null } });
  const add = (name: string, address: string, identifier?: string) =>
    addNas(context(), { name, address, secret: name, identifier });

  /** A registry that was started, and the messages it logged. */
  async function started(options: Partial<NasRegistryOptions> = {}) {
    const messages: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line: string) => messages.push(JSON.parse(line).msg) });
    const registry = new NasRegistry({ db: getDatabase().db, logger, configured: [], ...options });
    opened.push(registry);
    await registry.start();
    return { registry, messages };
  }

  describe('finding', () => {
    it('takes the longest prefix that holds the address', async () => {
      await add('campus', '10.0.0.0/8');
      await add('hall', '10.1.0.0/16');
      await add('door', '10.1.1.1');
      await add('six', '2001:db8::/32');
      const { registry } = await started();
      const nameAt = (address: string) => registry.find(address)?.name;
      expect(['10.1.1.1', '10.1.1.2', '10.2.1.1', '2001:db8::7'].map(nameAt)).toEqual([
        'door',
        'hall',
        'campus',
        'six',
      ]);
      expect(nameAt('11.0.0.1')).toBeUndefined();
    });

    it('unmaps IPv4-mapped addresses first', async () => {
      await add('hall', '192.0.2.10');
      const { registry } = await started();
      expect(registry.find('::ffff:192.0.2.10')?.name).toBe('hall');
    });

    it('tells NASes behind one address apart by NAS-Identifier, octet by octet', async () => {
      await add('a', '192.0.2.1', 'ap-é');
      await add('b', '192.0.2.1', 'ap-b');
      await add('rest', '192.0.2.1');
      const { registry } = await started();
      expect(registry.find('192.0.2.1', Buffer.from('ap-é').toString('latin1'))?.name).toBe('a');
      expect(registry.find('192.0.2.1', 'ap-b')?.name).toBe('b');
      expect(registry.find('192.0.2.1', 'AP-B')?.name).toBe('rest');
      expect(registry.find('192.0.2.1')?.name).toBe('rest');
    });

    it('knows nobody where only other identifiers are configured', async () => {
      await add('a', '192.0.2.1', 'a');
      const { registry } = await started();
      expect(registry.find('192.0.2.1', 'b')).toBeUndefined();
    });
  });

  describe('following the table', () => {
    it('puts an added NAS in force and a removed one out of it, without being told', async () => {
      await add('first', '192.0.2.1');
      const { registry } = await started({ reloadIntervalMs: 5 });
      await add('hall', '192.0.2.10');
      await vi.waitFor(() => expect(registry.find('192.0.2.10')?.name).toBe('hall'), { timeout: 10_000 });
      await removeNas(context(), 'hall');
      await vi.waitFor(() => expect(registry.find('192.0.2.10')).toBeUndefined(), { timeout: 10_000 });
    });

    it('follows a changed secret', async () => {
      const { id } = await add('hall', '192.0.2.10');
      const { registry } = await started();
      await getDatabase().db.knex('nas').where({ id }).update({ secret: 'new', previous_secret: 'hall' });
      await registry.reload();
      expect(registry.find('192.0.2.10')?.secrets).toEqual([Buffer.from('new'), Buffer.from('hall')]);
    });

    it('keeps the last good table while the database is away, and says so once', async () => {
      await add('hall', '192.0.2.10');
      const { knex } = getDatabase().db;
      const { registry, messages } = await started();
      await knex.schema.renameTable('nas', 'nas_away');
      try {
        await registry.reload();
        await registry.reload();
        expect(registry.find('192.0.2.10')?.name).toBe('hall');
        expect(messages.filter((message) => message.includes('cannot be read'))).toHaveLength(1);
      } finally {
        await knex.schema.renameTable('nas_away', 'nas');
      }
      await registry.reload();
      expect(messages.at(-1)).toBe('table nas can be read again');
    });
  });

  describe('the built-in loopback NAS', () => {
    it('exists, with a warning said once, until another NAS is configured', async () => {
      const { registry, messages } = await started();
      await registry.reload();
      expect(registry.find('127.0.0.1')?.secrets).toEqual([Buffer.from('testing123')]);
      expect(registry.find('::1')?.name).toBe('loopback');
      expect(registry.find('127.0.0.2')).toBeUndefined();
      expect(messages.filter((message) => message.includes('testing123'))).toHaveLength(1);
      await add('hall', '192.0.2.10');
      await registry.reload();
      expect(registry.find('127.0.0.1')).toBeUndefined();
    });

    it('does not exist beside a configured NAS', async () => {
      const hall: Nas = {
        ...NAS_DEFAULTS,
        id: null,
        name: 'hall',
        prefix: '192.0.2.10',
        secrets: [Buffer.from('s')],
      };
      const { registry } = await started({ configured: [hall] });
      expect(registry.known).toEqual([{ nas: hall, source: 'file' }]);
    });

    it('does not exist while nobody can say whether the table holds another one', async () => {
      const { knex } = getDatabase().db;
      await knex.schema.renameTable('nas', 'nas_away');
      try {
        const { registry } = await started();
        expect(registry.known).toEqual([]);
      } finally {
        await knex.schema.renameTable('nas_away', 'nas');
      }
    });
  });

  it('reports a row it cannot use once, and uses the others', async () => {
    await getDatabase().db.knex('nas').insert({ nasname: 'ap.example.org', shortname: 'ap', secret: 's' });
    await add('hall', '192.0.2.10');
    const { registry, messages } = await started();
    await registry.reload();
    expect(messages.filter((message) => message === 'row of table nas is not used')).toHaveLength(1);
    expect(registry.known).toHaveLength(1);
  });
});
