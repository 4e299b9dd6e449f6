/** MAC addresses as names and passwords, in the spellings NASes use. */
import { describe, expect, it } from 'vitest';
import { isMacPassword, macDigits, macUserNames, stationAsUser } from '../../src/access/mac-address.ts';

const SPELLINGS = [
  'aabbccddeeff',
  'AABBCCDDEEFF',
  'aa:bb:cc:dd:ee:ff',
  'AA-BB-CC-DD-EE-FF',
  'AA BB CC DD EE FF',
  'aabb.ccdd.eeff',
  'aabbcc-ddeeff',
];

it.each(SPELLINGS)('%s is a MAC address', (text) => {
  expect(macDigits(text)).toBe('aabbccddeeff');
});

it.each([
  '',
  'john',
  'aabbccddeef',
  'aabbccddeefff',
  'aa:bb-cc:dd:ee:ff',
  'aabbccddeegg',
  'AA-BB-CC-DD-EE-FF:campus',
])('"%s" is none', (text) => {
  expect(macDigits(text)).toBeUndefined();
});

describe('a station names itself', () => {
  it('whatever the spellings', () => {
    for (const name of SPELLINGS) {
      for (const station of SPELLINGS) expect(stationAsUser(name, station)).toBe('aabbccddeeff');
    }
  });

  it.each([
    ['aabbccddeeff', 'aabbccddeefe'],
    ['aabbccddeeff', ''],
    ['john', 'john'],
    ['john', 'aabbccddeeff'],
  ])('not as %s from %s', (name, station) => {
    expect(stationAsUser(name, station)).toBeUndefined();
  });
});

it('takes the address or nothing for a password that says nothing', () => {
  expect([...SPELLINGS, ''].every((password) => isMacPassword(password, 'aabbccddeeff'))).toBe(true);
  expect(['secret', 'aabbccddeefe', ' '].some((password) => isMacPassword(password, 'aabbccddeeff'))).toBe(
    false,
  );
});

it('looks a device up as it was sent first, then as people write it, each spelling once', () => {
  expect(macUserNames('aabbccddeeff', 'aabbcc-ddeeff')).toEqual([
    'aabbcc-ddeeff',
    'AA-BB-CC-DD-EE-FF',
    'AA:BB:CC:DD:EE:FF',
    'AABBCCDDEEFF',
    'AABB.CCDD.EEFF',
    'aa-bb-cc-dd-ee-ff',
    'aa:bb:cc:dd:ee:ff',
    'aabbccddeeff',
    'aabb.ccdd.eeff',
  ]);
});
