import { describe, expect, it } from 'vitest';
import { KINDS, type NasKind } from '../../src/nas/nas.ts';
import type { SessionIdentity } from '../../src/vendors/vendor.ts';
import { vendorOf } from '../../src/vendors/vendor-of.ts';

const SESSION: SessionIdentity = {
  userName: 'john',
  acctSessionId: '80f00001',
  callingStationId: 'AA-BB-CC-DD-EE-FF',
  calledStationId: '00-11-22-33-44-55:campus',
  nasIdentifier: 'hall',
  nasIpAddress: '192.0.2.10',
  nasPortId: 'ether1',
  framedIpAddress: '10.5.0.7',
};

function namesOf(kind: NasKind, session: SessionIdentity): string[] {
  return vendorOf(kind)
    .identify(session)
    .map((set) => set.map(([name, value]) => `${name}=${value}`).join(' '));
}

// vendors.md §2.2, from the sources and documents it names.
const LADDERS: readonly (readonly [NasKind, readonly string[]])[] = [
  [
    'mikrotik',
    [
      'User-Name=john Framed-IP-Address=10.5.0.7 Acct-Session-Id=80f00001',
      'User-Name=john Framed-IP-Address=10.5.0.7',
      'User-Name=john Acct-Session-Id=80f00001',
    ],
  ],
  ['coovachilli', ['User-Name=john Acct-Session-Id=80f00001']],
  [
    'hostapd',
    [
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF Acct-Session-Id=80f00001 NAS-Identifier=hall',
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF Acct-Session-Id=80f00001',
      'Acct-Session-Id=80f00001',
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF',
    ],
  ],
  [
    'cisco',
    [
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF Acct-Session-Id=80f00001',
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF NAS-IP-Address=192.0.2.10',
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF',
    ],
  ],
  [
    'aruba',
    [
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF NAS-IP-Address=192.0.2.10 Acct-Session-Id=80f00001',
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF Acct-Session-Id=80f00001',
      'User-Name=john Acct-Session-Id=80f00001',
    ],
  ],
  [
    'ruckus',
    [
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF Acct-Session-Id=80f00001 User-Name=john',
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF Acct-Session-Id=80f00001',
    ],
  ],
  [
    'cambium',
    [
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF NAS-IP-Address=192.0.2.10 User-Name=john',
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF User-Name=john',
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF Acct-Session-Id=80f00001',
    ],
  ],
  [
    'other',
    [
      'User-Name=john Acct-Session-Id=80f00001 Calling-Station-Id=AA-BB-CC-DD-EE-FF',
      'User-Name=john Acct-Session-Id=80f00001',
      'Acct-Session-Id=80f00001',
    ],
  ],
  ['pfsense', []],
  ['opnsense', []],
];

describe('a session is named', () => {
  it.each(LADDERS)('to %s first by what it understands best', (kind, ladder) => {
    expect(namesOf(kind, SESSION)).toEqual(ladder);
  });

  it('to a UniFi access point as to hostapd, which runs there', () => {
    expect(namesOf('unifi', SESSION)).toEqual(namesOf('hostapd', SESSION));
  });

  it.each(KINDS)('to %s without what it never said', (kind) => {
    const bare = {
      ...SESSION,
      userName: undefined,
      callingStationId: '',
      nasIpAddress: undefined,
      framedIpAddress: undefined,
    };
    const sets = vendorOf(kind).identify(bare);
    const names = sets.flat().map(([name]) => name);
    expect(names.filter((name) => !['Acct-Session-Id', 'NAS-Identifier'].includes(name))).toEqual([]);
    expect(sets.every((set) => set.length > 0)).toBe(true);
  });

  it('without a NAS-IP-Address where the NAS has an IPv6 address', () => {
    expect(namesOf('cambium', { ...SESSION, nasIpAddress: '2001:db8::10' })).toEqual([
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF User-Name=john',
      'Calling-Station-Id=AA-BB-CC-DD-EE-FF Acct-Session-Id=80f00001',
    ]);
  });

  it('in raw octets, whatever they are', () => {
    const [set] = vendorOf('other').identify({ ...SESSION, userName: '\x00\xff' });
    expect(set?.[0]).toEqual(['User-Name', Buffer.from([0x00, 0xff])]);
  });
});
