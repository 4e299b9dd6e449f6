import { describe, expect, it } from 'vitest';
import { canonicalStation } from '../../src/accounting/station.ts';

describe('Calling-Station-Id', () => {
  it.each([
    ['02-AB-CD-EF-00-01', 'RFC 3580 already'],
    ['02-ab-cd-ef-00-01', 'lower case'],
    ['02:ab:cd:EF:00:01', 'colons'],
    ['02.AB.CD.EF.00.01', 'dots'],
    ['02 ab cd ef 00 01', 'blanks'],
    ['02ab.cdef.0001', 'three groups'],
    ['02ab-cdef-0001', 'three groups with hyphens'],
    ['02ab:cdef:0001', 'three groups with colons'],
    ['02abcd-ef0001', 'two halves'],
    ['02abcdef0001', 'digits alone'],
  ])('%s (%s) is one MAC address', (form) => {
    expect(canonicalStation(form)).toBe('02-AB-CD-EF-00-01');
  });

  it.each([
    ['', 'empty'],
    ['192.0.2.2[4500]', 'an address and a port'],
    ['0200.0000.00001', 'a digit too many'],
    ['02-ab:cd-ef:00-01', 'mixed separators'],
    ['02-ab-cd-ef-00-0g', 'no hexadecimal digit'],
    ['02-ab-cd-ef-00', 'five octets'],
    ['02-ab-cd-ef-00-01:ssid', 'something after it'],
    ['+2250701020304', 'a telephone number'],
    ['\0\xff', 'raw octets'],
  ])('%j (%s) is kept octet for octet', (text) => {
    expect(canonicalStation(text)).toBe(text);
  });
});
