/** Reading single values: what is accepted, and the reason for what is not. */
import { describe, expect, it } from 'vitest';
import { listenList } from '../../src/config/listen-setting.ts';
import {
  durationMs,
  durationSeconds,
  flag,
  integer,
  orNone,
  type Parse,
  sizeBytes,
  suggestion,
  text,
  timezone,
} from '../../src/config/values.ts';

function parsed<T>(parse: Parse<T>, raw: unknown) {
  const reasons: string[] = [];
  const value = parse(raw, (reason) => reasons.push(reason));
  return reasons.length > 0 ? reasons : value;
}

const duration = durationMs(50, 60_000);
const size = sizeBytes(1, 1024 ** 3);

describe('a value', () => {
  it.each<[string, Parse<unknown>, unknown, unknown]>([
    ['a duration in seconds', duration, '2s', 2_000],
    ['a duration in milliseconds', duration, '500ms', 500],
    ['a duration in minutes', durationMs(0, 600_000), '5m', 300_000],
    ['a fraction of a second', duration, '1.5s', 1_500],
    ['a bare number of seconds', duration, 3, 3_000],
    ['a bare number of seconds as text', duration, '3', 3_000],
    ['a duration in whole seconds', durationSeconds(1, 7_200), '2h', 7_200],
    ['no duration at all', orNone(durationSeconds(1, 60)), 'none', null],
    ['a size in binary units', size, '16MiB', 16_777_216],
    ['a size in decimal units', size, '64KB', 64_000],
    ['a size as SI writes it', size, '64kB', 64_000],
    ['a size in terabytes', sizeBytes(0, 1e15), '2TB', 2e12],
    ['a size in tebibytes', sizeBytes(0, 1e15), '2TiB', 2 * 1024 ** 4],
    ['a bare number of bytes', size, 4096, 4096],
    ['a whole number', integer(1, 10), 7, 7],
    ['a whole number as text', integer(1, 10), '7', 7],
    ['true', flag, true, true],
    ['the word no', flag, 'no', false],
    ['a number where text is expected', text, 42, '42'],
    ['a time zone', timezone, 'Africa/Dakar', 'Africa/Dakar'],
    [
      'addresses separated by commas',
      listenList,
      '127.0.0.1:1813, [::1]:0',
      [
        { address: '127.0.0.1', port: 1813 },
        { address: '::1', port: 0 },
      ],
    ],
    ['a list of addresses', listenList, ['0.0.0.0:1813'], [{ address: '0.0.0.0', port: 1813 }]],
  ])('can be %s', (_, parse, raw, expected) => {
    expect(parsed(parse, raw)).toEqual(expected);
  });

  it.each<[string, Parse<unknown>, unknown, RegExp]>([
    ['a duration without a known unit', duration, '2 fortnights', /expected a duration such as 2s/],
    ['a duration out of range', duration, '1ms', /from 50ms to 60s/],
    ['a list as a duration', duration, [2], /expected a duration/],
    ['half seconds where whole ones count', durationSeconds(1, 60), '1500ms', /whole seconds/],
    ['a size with an unknown unit', size, '16XB', /expected a size/],
    ['a size out of range', size, '2GiB', /from 1 to 1073741824 bytes/],
    ['a number with a fraction', integer(1, 10), 1.5, /whole number from 1 to 10/],
    ['a number out of range', integer(1, 10), 11, /whole number from 1 to 10/],
    ['a word that is neither true nor false', flag, 'perhaps', /true or false/],
    ['a blank text', text, '  ', /not blank/],
    ['a zone that does not exist', timezone, 'Europe/Atlantis', /IANA time zone/],
    ['an offset, which knows no summer time', timezone, '+01:00', /IANA time zone/],
    ['an address without port', listenList, '0.0.0.0', /ADDRESS:PORT/],
    ['a host name to listen on', listenList, 'localhost:1813', /ADDRESS:PORT/],
    ['IPv6 without brackets', listenList, ':::1813', /ADDRESS:PORT/],
    ['a port above 65535', listenList, '0.0.0.0:65536', /ADDRESS:PORT/],
  ])('cannot be %s', (_, parse, raw, reason) => {
    expect(parsed(parse, raw)).toEqual([expect.stringMatching(reason)]);
  });
});

describe('a suggestion', () => {
  it('names the known word that is close', () => {
    expect(suggestion('timezon', ['timezone', 'language'])).toBe(' (did you mean "timezone"?)');
  });

  it('is silent where nothing is close', () => {
    expect(suggestion('colour', ['timezone', 'language'])).toBe('');
  });
});
