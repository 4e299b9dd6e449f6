import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NasKind } from '../../src/nas/nas.ts';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import { type LimitFacts, limits } from '../../src/usage/limits.ts';
import type { Allowance } from '../../src/usage/verdict.ts';
import type { NamedAttribute } from '../../src/vendors/vendor.ts';
import { vendorOf } from '../../src/vendors/vendor-of.ts';

const dictionary = loadDictionary(join(import.meta.dirname, '../../dictionaries'));

const GIB = 1024 ** 3;
const NOW = Date.UTC(2026, 10, 22, 20, 0, 0);
const MIDNIGHT = Date.UTC(2026, 10, 23);
const MONDAY = Date.UTC(2026, 10, 23);
const DECEMBER = Date.UTC(2026, 11, 1);

/** The profile "Étudiant" of the seed: 5120/10240 kbit/s, 8 h, 10 min, one session, 50 Go. */
const ETUDIANT = {
  bandwidthUpload: 5120,
  bandwidthDownload: 10_240,
  sessionTimeout: 28_800,
  idleTimeout: 600,
  simultaneousUse: 1,
  overQuotaAction: 'disconnect',
  throttleUpload: null,
  throttleDownload: null,
} as const;

/** At eight in the evening, so that its session may outlast the day, whose 5 Go are untouched; the week's 30 and the month's 120 leave more. */
function leftOf(gib: number): readonly Allowance[] {
  return [
    { period: 'daily', used: 0, limit: 5 * GIB, remaining: 5 * GIB, resetsAt: MIDNIGHT },
    { period: 'weekly', used: 10 * GIB, limit: 30 * GIB, remaining: 20 * GIB, resetsAt: MONDAY },
    { period: 'monthly', used: 44 * GIB, limit: 120 * GIB, remaining: 76 * GIB, resetsAt: DECEMBER },
    { period: 'total', used: (50 - gib) * GIB, limit: 50 * GIB, remaining: gib * GIB, resetsAt: null },
  ];
}

function said(kind: NasKind, allowances: readonly Allowance[], more: Partial<LimitFacts> = {}) {
  const vendor = vendorOf(kind);
  const told = limits({
    terms: ETUDIANT,
    verdict: { isThrottled: false, allowances, validUntil: null },
    nas: vendor,
    interimIntervalSeconds: 300,
    now: NOW,
    ...more,
  });
  return onTheWire(vendor.limitAttributes(told));
}

function onTheWire(attributes: readonly NamedAttribute[]): string[] {
  return attributes.map(([name, value]) => dictionary.encodeAttribute(name, value).toString('hex'));
}

/** Bytes written by hand: type, length, value in hex; `vsa` adds RFC 2865 §5.26's Vendor-Specific around a vendor's. */
function bytes(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.replace(/#.*/, '').replaceAll(/\s/g, ''));
}

// RFC 2865 §5.27 28,800 s, §5.28 600 s; RFC 2869 §5.16 300 s.
const TIMES = `
  1b 06 00007080
  1c 06 00000258
  55 06 0000012c`;
/** The same where the portal must come back for a new decision when the day ends, in four hours. */
const TIMES_TO_MIDNIGHT = TIMES.replace('00007080', '00003840');

// MikroTik, "RADIUS" (RouterOS documentation): Mikrotik-Rate-Limit 8 "rx/tx", Mikrotik-Total-Limit 17, its Gigawords 18.
const MIKROTIK_RATE = '1a 14 00003a8c 08 0e 35313230 6b 2f 3130323430 6b  # 5120k/10240k';
// WISPr 1.0 (dictionary.wispr): Bandwidth-Max-Up 7, -Down 8, bit/s.
const WISPR_RATE = `
  1a 0c 0000372a 07 06 004e2000
  1a 0c 0000372a 08 06 009c4000`;
// CoovaChilli (dictionary.chillispot, redir.c): Bandwidth-Max-Up 4, -Down 5, kbit/s; Max-Total-Octets 3, Gigawords 23.
const CHILLI_RATE = `
  1a 0c 000038df 04 06 00001400
  1a 0c 000038df 05 06 00002800`;
// Netgate, "Captive Portal" (dictionary.pfsense): Bandwidth-Max-Up 1, -Down 2, bit/s; Max-Total-Octets 3.
const PFSENSE_RATE = `
  1a 0c 0000354c 01 06 004e2000
  1a 0c 0000354c 02 06 009c4000`;
// Cisco, "Supported RADIUS Attributes on the Wireless LAN Controller" (dictionary.airespace): 7-10 down, 13-16 up, kbit/s.
const AIRESPACE_RATE = `
  1a 0c 00003763 07 06 00002800
  1a 0c 00003763 09 06 00002800
  1a 0c 00003763 08 06 00002800
  1a 0c 00003763 0a 06 00002800
  1a 0c 00003763 0d 06 00001400
  1a 0c 00003763 0f 06 00001400
  1a 0c 00003763 0e 06 00001400
  1a 0c 00003763 10 06 00001400`;

const CASES: readonly (readonly [NasKind, string, string])[] = [
  [
    'mikrotik',
    `${TIMES}
     ${MIKROTIK_RATE}
     1a 0c 00003a8c 11 06 c0000000
     1a 0c 00003a8c 12 06 00000000`,
    `${TIMES}
     ${MIKROTIK_RATE}
     1a 0c 00003a8c 11 06 80000000
     1a 0c 00003a8c 12 06 00000001`,
  ],
  [
    'coovachilli',
    `${TIMES} ${CHILLI_RATE}
     1a 0c 000038df 03 06 c0000000
     1a 0c 000038df 17 06 00000000`,
    `${TIMES} ${CHILLI_RATE}
     1a 0c 000038df 03 06 80000000
     1a 0c 000038df 17 06 00000001`,
  ],
  ['wispr', `${TIMES} ${WISPR_RATE}`, `${TIMES} ${WISPR_RATE}`],
  ['ruckus', `${TIMES} ${WISPR_RATE}`, `${TIMES} ${WISPR_RATE}`],
  [
    // dictionary.cambium: Traffic-Quota-Limit-Total 155, -Gigwords 156.
    'cambium',
    `${TIMES} ${WISPR_RATE}
     1a 0c 00004531 9b 06 c0000000
     1a 0c 00004531 9c 06 00000000`,
    `${TIMES} ${WISPR_RATE}
     1a 0c 00004531 9b 06 80000000
     1a 0c 00004531 9c 06 00000001`,
  ],
  // hostapd's ieee802_1x.c reads the times alone.
  ['hostapd', TIMES, TIMES],
  ['unifi', TIMES, TIMES],
  ['cisco', `${TIMES} ${AIRESPACE_RATE}`, `${TIMES} ${AIRESPACE_RATE}`],
  ['aruba', TIMES, TIMES],
  [
    // It takes no orders later, so the day's 5 Go bind too, and 32 bits are all it has for them.
    'pfsense',
    `${TIMES_TO_MIDNIGHT} ${PFSENSE_RATE}
     1a 0c 0000354c 03 06 c0000000`,
    `${TIMES_TO_MIDNIGHT} ${PFSENSE_RATE}
     1a 0c 0000354c 03 06 ffffffff`,
  ],
  [
    // At 15.36 Mbit/s, 3 GiB could be used up in 1,678 s (rounded up), the day's 5 GiB in 2,797 s.
    'opnsense',
    TIMES.replace('00007080', '0000068e'),
    TIMES.replace('00007080', '00000aed'),
  ],
  ['juniper', TIMES, TIMES],
  ['huawei', TIMES, TIMES],
  ['other', TIMES, TIMES],
];

describe('the profile Étudiant', () => {
  it.each(CASES)('with 3 Go left is said to %s in these octets', (kind, threeLeft) => {
    expect(said(kind, leftOf(3))).toEqual(bytes(threeLeft));
  });

  it.each(CASES)('with 6 Go left is said to %s in these octets', (kind, _threeLeft, sixLeft) => {
    expect(said(kind, leftOf(6))).toEqual(bytes(sixLeft));
  });

  it('is told to a session in progress with what it has used: 3 Go used and 3 Go left are 6', () => {
    const used = { sessionTimeSeconds: 3600, octets: 3 * GIB };
    expect(said('mikrotik', leftOf(3), { used })).toEqual(
      bytes(`${TIMES}
             ${MIKROTIK_RATE}
             1a 0c 00003a8c 11 06 80000000
             1a 0c 00003a8c 12 06 00000001`),
    );
    expect(said('coovachilli', leftOf(3), { used })).toEqual(
      bytes(`${TIMES} ${CHILLI_RATE}
             1a 0c 000038df 03 06 80000000
             1a 0c 000038df 17 06 00000001`),
    );
  });
});

describe('512 kbit/s', () => {
  const terms = { ...ETUDIANT, bandwidthUpload: 512, bandwidthDownload: 512 };

  it.each<[NasKind, string]>([
    ['mikrotik', '1a 11 00003a8c 08 0b 353132 6b 2f 353132 6b'],
    ['coovachilli', '1a 0c 000038df 04 06 00000200\n1a 0c 000038df 05 06 00000200'],
    ['wispr', '1a 0c 0000372a 07 06 0007d000\n1a 0c 0000372a 08 06 0007d000'],
    ['pfsense', '1a 0c 0000354c 01 06 0007d000\n1a 0c 0000354c 02 06 0007d000'],
  ])('are never 0M, nor 512 times 1024: %s', (kind, rate) => {
    expect(said(kind, [], { terms })).toEqual(expect.arrayContaining(bytes(rate)));
  });
});

describe('a bandwidth above what 32 bits of bit/s hold', () => {
  it.each<[NasKind, string]>([
    ['wispr', '1a0c0000372a0706ffffffff'],
    ['pfsense', '1a0c0000354c0106ffffffff'],
  ])('is the most they hold: %s', (kind, up) => {
    const terms = { ...ETUDIANT, bandwidthUpload: 10_000_000, bandwidthDownload: 10_000_000 };
    expect(said(kind, [], { terms })).toContain(up);
  });
});
