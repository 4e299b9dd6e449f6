/** Whether credentials are right, what that costs, and what a flood does. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type CheckOutcome,
  type CredentialCheck,
  CredentialChecks,
} from '../../src/access/credential-checks.ts';
import type { CheckableCredentials } from '../../src/access/credentials.ts';
import { challengeHash, challengeResponse, peerName } from '../../src/access/ms-chap.ts';
import { VerifiedPasswords } from '../../src/access/verified-passwords.ts';
import { BoundedWork } from '../../src/sign-in/bounded-work.ts';
import { ntHash } from '../../src/sign-in/nt-hash.ts';
import { scryptText } from '../../src/sign-in/password-hash.ts';
import { ACCESS_LANE, Passwords } from '../../src/sign-in/passwords.ts';
import type { SecretLack, StoredSecret } from '../../src/sign-in/stored-secret.ts';

/** A hash that costs nothing: 64 bytes of SHA-512. */
const cheap = (password: string, salt: string) => createHash('sha512').update(`${salt}$${password}`).digest();
const SALT = 'A'.repeat(22);
const hashOf = (password: string) => scryptText(SALT, cheap(password, SALT));
const JOHN = { id: 1, passwordHash: hashOf('correct horse') };
const KEYS = { secret: Buffer.from('testing123'), requestAuthenticator: Buffer.alloc(16, 7) };
const RIGHT = { outcome: 'right', attributes: [] };
const WRONG = { outcome: 'wrong', attributes: [] };

/** Checks whose hashes wait to be let go where `isHeld`; counts what is asked for. */
function checking({
  secret = 'never-stored',
  isHeld = false,
}: {
  secret?: string | SecretLack;
  isHeld?: boolean;
} = {}) {
  const asked = { hashes: [] as string[], secrets: [] as number[], proven: [] as string[] };
  const held: (() => void)[] = [];
  const scrypt = async (password: string, salt: string) => {
    asked.hashes.push(password);
    if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
    return cheap(password, salt);
  };
  const functions = { scrypt, pbkdf2: async () => Buffer.alloc(32) };
  const lane = new BoundedWork({ atOnceMax: 1, pieceMs: 100 }).lane(ACCESS_LANE);
  const checks = new CredentialChecks({
    passwords: new Passwords({ pbkdf2Iterations: async () => 0, functions, lane }),
    verified: new VerifiedPasswords(),
    findSecret: async (userId) => {
      asked.secrets.push(userId);
      return storedSecret(userId, secret);
    },
    onProven: ({ password }) => asked.proven.push(password),
  });
  const check = (sent: CheckableCredentials, more: Partial<CredentialCheck> = {}) =>
    checks.check({ sent, user: JOHN, userName: 'john', keys: KEYS, ...more });
  const pap = (password: string | Buffer, more: Partial<CredentialCheck> = {}) =>
    check({ kind: 'pap', password: Buffer.from(password) }, more);
  const letGo = async () => {
    await expect.poll(() => held.length).toBeGreaterThan(0);
    held.shift()?.();
  };
  return { check, pap, asked, letGo };
}

function storedSecret(userId: number, secret: string): StoredSecret {
  if (userId !== JOHN.id) return { found: false, lack: 'never-stored' };
  const lack = (['no-key', 'never-stored', 'other-key', 'outdated', 'unreadable'] as const).find(
    (each) => each === secret,
  );
  if (lack !== undefined) return { found: false, lack };
  return { found: true, password: secret, ntHash: ntHash(secret) };
}

describe('PAP', () => {
  it('is right with the password, wrong with another and for a user who is not there', async () => {
    const { pap, asked } = checking();
    expect(await pap('correct horse')).toEqual(RIGHT);
    expect(await pap('wrong horse')).toEqual(WRONG);
    expect(await pap('correct horse', { user: undefined, userName: 'mary' })).toEqual(WRONG);
    expect(asked.hashes).toEqual(['correct horse', 'wrong horse', 'correct horse']);
    expect(asked.proven).toEqual(['correct horse']);
  });

  it('costs one hash while it is remembered, and another once the stored hash is another', async () => {
    const { pap, asked } = checking();
    for (let each = 0; each < 3; each++) expect(await pap('correct horse')).toEqual(RIGHT);
    expect(asked.hashes).toHaveLength(1);
    const user = { ...JOHN, passwordHash: hashOf('battery staple') };
    expect(await pap('correct horse', { user })).toEqual(WRONG);
    expect(asked.hashes).toHaveLength(2);
  });

  it('remembers no wrong password', async () => {
    const { pap, asked } = checking();
    await pap('wrong horse');
    await pap('wrong horse');
    expect(asked.hashes).toHaveLength(2);
  });

  it.each([
    ['UTF-8', Buffer.from('mot de passé')],
    ['Latin-1', Buffer.from('mot de passé', 'latin1')],
  ])('reads %s', async (_, octets) => {
    const { pap } = checking();
    expect(await pap(octets, { user: { ...JOHN, passwordHash: hashOf('mot de passé') } })).toEqual(RIGHT);
  });

  it.each(['', '!', '!unusable', 'md5$x$y'])('lets nobody in whose hash is "%s"', async (passwordHash) => {
    const { pap, asked } = checking();
    for (const password of ['', passwordHash]) {
      expect(await pap(password, { user: { id: 1, passwordHash } })).toEqual(WRONG);
    }
    expect(asked.hashes.length).toBeGreaterThan(0);
  });
});

describe('a flood', () => {
  it('of logins for one user takes one place, and is busy beyond the few that wait', async () => {
    const { pap, asked, letGo } = checking({ isHeld: true });
    const flood = Array.from({ length: 20 }, (_, index) => pap(`guess ${index}`));
    const mary = pap('correct horse', { user: { ...JOHN, id: 2 }, userName: 'mary' });
    await letGo();
    await letGo();
    // The flood got one check in before her, not twenty.
    expect(await mary).toEqual(RIGHT);
    expect(asked.hashes.slice(0, 2)).toEqual(['guess 0', 'correct horse']);
    for (let each = 0; each < 3; each++) await letGo();
    expect((await Promise.all(flood)).map(({ outcome }) => outcome)).toEqual([
      ...Array(4).fill('wrong'),
      ...Array(16).fill('busy'),
    ]);
  });

  it('of one attempt costs one hash', async () => {
    const { pap, asked, letGo } = checking({ isHeld: true });
    const same = Array.from({ length: 50 }, () => pap('correct horse'));
    await letGo();
    expect(new Set((await Promise.all(same)).map(({ outcome }) => outcome))).toEqual(new Set(['right']));
    expect(asked.hashes).toHaveLength(1);
    expect(asked.proven.length).toBeGreaterThan(0);
  });

  it('of many users is busy beyond a second of work', async () => {
    const { pap, letGo } = checking({ isHeld: true });
    const outcomes: CheckOutcome['outcome'][] = [];
    const all = Array.from({ length: 20 }, async (_, id) => {
      const { outcome } = await pap('wrong', { user: { ...JOHN, id: id + 1 } });
      outcomes.push(outcome);
    });
    // One is checked and eleven wait: 1.1 s at 100 ms each is the first that is too long.
    await expect.poll(() => outcomes).toEqual(Array(8).fill('busy'));
    for (let each = 0; each < 12; each++) await letGo();
    await Promise.all(all);
    expect(outcomes.filter((outcome) => outcome === 'wrong')).toHaveLength(12);
  });

  it('of names that nobody has waits as one of users does', async () => {
    const { pap, letGo } = checking({ isHeld: true });
    const nobody = { user: undefined, userName: 'nobody' };
    const flood = Array.from({ length: 6 }, (_, index) => pap(`guess ${index}`, nobody));
    for (let each = 0; each < 4; each++) await letGo();
    const outcomes = (await Promise.all(flood)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'busy', 'busy']);
  });
});

it('does not take a database that fails for a full queue', async () => {
  const checks = new CredentialChecks({
    passwords: new Passwords({ pbkdf2Iterations: () => Promise.reject(new Error('gone away')) }),
    verified: new VerifiedPasswords(),
    findSecret: () => Promise.reject(new Error('gone away')),
  });
  const more = { user: JOHN, userName: 'john', keys: KEYS };
  const sent = { kind: 'pap', password: Buffer.from('x') } as const;
  await expect(checks.check({ sent, ...more })).rejects.toThrow('gone away');
});

describe('CHAP', () => {
  const challenge = Buffer.from('challenge');
  const chap = (password: Buffer): CheckableCredentials => ({
    ...{ kind: 'chap', identifier: 5, challenge },
    response: createHash('md5').update(Buffer.of(5)).update(password).update(challenge).digest(),
  });

  it('is right with the stored password, wrong with another and for a user who is not there', async () => {
    const { check, asked } = checking({ secret: 'correct horse' });
    expect(await check(chap(Buffer.from('correct horse')))).toEqual(RIGHT);
    expect(await check(chap(Buffer.from('wrong horse')))).toEqual(WRONG);
    // Not even with the empty password that stands in for nobody's.
    for (const password of ['correct horse', '']) {
      expect(await check(chap(Buffer.from(password)), { user: undefined })).toEqual(WRONG);
    }
    expect(asked.secrets).toEqual([1, 1, 0, 0]);
  });

  it.each(['utf8', 'latin1'] as const)('takes accents in %s', async (encoding) => {
    const { check } = checking({ secret: 'mot de passé' });
    expect(await check(chap(Buffer.from('mot de passé', encoding)))).toEqual(RIGHT);
  });

  it.each(['no-key', 'never-stored', 'other-key', 'outdated', 'unreadable'])(
    'says that there is no secret: %s',
    async (secret) => {
      const { check } = checking({ secret });
      for (const password of ['', 'correct horse']) {
        const outcome = { outcome: 'no-stored-secret', lack: secret, attributes: [] };
        expect(await check(chap(Buffer.from(password)))).toEqual(outcome);
      }
    },
  );
});

describe('MS-CHAPv2', () => {
  const challenges = { authenticatorChallenge: Buffer.alloc(16, 1), peerChallenge: Buffer.alloc(16, 2) };
  const msChap2 = (password: string, userName = 'john'): CheckableCredentials => {
    const exchange = { ...challenges, userName: peerName(Buffer.from(userName)) };
    const ntResponse = challengeResponse(challengeHash(exchange), ntHash(password));
    return { kind: 'ms-chap-v2', identifier: 9, ...challenges, ntResponse };
  };
  const vendorTypesOf = (outcome: CheckOutcome) =>
    'attributes' in outcome ? outcome.attributes.map((attribute) => attribute[6]) : undefined;

  it('is right with the stored password, and then has proof and keys', async () => {
    const { check } = checking({ secret: 'correct horse' });
    const outcome = await check(msChap2('correct horse'));
    expect(outcome.outcome).toBe('right');
    expect(vendorTypesOf(outcome)).toEqual([26, 17, 16, 7, 8]);
  });

  it('hashes the name without its domain', async () => {
    const { check } = checking({ secret: 'correct horse' });
    const outcome = await check(msChap2('correct horse'), { userName: 'CAMPUS\\john' });
    expect(outcome.outcome).toBe('right');
  });

  it.each([
    ['another password', 'correct horse', 'wrong horse', JOHN, 'wrong'],
    ['a user who is not there', 'correct horse', 'correct horse', undefined, 'wrong'],
    ['nobody with no password', 'correct horse', '', undefined, 'wrong'],
    ['nothing stored', 'never-stored', '', JOHN, 'no-stored-secret'],
  ])('says E=691 for %s', async (_, secret, password, user, outcome) => {
    const found = await checking({ secret }).check(msChap2(password), { user });
    expect(found.outcome).toBe(outcome);
    const [error] = 'attributes' in found ? found.attributes : [];
    expect(error?.subarray(8).toString('latin1')).toMatch(/^\tE=691 R=0 C=[0-9A-F]{32} V=3 M=/);
  });
});

describe('MAC authentication', () => {
  const DEVICE = { id: 2, passwordHash: '!nobody-can-have-it' };
  const mac = (password?: string): CheckableCredentials => ({
    kind: 'mac',
    userNames: ['aabbccddeeff'],
    sent: password === undefined ? undefined : { kind: 'pap', password: Buffer.from(password) },
  });

  it('is right for a user without a password who is kept under the address, and wrong for nobody', async () => {
    const { check, asked } = checking();
    expect(await check(mac(''), { user: DEVICE })).toEqual(RIGHT);
    expect(await check(mac(), { user: DEVICE })).toEqual(RIGHT);
    expect(await check(mac(''), { user: undefined })).toEqual(WRONG);
    expect(asked).toEqual({ hashes: [], secrets: [], proven: [] });
  });

  it('lets nobody in without the password of a user who has one, whatever they are called', async () => {
    const { check } = checking();
    expect(await check(mac())).toEqual(WRONG);
    for (const password of ['', 'aabbccddeeff', 'AA-BB-CC-DD-EE-FF']) {
      expect(await check(mac(password))).toEqual(WRONG);
    }
    expect(await check(mac('correct horse'))).toEqual(RIGHT);
    const named = { user: { id: 3, passwordHash: hashOf('aabbccddeeff') } };
    expect(await check(mac('aabbccddeeff'), named)).toEqual(RIGHT);
    // Of a scheme that radmeter does not know, but a password.
    expect(await check(mac(''), { user: { id: 4, passwordHash: 'argon2$x' } })).toEqual(WRONG);
  });
});
