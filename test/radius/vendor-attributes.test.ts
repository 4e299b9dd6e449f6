import { describe, expect, it } from 'vitest';
import { parseVendorSpecific } from '../../src/radius/vendor-attributes.ts';

const MIKROTIK = '00003a8c';
const USR = '000001ad';
const LUCENT = '000012ee';
const STARENT = '00001fe4';
const WIMAX = '000060b5';

describe('parseVendorSpecific', () => {
  it.each([
    ['one attribute', `${MIKROTIK}0803aa`, 14988, [[8, 'aa']]],
    [
      'several attributes',
      `${MIKROTIK}0803aa0902`,
      14988,
      [
        [8, 'aa'],
        [9, ''],
      ],
    ],
    ['USR: four octets of type, no length', `${USR}0000910101020304`, 429, [[0x9101, '01020304']]],
    [
      'Lucent: two octets of type, one of length',
      `${LUCENT}010104aa010205bbcc`,
      4846,
      [
        [0x101, 'aa'],
        [0x102, 'bbcc'],
      ],
    ],
    [
      'Starent: two octets of each',
      `${STARENT}00030005aa00040004`,
      8164,
      [
        [3, 'aa'],
        [4, ''],
      ],
    ],
    ['WiMAX: a continuation octet', `${WIMAX}010580aabb`, 24757, [[1, 'aabb']]],
  ])('reads %s', (_name, hex, vendorId, attributes) => {
    const parsed = parseVendorSpecific(Buffer.from(hex, 'hex'));
    expect(parsed).toMatchObject({ ok: true, vendorId });
    const read = parsed.ok ? parsed.attributes.map(({ type, value }) => [type, value.toString('hex')]) : [];
    expect(read).toEqual(attributes);
  });

  it.each([
    ['nothing at all', ''],
    ['three octets of vendor id', '00003a'],
  ])('keeps raw what has %s', (_name, hex) => {
    expect(parseVendorSpecific(Buffer.from(hex, 'hex'))).toEqual({ ok: false });
  });

  it.each([
    ['a vendor id alone', MIKROTIK, 14988],
    ['a header cut short', `${MIKROTIK}08`, 14988],
    ['an inner length of 0', `${MIKROTIK}0800`, 14988],
    ['an inner length of 1', `${MIKROTIK}0801`, 14988],
    ['an inner length that overruns', `${MIKROTIK}0804aa`, 14988],
    ['octets after the last attribute', `${MIKROTIK}0803aa09`, 14988],
    ['a short USR type', `${USR}000091`, 429],
    ['a Lucent length below its header', `${LUCENT}010102`, 4846],
    ['a Starent length below its header', `${STARENT}00030003`, 8164],
    ['a WiMAX length below its header', `${WIMAX}010200`, 24757],
  ])('keeps raw what has %s, with its vendor', (_name, hex, vendorId) => {
    expect(parseVendorSpecific(Buffer.from(hex, 'hex'))).toEqual({ ok: false, vendorId });
  });
});
