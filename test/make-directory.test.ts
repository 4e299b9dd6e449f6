import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeDirectory } from '../src/make-directory.ts';

const scratch = mkdtempSync(join(tmpdir(), 'radmeter-directory-'));
afterAll(() => rmSync(scratch, { recursive: true }));

it('makes a directory and those above it, for owner and group, and leaves one that is there', () => {
  const path = join(scratch, 'a', 'b', 'c');
  makeDirectory(path);
  makeDirectory(path);
  expect(statSync(path).isDirectory()).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o750 & ~process.umask());
});

it('takes a link to a directory for one', () => {
  symlinkSync(scratch, join(scratch, 'link'));
  makeDirectory(join(scratch, 'link', 'd'));
  expect(statSync(join(scratch, 'd')).isDirectory()).toBe(true);
});

it.each<[string, string, string]>([
  ['where a file stands', 'file', 'EEXIST'],
  ['below a file', 'file/d', 'ENOTDIR'],
  ['where the file system makes none, and ends', '/proc/radmeter/d', 'ENOENT'],
])('refuses a directory %s', (_, place, code) => {
  writeFileSync(join(scratch, 'file'), '');
  const path = place.startsWith('/') ? place : join(scratch, place);
  expect(() => makeDirectory(path)).toThrow(expect.objectContaining({ code }));
});
