import { describe, expect, test } from 'vitest';
import { parseFields } from '../../src/profiles/field-rules.ts';
import {
  checkProfile,
  checkProfileFields,
  NEW_PROFILE,
  PROFILE_RULES,
  type ProfileFields,
} from '../../src/profiles/profile.ts';

const BIG = Number.MAX_SAFE_INTEGER;

const ALLOWED: readonly [field: keyof ProfileFields, value: unknown][] = [
  ['name', 'Étudiant'],
  ['name', '界'.repeat(100)],
  ['name', '😀'.repeat(100)],
  ['description', null],
  ['description', 'two\nlines'],
  ['bandwidthUpload', 1],
  ['bandwidthDownload', 2_147_483_647],
  ['quotaType', 'unlimited'],
  ['dataVolume', 0],
  ['dataVolume', BIG],
  ['dailyLimit', 0],
  ['weeklyLimit', null],
  ['monthlyLimit', BIG],
  ...[7, 14, 30, 60, 90, 180, 365].map((days): [keyof ProfileFields, unknown] => ['validityDuration', days]),
  ['sessionTimeout', 0],
  ['idleTimeout', 0],
  ['simultaneousUse', 1],
  ['overQuotaAction', 'notify'],
  ['throttleUpload', null],
];

const REFUSED: readonly [field: keyof ProfileFields, value: unknown, message: string][] = [
  [
    'name',
    '',
    'name: expected a name of 1 to 100 characters, without blanks around it or control characters, got ""',
  ],
  ['name', 'x'.repeat(101), 'name: expected a name of 1 to 100 characters'],
  ['name', 'a\u0007b', 'name: expected a name of 1 to 100 characters'],
  [
    'name',
    7,
    'name: expected a name of 1 to 100 characters, without blanks around it or control characters, got 7',
  ],
  ['description', 5, 'description: expected text without NUL characters, or null, got 5'],
  ['description', 'a\0b', 'description: expected text without NUL characters, or null'],
  ['description', 'half an emoji \ud83d', 'description: expected text without NUL characters, or null'],
  ['name', 'half an emoji \ud83d', 'name: expected a name of 1 to 100 characters'],
  ['isActive', 1, 'is_active: expected true or false, got 1'],
  ['bandwidthUpload', 0, 'bandwidth_upload: expected a whole number of kbit/s from 1 to 2147483647, got 0'],
  [
    'bandwidthDownload',
    -1,
    'bandwidth_download: expected a whole number of kbit/s from 1 to 2147483647, got -1',
  ],
  ['bandwidthDownload', 2_147_483_648, 'bandwidth_download: expected'],
  ['quotaType', 'some', 'quota_type: expected one of unlimited, limited, got "some"'],
  ['dataVolume', null, 'data_volume: expected a whole number of octets from 0 to 9007199254740991, got null'],
  ['dataVolume', 2 ** 53, 'data_volume: expected'],
  [
    'dailyLimit',
    -1,
    'daily_limit: expected a whole number of octets from 0 to 9007199254740991, or null, got -1',
  ],
  ['weeklyLimit', 1.5, 'weekly_limit: expected'],
  [
    'monthlyLimit',
    '100',
    'monthly_limit: expected a whole number of octets from 0 to 9007199254740991, or null, got "100"',
  ],
  ['validityDuration', 31, 'validity_duration: expected one of 7, 14, 30, 60, 90, 180, 365, got 31'],
  ['validityDuration', true, 'validity_duration: expected one of'],
  ['sessionTimeout', -1, 'session_timeout: expected a whole number of seconds (0 = none) from 0'],
  ['idleTimeout', Number.NaN, 'idle_timeout: expected'],
  ['simultaneousUse', 0, 'simultaneous_use: expected a whole number of sessions from 1 to 2147483647, got 0'],
  [
    'overQuotaAction',
    'explode',
    'over_quota_action: expected one of disconnect, throttle, notify, got "explode"',
  ],
  [
    'throttleDownload',
    0,
    'throttle_download: expected a whole number of kbit/s from 1 to 2147483647, or null, got 0',
  ],
];

describe('a profile field', () => {
  test.each(ALLOWED)('%s may be %j', (field, value) => {
    expect(() => checkProfileFields({ [field]: value })).not.toThrow();
  });

  test.each(REFUSED)('%s may not be %j', (field, value, message) => {
    expect(() => checkProfileFields({ [field]: value })).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining(message) }),
    );
  });

  test('that does not exist is refused by the name it came under', () => {
    expect(() => parseFields<ProfileFields>(PROFILE_RULES, { dataVolumme: 1 })).toThrow(
      /^data_volumme: unknown field; expected one of name, description, is_active/,
    );
  });

  test('that is undefined counts as not given', () => {
    expect(parseFields<ProfileFields>(PROFILE_RULES, { name: 'A', dailyLimit: undefined })).toEqual({
      name: 'A',
    });
  });
});

describe('a whole profile', () => {
  test('has usual values that pass its own rules', () => {
    expect(() => checkProfile({ name: 'A', ...NEW_PROFILE })).not.toThrow();
  });

  test('that throttles needs both bandwidths to throttle to', () => {
    const throttling = {
      name: 'A',
      ...NEW_PROFILE,
      overQuotaAction: 'throttle',
      throttleUpload: 128,
    } as const;
    expect(() => checkProfile(throttling)).toThrow(
      /^throttle_download: expected .* because over_quota_action is throttle/,
    );
    expect(() => checkProfile({ ...throttling, throttleDownload: 256 })).not.toThrow();
  });
});
