/** Passwords that were right a moment ago: how long, how many, and what is kept of them. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { VerifiedPasswords } from '../../src/access/verified-passwords.ts';

const JOHN = { userId: 1, passwordHash: 'scrypt$…1', password: 'correct horse' };

describe('a verified password', () => {
  it('is remembered for five minutes from when it was checked, and no longer', () => {
    let now = 0;
    const verified = new VerifiedPasswords({ nowMs: () => now });
    const digest = verified.digest(JOHN);
    expect(verified.has(digest)).toBe(false);
    verified.add(digest);
    now = 299_999;
    expect(verified.has(digest)).toBe(true);
    now = 300_000;
    expect(verified.has(digest)).toBe(false);
  });

  it.each([
    ['another password', { ...JOHN, password: 'correct horsf' }],
    ['another stored hash', { ...JOHN, passwordHash: 'scrypt$…2' }],
    ['another user', { ...JOHN, userId: 2 }],
    ['parts that run together', { ...JOHN, passwordHash: 'scrypt$…', password: '1correct horse' }],
  ])('is none for %s', (_, attempt) => {
    const verified = new VerifiedPasswords();
    verified.add(verified.digest(JOHN));
    expect(verified.has(verified.digest(JOHN))).toBe(true);
    expect(verified.has(verified.digest(attempt))).toBe(false);
  });

  it('means nothing to another process', () => {
    expect(new VerifiedPasswords().digest(JOHN)).not.toBe(new VerifiedPasswords().digest(JOHN));
  });

  it('is not kept in clear', () => {
    const verified = new VerifiedPasswords();
    const digest = verified.digest(JOHN);
    verified.add(digest);
    expect(digest).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(inspect(verified, { showHidden: true, depth: 9 })).not.toContain('horse');
  });
});

describe('the memory', () => {
  it('is bounded: the oldest goes first, and one that is checked again is new', () => {
    const verified = new VerifiedPasswords({ passwordsMax: 2, nowMs: () => 0 });
    for (const digest of ['a', 'b', 'a', 'c']) verified.add(digest);
    expect(['a', 'b', 'c'].map((digest) => verified.has(digest))).toEqual([true, false, true]);
    expect(verified.size).toBe(2);
  });

  it('lets go of what is over when something is added', () => {
    let now = 0;
    const verified = new VerifiedPasswords({ keptMs: 10, nowMs: () => now });
    verified.add('a');
    verified.add('b');
    now = 10;
    verified.add('c');
    expect(verified.size).toBe(1);
  });
});
