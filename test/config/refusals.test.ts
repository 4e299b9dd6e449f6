/** Settings that look right and are not. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { daemonConfigFor } from '../../src/cli/serve.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { openDatabase } from '../../src/db/database.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'radmeter-refusals-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

describe('a secret in the file', () => {
  it.each(['0123456', '1e5', '0x1F', 'true'])(
    'that YAML takes for something else, %s, must stand in quotes',
    (secret) => {
      const config = join(directory, 'radmeter.yaml');
      writeFileSync(config, `nas:\n  - { name: hall, address: 192.0.2.1, secret: ${secret} }\n`);
      expect(() => loadConfig({ flags: { config }, environment: {} })).toThrow(/write the secret in quotes/);
    },
  );
});

describe('a database URL', () => {
  it.each(['mysql://h/x?user=u&password=hunter2', 'mysql://u:12/hunter2@h:3306/x'])(
    'with a password in a place that is not its own is refused without repeating it',
    (url) => {
      const load = () => loadConfig({ flags: { 'database-url': url }, environment: {} });
      expect(load).toThrow(/^database-url/);
      expect(load).not.toThrow(/hunter2/);
    },
  );
});

it.each(['Timezone', 'fooBar'])('the flag --%s is no setting, whatever its capitals', (name) => {
  expect(() => daemonConfigFor({ _: [], $0: 'radmeter', [name]: 'x' })).toThrow(
    `${name} (--${name}): unknown setting`,
  );
});

it('the embedded database is its owner’s alone, since it holds the secrets', async () => {
  const filename = join(directory, 'var', 'radmeter.db');
  const db = openDatabase(`sqlite:${filename}`);
  await db.knex.raw('CREATE TABLE t (x)');
  const modes = [filename, `${filename}-wal`].map((path) => statSync(path).mode & 0o777);
  await db.close();
  expect(modes).toEqual([0o600, 0o600]);
});
