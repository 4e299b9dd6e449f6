/** The database as commands find it: to be migrated, missing, out of reach. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInProcess } from '../support/cli-in-process.ts';
import { describeEachBlankDatabase } from '../support/databases.ts';

const runOn = (url: string, ...words: string[]) => runInProcess([...words, '--database-url', url]);

describeEachBlankDatabase('radmeter migrate', (newDatabase, dialect) => {
  it('brings an empty database up to date, once, and shows its state', async () => {
    const { url, remove } = await newDatabase();
    try {
      if (dialect === 'mysql') {
        expect((await runOn(url, 'migrate', '--status')).stdout).toMatch(/^(pending {2}\d{3}-.*\n)+$/);
        expect(await runOn(url, 'nas', 'list')).toMatchObject({
          ...{
            code: 69,
            stderr: expect.stringMatching(/lacks \d+ migration\(s\); run `radmeter migrate`\n$/),
          },
        });
      }
      expect((await runOn(url, 'migrate')).stdout).toMatch(/^(applied {2}\d{3}-.*\n)+.* is up to date\.\n$/);
      expect((await runOn(url, 'migrate')).stdout).toMatch(/^.* is up to date\.\n$/);
      expect(JSON.parse((await runOn(url, 'migrate', '--status', '--json')).stdout)).toMatchObject({
        pending: [],
      });
      expect(await runOn(url, 'nas', 'list')).toMatchObject({ code: 0 });
    } finally {
      await remove();
    }
  });
});

describe('an embedded database that is not there', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'radmeter-missing-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([
    ['nas list'],
    ['nas remove hall'],
    ['nas update hall --kind cisco'],
    ['profile list'],
    ['user show john'],
    ['usage list'],
    ['session list'],
    ['timezone'],
    ['migrate --status'],
  ])('is not made by: %s', async (line) => {
    const filename = join(directory, 'mistyped', 'radmeter.db');
    const { code, stdout, stderr } = await runOn(`sqlite:${filename}`, ...line.split(' '));
    expect({ code, stdout, stderr }).toEqual({
      ...{ code: 66, stdout: '' },
      stderr: `radmeter: there is no database at ${filename}; \`radmeter serve\` or \`radmeter migrate\` makes it, --database-url names another\n`,
    });
    expect(existsSync(join(directory, 'mistyped'))).toBe(false);
  });

  it.each([
    ['nas add 192.0.2.1 --secret s'],
    ['profile create --name P'],
    ['promotion create --name P'],
    ['user create --username john'],
    ['timezone set UTC'],
    ['migrate'],
  ])('is made by what a newcomer does first: %s', async (line) => {
    const filename = join(mkdtempSync(join(directory, 'new-')), 'var', 'radmeter.db');
    expect(await runOn(`sqlite:${filename}`, ...line.split(' '))).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(filename)).toBe(true);
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
    const { code, stdout, stderr } = await runOn(url, 'timezone', 'set', 'UTC');
    expect(stderr).toMatch(reason);
    expect(stdout + stderr).not.toContain('hunter2');
    expect(code).toBe(69);
  });
});
