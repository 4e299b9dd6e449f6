import { expect, it } from 'vitest';
import { type Place, placesTaken } from '../../src/access/place.ts';

const PHONE = '02-00-00-00-00-01';
const LAPTOP = '02-00-00-00-00-02';
const at = (sourceAddress: string, station: string | undefined): Place => ({ sourceAddress, station });
const own = at('192.0.2.1', PHONE);

it.each<[string, Place[], number]>([
  ['nothing', [], 0],
  ['another device', [at('192.0.2.1', LAPTOP)], 1],
  ['the same device on the same NAS, which it replaces', [own, own], 0],
  ['the same device on another NAS', [at('192.0.2.2', PHONE)], 1],
  [
    'a device once, whether it has a session, a held place or both',
    [at('192.0.2.1', LAPTOP), at('192.0.2.1', LAPTOP)],
    1,
  ],
  ['every session without a device', [at('192.0.2.1', undefined), at('192.0.2.1', undefined)], 2],
  ['all who call from one IP address', [at('192.0.2.1', '203.0.113.7'), at('192.0.2.1', '203.0.113.7')], 2],
])('counts %s', (_, taken, expected) => {
  expect(placesTaken(taken, own)).toBe(expected);
});

it('lets a login without a device replace nothing', () => {
  expect(placesTaken([at('192.0.2.1', undefined)], at('192.0.2.1', undefined))).toBe(1);
  expect(placesTaken([at('192.0.2.1', '203.0.113.7')], at('192.0.2.1', '203.0.113.7'))).toBe(1);
});
