/** Password hashes: which are accepted, and that checking costs the same whatever is stored. */
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { HASH_FUNCTIONS, parseStoredPassword } from '../../src/sign-in/password-hash.ts';
import { checkNewPassword } from '../../src/sign-in/password-rules.ts';
import { Passwords } from '../../src/sign-in/passwords.ts';

/** What Django 5.1's hashers write for this password and the salt `seasalt`, computed with Python's hashlib: PBKDF2 of 1000 iterations, and scrypt with its defaults. */
const DJANGO_PBKDF2 = 'pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=';
const DJANGO_SCRYPT =
  'scrypt$16384$seasalt$8$5$nXachnDoZ26UFUF1o3PD3FjYfKq/mD4nZm22d5L0rp+Bi3DZTjkayk+fTW77FlT+2IelThLoihBYgWjZHfwh3Q==';
const PASSWORD = 'correct horse';

/** Counts the work that the real functions are asked to do. */
function counted(pbkdf2Iterations: number) {
  const work = { scrypts: 0, iterations: 0 };
  const passwords = new Passwords({
    pbkdf2Iterations: async () => pbkdf2Iterations,
    functions: {
      scrypt: (...args) => {
        work.scrypts++;
        return HASH_FUNCTIONS.scrypt(...args);
      },
      pbkdf2: (password, salt, iterations) => {
        work.iterations += iterations;
        return HASH_FUNCTIONS.pbkdf2(password, salt, iterations);
      },
    },
  });
  return { passwords, work };
}

describe('a stored password', () => {
  const { passwords } = counted(1000);

  it.each([
    ['that Django hashed with PBKDF2 is right, and outdated', DJANGO_PBKDF2, 'outdated'],
    ['that Django hashed with scrypt is right', DJANGO_SCRYPT, 'right'],
  ])('%s', async (_, stored, verdict) => {
    expect(await passwords.check(PASSWORD, stored)).toBe(verdict);
    expect(await passwords.check('wrong horse', stored)).toBe('wrong');
  });

  it('that radmeter hashed fits the column, is salted, and is right', async () => {
    const [one, other] = [await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)];
    expect(one).toMatch(/^scrypt\$16384\$[A-Za-z0-9_-]{22}\$8\$5\$[A-Za-z0-9+/]{86}==$/);
    expect(one).toHaveLength(128);
    expect(other).not.toBe(one);
    expect(await passwords.check(PASSWORD, one)).toBe('right');
    expect(await passwords.check(`${PASSWORD} `, one)).toBe('wrong');
  });

  it.each([
    ['nothing', ''],
    ["Django's unusable one", '!aBcDeF'],
    ['a bare !', '!'],
    ['clear text', PASSWORD],
    ['another scheme', 'md5$seasalt$0123456789abcdef0123456789abcdef'],
    ['PBKDF2 without iterations', DJANGO_PBKDF2.replace('1000', '0')],
    ['PBKDF2 with more iterations than a thread should be given', DJANGO_PBKDF2.replace('1000', '4000001')],
    ['a cut hash', DJANGO_PBKDF2.slice(0, -2)],
    ['scrypt with other costs', DJANGO_SCRYPT.replace('16384', '1048576')],
  ])('that is %s matches no password', async (_, stored) => {
    expect(parseStoredPassword(stored)).toBeUndefined();
    expect(await passwords.check(PASSWORD, stored)).toBe('wrong');
  });
});

describe('the work of a check', () => {
  it.each([
    ['a user who is not there', undefined],
    ['a user without a usable password', '!'],
    ['a user with scrypt', DJANGO_SCRYPT],
    ['a user with PBKDF2', DJANGO_PBKDF2],
    ['a user with PBKDF2 of more iterations', DJANGO_PBKDF2.replace('1000', '3000')],
  ])('is one scrypt and 3000 iterations of PBKDF2 for %s', async (_, stored) => {
    const { passwords, work } = counted(3000);
    await passwords.check('wrong horse', stored);
    expect(work).toEqual({ scrypts: 1, iterations: 3000 });
  });

  it('is one scrypt alone where no user has PBKDF2 any more', async () => {
    const { passwords, work } = counted(0);
    await passwords.check('wrong horse', undefined);
    expect(work).toEqual({ scrypts: 1, iterations: 0 });
  });
});

describe('a new password', () => {
  it.each(['12345678', 'é'.repeat(8), '🔑'.repeat(8), 'x'.repeat(256)])('%.10s… may be', (password) => {
    expect(() => checkNewPassword(password, 'new_password')).not.toThrow();
  });

  it.each([
    ['', 0],
    ['1234567', 7],
    ['🔑'.repeat(7), 7],
    ['x'.repeat(257), 257],
  ])('%.10s… may not be, and is not shown', (password, length) => {
    const error = catchError(() => checkNewPassword(password, 'new_password'));
    expect(error).toMatchObject({ code: 'invalid', field: 'new_password' });
    expect(error?.message).toBe(`new_password: expected 8 to 256 characters, got ${length}`);
  });
});

function catchError(action: () => void): AppError | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  return undefined;
}
