import { describe, expect, it } from 'vitest';
import { keepNegativeSize, signedOctetsFrom } from '../../src/cli/signed-octets.ts';

describe('a signed size', () => {
  it.each([
    ['0', 0],
    ['500', 500],
    ['+2GiB', 2 * 1024 ** 3],
    ['-500MiB', -500 * 1024 ** 2],
    ['-500', -500],
    ['-1 KB', -1000],
    [String(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER],
  ])('%s is %d octets', (text, octets) => {
    expect(signedOctetsFrom(keepNegativeSize(text))).toBe(octets);
  });

  it.each(['', '-', '--5', '1.5MiB', '1e9', '-5Mib', 'GiB', '9007199254740992', '-9000000GiB'])(
    '%j is none',
    (text) => {
      expect(() => signedOctetsFrom(keepNegativeSize(text))).toThrow(`got ${JSON.stringify(text)}`);
    },
  );

  it.each(['-v', '--reason', '-x5', '-5', '5-5MiB', 'john-5MiB', '-5 MiB', '-5MiB x'])(
    'is not looked for in %j',
    (word) => {
      expect(keepNegativeSize(word)).toBe(word);
    },
  );
});
