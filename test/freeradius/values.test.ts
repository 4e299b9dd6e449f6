/** How FreeRADIUS writes values, and reads them: what stands between it and radmeter byte for byte. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeAccessRequest } from '../../src/access/access-request.ts';
import { groupName, groupRows } from '../../src/freeradius/bridge-rows.ts';
import { passwordCheck } from '../../src/freeradius/password-check.ts';
import { rebuiltRequest } from '../../src/freeradius/request-packet.ts';
import { restAttributes, sourceOf } from '../../src/freeradius/rest-attributes.ts';
import { restDate } from '../../src/freeradius/rest-date.ts';
import { restReply } from '../../src/freeradius/rest-reply.ts';
import { rowDifference } from '../../src/freeradius/row-diff.ts';
import { toldLimits } from '../../src/freeradius/told-limits.ts';
import { rowText } from '../../src/freeradius/value-text.ts';
import { NEW_PROFILE } from '../../src/profiles/profile.ts';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import { attributesOf } from '../../src/radius/packet.ts';
import { vendorOf } from '../../src/vendors/vendor-of.ts';

const dictionary = loadDictionary(join(import.meta.dirname, '../../dictionaries'));
const text = (...value: string[]) => ({ type: 'string', value });

describe('a body of rlm_rest', () => {
  it('becomes the packet again that FreeRADIUS was sent', () => {
    const attributes = restAttributes({
      'User-Name': text('jo\u00c3\u00a9h\u00ff'),
      'Acct-Status-Type': { type: 'integer', value: ['Stop'] },
      'Acct-Input-Octets': { type: 'integer', value: [4_000_000_000] },
      Class: { type: 'octets', value: ['0x00ff41', '0x42'] },
      'Framed-IP-Address': { type: 'ipaddr', value: ['10.1.2.3'] },
      'Event-Timestamp': { type: 'date', value: ['Nov 18 2026 12:06:40 CET'] },
      'Tmp-Integer-0': { type: 'integer', value: [1_795_000_000] },
      'Acct-Unique-Session-Id': text('of FreeRADIUS itself'),
    });
    const { packet } = rebuiltRequest(attributes, { code: 4, dictionary });
    expect(attributesOf(packet).map(({ type, value }) => [type, value.toString('hex')])).toEqual([
      [1, '6a6fc3a968ff'],
      [40, '00000002'],
      [42, 'ee6b2800'],
      [25, '00ff41'],
      [25, '42'],
      [8, '0a010203'],
      [55, '6afd86c0'],
    ]);
  });

  it('keeps a password that is longer than a block, and its octets', () => {
    const password = 'a password of more than sixteen octets \u00c3\u00a9';
    const attributes = restAttributes({ 'User-Name': text('john'), 'User-Password': text(password) });
    const { packet, secret } = rebuiltRequest(attributes, { code: 1, dictionary });
    const { sent } = decodeAccessRequest(packet, secret);
    expect(sent.kind === 'pap' && sent.password.toString('latin1')).toBe(password);
  });

  it.each([
    ['no object', 'text'],
    ['a list', [1, 2]],
    ['null', null],
    ['no values', { 'User-Name': { type: 'string' } }],
    ['values of other types', { 'User-Name': { type: 'string', value: [{}, null, true] } }],
    ['no type', { 'User-Name': { value: ['john'] } }],
  ])('that is %s gives nothing', (_what, body) => {
    expect(restAttributes(body)).toEqual([]);
  });

  it('never grows beyond a packet', () => {
    const body = { 'Reply-Message': text(...new Array<string>(100).fill('x'.repeat(253))) };
    const { packet } = rebuiltRequest(restAttributes(body), { code: 4, dictionary });
    expect(packet.length).toBeLessThanOrEqual(4096);
  });

  it('says where it is from by what the configuration adds, else by the NAS', () => {
    const nas = { 'NAS-IP-Address': { type: 'ipaddr', value: ['10.0.0.1'] } };
    const source = { 'Packet-Src-IP-Address': { type: 'ipaddr', value: ['192.0.2.1'] } };
    expect(sourceOf(restAttributes({ ...nas, ...source }))).toBe('192.0.2.1');
    expect(sourceOf(restAttributes(nas))).toBe('10.0.0.1');
    expect(sourceOf([])).toBeUndefined();
  });
});

describe('a date of FreeRADIUS', () => {
  it.each([
    ['Nov 18 2026 11:06:40 UTC', undefined, 1_795_000_000_000],
    ['Nov 18 2026 12:06:40 CET', 1_795_000_000, 1_795_000_000_000],
    ['Nov  8 2026 11:06:40 UTC', undefined, 1_794_136_000_000],
    // Of another attribute, or of nothing.
    ['Nov 18 2026 12:06:40 CET', 1_795_000_001, undefined],
    ['Nov 18 2026 12:06:40 CET', 5, undefined],
    ['Nov 18 2026 12:06:40 CET', undefined, undefined],
    ['yesterday', undefined, undefined],
  ])('%s beside %s is %s', (written, seconds, instant) => {
    expect(restDate(written, seconds)).toBe(instant);
  });
});

describe('a value for FreeRADIUS', () => {
  it('is never expanded, and keeps its backslashes', () => {
    expect(restReply([{ list: 'control', name: 'Cleartext-Password', value: '%{User-Name}\\n' }])).toEqual({
      'control:Cleartext-Password': { value: ['%{User-Name}\\\\n'], op: ':=', do_xlat: false },
    });
  });

  it.each([
    ['plain', 'plain'],
    ['`id`', "'`id`'"],
    ["it's", "'it\\'s'"],
    ['"a"', `'"a"'`],
    ['a\\nb', 'a\\\\nb'],
  ])('%s stands in a row as %s', (value, row) => {
    expect(rowText(value)).toBe(row);
  });

  it('says no attribute that FreeRADIUS 3.2 does not know, nor half of a volume', () => {
    const limits = {
      ...{ sessionTimeoutSeconds: null, idleTimeoutSeconds: null, interimIntervalSeconds: 300 },
      ...{ uploadKbps: 1, downloadKbps: 2, simultaneousUse: 1, volumeOctets: 3 * 2 ** 32 + 5 },
    };
    expect(toldLimits(vendorOf('coovachilli'), limits).slice(-1)).toEqual([
      ['ChilliSpot-Max-Total-Octets', 2 ** 32 - 1],
    ]);
    expect(toldLimits(vendorOf('mikrotik'), limits).slice(-2)).toEqual([
      ['Mikrotik-Total-Limit', 5],
      ['Mikrotik-Total-Limit-Gigawords', 3],
    ]);
  });
});

describe('a password for FreeRADIUS', () => {
  const secret = { found: true, password: 'secret', ntHash: Buffer.alloc(16, 1) } as const;
  const passwordHash = `pbkdf2_sha256$260000$NaCl$${Buffer.alloc(32).toString('base64')}`;
  it.each([
    ['hashed', 'Password-With-Header'],
    ['nt-hash', 'NT-Password'],
    ['clear', 'Cleartext-Password'],
  ] as const)('is told as %s by %s', (told, attribute) => {
    expect(passwordCheck({ passwordHash, secret }, told)?.[0]).toBe(attribute);
  });

  it('is a hash where no secret is stored, and nothing where FreeRADIUS cannot read the hash', () => {
    const lacking = { found: false, lack: 'never-stored' } as const;
    expect(passwordCheck({ passwordHash, secret: lacking }, 'clear')).toEqual([
      'Password-With-Header',
      `{X-PBKDF2}HMACSHA2+256:AAP3oA==:TmFDbA==:${Buffer.alloc(32).toString('base64')}`,
    ]);
    expect(
      passwordCheck({ passwordHash: 'scrypt$16384$x$8$5$y', secret: undefined }, 'clear'),
    ).toBeUndefined();
  });

  it('is its NT hash where a row does not hold it', () => {
    const long = { ...secret, password: 'x'.repeat(200) };
    expect(passwordCheck({ passwordHash, secret: long }, 'clear')?.[0]).toBe('NT-Password');
  });
});

describe('a group', () => {
  it.each([
    [{ id: 5, name: 'Étudiant' }, false, 'profile_5_etudiant'],
    [{ id: 5, name: ' Gold & Co. ' }, true, 'profile_5_gold_co_throttled'],
    [{ id: 0, name: 'default' }, false, 'profile_default'],
    [{ id: 7, name: '学生' }, false, 'profile_7_'],
  ])('of %j (slow: %s) is %s', (profile, isThrottled, name) => {
    expect(groupName(profile, isThrottled)).toBe(name);
  });

  it('never has a longer name than the column', () => {
    expect(groupName({ id: 5, name: 'x'.repeat(100) }, true)).toMatch(/^profile_5_x+_throttled$/);
    expect(groupName({ id: 5, name: 'x'.repeat(100) }, true)).toHaveLength(64);
  });

  it('says the limits in the words of every kind of NAS there is, and slower ones for who is throttled', () => {
    const terms = {
      ...NEW_PROFILE,
      ...({ overQuotaAction: 'throttle', throttleUpload: 64, throttleDownload: 128 } as const),
    };
    const rows = groupRows(
      { id: 5, name: 'gold', terms },
      { kinds: ['mikrotik', 'wispr'], interimIntervalSeconds: 300 },
    );
    const said = rows.map(
      ({ columns }) => `${columns['groupname']} ${columns['attribute']} ${columns['op']} ${columns['value']}`,
    );
    expect(said).toContain('profile_5_gold Mikrotik-Rate-Limit := 5120k/10240k');
    expect(said).toContain('profile_5_gold WISPr-Bandwidth-Max-Up := 5120000');
    expect(said).toContain('profile_5_gold Simultaneous-Use := 1');
    expect(said).toContain('profile_5_gold_throttled Mikrotik-Rate-Limit := 64k/128k');
    expect(new Set(said).size).toBe(said.length);
  });
});

it('leaves rows alone that are there as they should be, each as often as it is wanted', () => {
  const row = (value: string) => ({ table: 'radreply' as const, columns: { username: 'john', value } });
  const there = [
    { id: 1, ...row('a') },
    { id: 2, ...row('a') },
    { id: 3, ...row('b') },
  ];
  expect(rowDifference(there, [row('a'), row('c')])).toEqual({
    remove: [there[1], there[2]],
    add: [row('c')],
  });
});
