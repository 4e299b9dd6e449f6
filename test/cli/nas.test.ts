/** `radmeter nas` and `radmeter migrate` on both databases, as a shell sees them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/db/database.ts';
import { addUnknownPackets } from '../../src/nas/nas-store.ts';
import { describeEachBlankDatabase, describeEachDatabase } from '../support/databases.ts';
import { type RunOptions, runRadmeter } from '../support/run-radmeter.ts';

let cwd = '';

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'radmeter-cli-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

describeEachDatabase('radmeter nas', (getDatabase) => {
  const run = (line: string, { environment = {}, ...options }: RunOptions = {}) =>
    runRadmeter(line.split(' '), {
      cwd,
      ...options,
      environment: { RADMETER_DATABASE_URL: getDatabase().url, ...environment },
    });

  it('adds, lists and removes a NAS', async () => {
    expect(await run('nas add 192.0.2.10 --name hall --secret s3cret --kind mikrotik')).toMatchObject({
      code: 0,
      stdout: 'Added NAS hall (192.0.2.10).\n',
    });
    const { stdout } = await run('nas list');
    expect(stdout).toMatch(/^NAME +ADDRESS .*SOURCE\nhall +192\.0\.2\.10 +- +mikrotik +- +- +table\n$/);
    expect(await run('nas remove hall')).toMatchObject({
      code: 0,
      stdout: 'Removed NAS hall (192.0.2.10).\n',
    });
    expect((await run('nas list')).stdout).toMatch(/^loopback +127\.0\.0\.1 .*built-in$/m);
  });

  it('lists table, file and unknown sources, never a secret', async () => {
    await run('nas add 10.0.0.0/8 --name campus --secret hunter2');
    const file = join(cwd, 'radmeter.yaml');
    writeFileSync(file, 'nas: [{ name: hall, address: 192.0.2.10, secret: hunter2, kind: cisco }]\n');
    const source = { firstSeenAt: 1_700_000_000_000, lastSeenAt: 1_700_000_060_000, packets: 7 };
    await inTransaction(getDatabase().db, { now: () => 0 }, async (transaction) => {
      await addUnknownPackets(transaction, { address: '198.51.100.9', ...source });
      await addUnknownPackets(transaction, { address: '10.1.1.1', ...source });
    });
    const { stdout } = await run(`nas list --config ${file}`);
    expect(stdout).toMatch(
      /campus .*table\nhall .*file\n\nUnknown sources, .*\nADDRESS .*\n198\.51\.100\.9 +7 .*\n$/,
    );
    const json = await run(`nas list --json --config ${file}`);
    expect(JSON.parse(json.stdout)).toMatchObject({
      nases: [
        {
          name: 'campus',
          address: '10.0.0.0/8',
          kind: 'other',
          last_seen_at: null,
          clock_offset_ms: null,
          source: 'table',
        },
        { id: null, name: 'hall', address: '192.0.2.10', kind: 'cisco', source: 'file' },
      ],
      unusable: [],
      unknown: [{ address: '198.51.100.9', packets: 7, first_seen_at: '2023-11-14T22:13:20Z' }],
    });
    expect(stdout + json.stdout).not.toContain('hunter2');
  });

  it('takes the secret from standard input', async () => {
    await run('nas add 192.0.2.10 --secret-file=-', { input: 'piped\n' });
    expect(await getDatabase().db.knex('nas').first('secret')).toEqual({ secret: 'piped' });
  });

  it.each([
    ['nas add 192.0.2.300 --secret s', 64, /^radmeter: address: expected an IP address/],
    ['nas add 192.0.2.1', 64, /^radmeter: secret: missing; give --secret SECRET, or --secret-file FILE/],
    [
      'nas add 192.0.2.1 --secret s --kind toaster',
      64,
      /^radmeter: kind: "toaster" is unknown; known are mikrotik/,
    ],
    ['nas add 192.0.2.1 --secret-file /nowhere', 64, /^radmeter: secret-file: \/nowhere cannot be read/],
    ['nas remove cellar', 66, /^radmeter: no NAS is called cellar; `radmeter nas list` shows/],
  ])('refuses: %s', async (line, code, message) => {
    const result = await run(line);
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code, stdout: '' });
  });

  it('ends with 73 when a NAS is there already', async () => {
    await run('nas add 192.0.2.10 --secret s');
    expect(await run('nas add 192.0.2.10 --name other --secret s')).toMatchObject({ code: 73 });
  });

  it('says where a NAS of the file is to be removed', async () => {
    const file = join(cwd, 'file.yaml');
    writeFileSync(file, 'nas: [{ name: hall, address: 192.0.2.10, secret: s }]\n');
    expect(await run(`nas remove hall --config ${file}`)).toMatchObject({
      code: 73,
      stderr: 'radmeter: NAS hall stands in the configuration file; remove it there\n',
    });
  });
});

describeEachBlankDatabase('radmeter migrate', (newDatabase, dialect) => {
  const runOn = (url: string, line: string) =>
    runRadmeter(line.split(' '), { cwd, environment: { RADMETER_DATABASE_URL: url } });

  it('brings an empty database up to date, once, and shows its state', async () => {
    const { url, remove } = await newDatabase();
    try {
      expect((await runOn(url, 'migrate --status')).stdout).toMatch(/^(pending {2}\d{3}-.*\n)+$/);
      expect(await runOn(url, 'nas list')).toMatchObject({
        code: 69,
        stderr: expect.stringMatching(/lacks \d+ migration\(s\); run `radmeter migrate`\n$/),
      });
      expect((await runOn(url, 'migrate')).stdout).toMatch(/^(applied {2}\d{3}-.*\n)+.* is up to date\.\n$/);
      expect((await runOn(url, 'migrate')).stdout).toMatch(/^.* is up to date\.\n$/);
      expect(JSON.parse((await runOn(url, 'migrate --status --json')).stdout)).toMatchObject({ pending: [] });
      expect(await runOn(url, 'nas list')).toMatchObject({ code: 0 });
    } finally {
      await remove();
    }
  });

  if (dialect !== 'sqlite') return;

  it('is not needed for an embedded database that is not there yet', async () => {
    const { url, remove } = await newDatabase();
    try {
      expect(await runOn(url, 'nas list')).toMatchObject({ code: 0, stderr: '' });
    } finally {
      await remove();
    }
  });
});

describe('a database that cannot be used ends with 69 and the reason', () => {
  it.each([
    [
      'mysql://radmeter:hunter2@127.0.0.1:1/radmeter',
      /127\.0\.0\.1:1\/radmeter cannot be used: nothing answers there/,
    ],
    [
      'sqlite:/dev/null/radmeter.db',
      /sqlite:\/dev\/null\/radmeter\.db cannot be used: its directory is a file/,
    ],
    [`sqlite:${import.meta.filename}`, /cannot be used: the file is no SQLite database/],
  ])('%s', async (url, reason) => {
    const { code, stdout, stderr } = await runRadmeter(['nas', 'list', '--database-url', url], { cwd });
    expect(stderr).toMatch(reason);
    expect(stdout + stderr).not.toContain('hunter2');
    expect(code).toBe(69);
  });
});
