/** What cannot be reached is an error for whoever asked, and nothing on standard output. */
import { tmpdir } from 'node:os';
import { afterEach, expect, it, vi } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';

afterEach(() => vi.restoreAllMocks());

it.each([
  ['a server that is not there', 'mysql://meter:s3cret@127.0.0.1:1/radius'],
  ['a file that is a directory', `sqlite:${tmpdir()}`],
])('knex prints nothing about %s', async (_name, url) => {
  const printed = ['log', 'warn', 'error'] as const;
  const spies = printed.map((name) => vi.spyOn(console, name).mockReturnValue(undefined));
  const db = openDatabase(url);
  await expect(db.knex('settings').select('name')).rejects.toThrow();
  await db.close();
  expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);
});
