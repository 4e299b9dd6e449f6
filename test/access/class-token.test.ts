import { describe, expect, it } from 'vitest';
import { ClassTokens } from '../../src/access/class-token.ts';

const KEY = Buffer.alloc(32, 7);
const tokens = new ClassTokens(KEY);

describe('a Class of ours', () => {
  it.each([1, 255, 2 ** 32, 2 ** 48 + 3, Number.MAX_SAFE_INTEGER])('tells user %d', (userId) => {
    const token = tokens.issue(userId);
    expect(new ClassTokens(KEY).find([token])).toEqual({ token, userId });
  });

  it('is printable, fits into every column, and is never given twice', () => {
    const given = Array.from({ length: 100 }, () => tokens.issue(77));
    expect(given.every((token) => /^[\x21-\x7e]{44}$/.test(token))).toBe(true);
    expect(new Set(given).size).toBe(100);
  });

  it('is found among those of others', () => {
    const token = tokens.issue(5);
    expect(tokens.find(['', 'SBR2CL', '\0'.repeat(44), token])).toEqual({ token, userId: 5 });
  });

  it('is nobody else’s: another key, and every altered character, make it none', () => {
    const token = tokens.issue(5);
    const fresh = new ClassTokens(KEY);
    expect(new ClassTokens(Buffer.alloc(32, 8)).find([token])).toBeUndefined();
    for (let at = 0; at < token.length; at++) {
      const altered = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(fresh.find([altered])).toBeUndefined();
    }
    expect(fresh.find([token.slice(0, -1)])).toBeUndefined();
    expect(fresh.find([`${token}A`])).toBeUndefined();
  });

  it('is known again after a great many others', () => {
    const many = new ClassTokens(KEY);
    const first = many.issue(1);
    expect(many.find([first])?.userId).toBe(1);
    for (let user = 2; user < 40_000; user++) many.find([tokens.issue(user)]);
    expect(many.find([first])?.userId).toBe(1);
  });
});
