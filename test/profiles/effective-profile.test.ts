import { expect, test } from 'vitest';
import { effectiveProfile } from '../../src/profiles/effective-profile.ts';
import { DEFAULT_PROFILE, NEW_PROFILE, type Profile } from '../../src/profiles/profile.ts';

function profile(name: string, isActive = true): Profile {
  const at = '2025-12-11 12:00:00';
  return { ...NEW_PROFILE, id: 1, name, isActive, createdById: null, createdAt: at, updatedAt: at };
}

test.each([
  ['own before promotion', profile('own'), profile('class'), 'user', 'own'],
  ['promotion where there is no own', null, profile('class'), 'promotion', 'class'],
  ['own without promotion', profile('own'), null, 'user', 'own'],
  ['own although it is inactive', profile('own', false), profile('class'), 'user', 'own'],
] as const)('%s', (_name, user, promotion, source, name) => {
  const effective = effectiveProfile({ user, promotion, default: DEFAULT_PROFILE });
  expect(effective).toMatchObject({ source, profile: { name } });
});

test('the default where there is neither', () => {
  const effective = effectiveProfile({ user: null, promotion: null, default: DEFAULT_PROFILE });
  expect(effective).toEqual({ source: 'default', profile: DEFAULT_PROFILE });
});
