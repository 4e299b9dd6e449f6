/** Adding, listing and removing NASes in the table that FreeRADIUS reads, too. */
import { describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/db/database.ts';
import { addNas, type NewNasInput, removeNas, updateNas } from '../../src/nas/nas-commands.ts';
import type { NasInput } from '../../src/nas/nas-options.ts';
import { listNas } from '../../src/nas/nas-queries.ts';
import { updateNasFacts } from '../../src/nas/nas-store.ts';
import { describeEachDatabase } from '../support/databases.ts';

const clock = { now: () => 1_000 };
const HALL: NewNasInput = { name: 'hall', address: '192.0.2.10', secret: 's3cret' };

describeEachDatabase('NAS commands', (getDatabase) => {
  const context = () => ({ db: getDatabase().db, clock, actor: { name: 'cli:tester', userId: null } });
  const names = async () => (await listNas(context().db)).nases.map(({ name }) => name);

  it('a NAS that was added is listed with everything it was given', async () => {
    const added = await addNas(context(), {
      name: 'campus',
      address: '10.20.30.40/16',
      secret: 'né',
      previousSecret: 'former',
      kind: 'coovachilli',
      coaPort: 1700,
      requireMessageAuthenticator: false,
      direction: 'reversed',
      octetUnit: 1024,
      maxRateKbps: 54_000,
      identifier: 'çampus',
      intervalFloorSeconds: 300,
      sendsGigawords: false,
    });
    expect(added).toMatchObject({
      name: 'campus',
      prefix: '10.20.0.0/16',
      secrets: [Buffer.from('né'), Buffer.from('former')],
      kind: 'coovachilli',
      coaPort: 1700,
      requireMessageAuthenticator: false,
      direction: 'reversed',
      octetUnit: 1024,
      maxRateKbps: 54_000,
      matchIdentifier: '\u00c3\u00a7ampus',
      intervalFloorSeconds: 300,
      sendsGigawords: false,
      lastSeenAt: null,
    });
    expect((await listNas(context().db)).nases).toEqual([added]);
  });

  it('what is not given takes the defaults, the name that of the address', async () => {
    const added = await addNas(context(), { address: '::ffff:192.0.2.10', secret: 's' });
    expect(added).toMatchObject({
      name: '192.0.2.10',
      kind: 'other',
      direction: 'auto',
      maxRateKbps: 1_000_000,
    });
    expect((await listNas(context().db)).nases).toEqual([added]);
  });

  it('writes what FreeRADIUS reads: nasname, shortname, type, secret', async () => {
    await addNas(context(), { ...HALL, kind: 'cisco' });
    expect(await context().db.knex('nas').first('nasname', 'shortname', 'type', 'secret')).toEqual({
      nasname: '192.0.2.10',
      shortname: 'hall',
      type: 'cisco',
      secret: 's3cret',
    });
  });

  it.each<[string, Partial<NewNasInput>, RegExp]>([
    ['a host name', { address: 'hall.example.org' }, /^address: expected an IP address/],
    ['an empty secret', { secret: ' ' }, /^secret: expected 1 to 60 characters; got nothing$/],
    ['a secret FreeRADIUS would cut', { secret: 'x'.repeat(61) }, /^secret: .* got 61 characters$/],
    [
      'an unknown kind, naming the known ones',
      { kind: 'toaster' },
      /^kind: expected one of mikrotik, .*; got "toaster"$/,
    ],
    [
      'a port that is none',
      { coaPort: 65_536 },
      /^coa-port: expected a whole number from 1 to 65535, or none; got 65536$/,
    ],
    ['an octet unit of nothing', { octetUnit: 0 }, /^octet-unit: expected a whole number .*; got 0$/],
    ['a rate that is no number', { maxRateKbps: Number.NaN }, /^max-rate: expected a whole number /],
    ['a silence of more than a day', { intervalFloorSeconds: 86_401 }, /^interval-floor: .* got 86401$/],
    ['a direction that is none', { direction: 'up' }, /^direction: expected one of rfc, .*; got "up"$/],
    ['a previous secret of nothing', { previousSecret: '' }, /^previous-secret: .* got nothing$/],
    ['a name of two lines', { name: 'a\nb' }, /^name: expected 1 to 32 characters on one line; got "a\\nb"$/],
    ['a name FreeRADIUS would cut', { name: 'x'.repeat(33) }, /^name: /],
    ['an empty identifier', { identifier: '' }, /^identifier: /],
  ])('refuses %s', async (_, wrong, message) => {
    const refused = addNas(context(), { ...HALL, ...wrong });
    await expect(refused).rejects.toMatchObject({ code: 'invalid', message: expect.stringMatching(message) });
    expect(await names()).toEqual([]);
  });

  it('refuses a name, and a prefix with the same identifier, that another NAS has', async () => {
    await addNas(context(), HALL);
    const conflict = { code: 'conflict' };
    await expect(addNas(context(), { ...HALL, address: '192.0.2.11' })).rejects.toMatchObject(conflict);
    await expect(
      addNas(context(), { ...HALL, name: 'other', address: '192.0.2.10/32' }),
    ).rejects.toMatchObject(conflict);
    await addNas(context(), { ...HALL, name: 'other', identifier: 'other' });
    expect(await names()).toEqual(['hall', 'other']);
  });

  it('changes what is said of a NAS and leaves the rest, what was learned too', async () => {
    const { id } = await addNas(context(), { ...HALL, kind: 'cisco', coaPort: 1700, identifier: 'ap' });
    if (id === null) throw new Error('a NAS of the table has an id');
    await inTransaction(context().db, clock, (transaction) =>
      updateNasFacts(transaction, id, { lastSeenAt: 5, clockOffsetMs: -7, sendsGigawords: true }),
    );
    const changed = await updateNas(context(), 'hall', {
      name: 'attic',
      address: '10.0.0.9/8',
      direction: 'reversed',
      octetUnit: 1024,
      maxRateKbps: 54_000,
      intervalFloorSeconds: 60,
      requireMessageAuthenticator: false,
    });
    expect(changed).toMatchObject({
      ...{ id, name: 'attic', prefix: '10.0.0.0/8', kind: 'cisco', coaPort: 1700, matchIdentifier: 'ap' },
      ...{ direction: 'reversed', octetUnit: 1024, maxRateKbps: 54_000, intervalFloorSeconds: 60 },
      ...{ requireMessageAuthenticator: false, secrets: [Buffer.from('s3cret')] },
      ...{ lastSeenAt: 5, clockOffsetMs: -7, sendsGigawords: true },
    });
    expect((await listNas(context().db)).nases).toEqual([changed]);
    expect(await context().db.knex('nas').first('nasname', 'shortname')).toEqual({
      ...{ nasname: '10.0.0.0/8', shortname: 'attic' },
    });
  });

  it('takes back what a NAS was said to be: none, auto', async () => {
    await addNas(context(), {
      ...HALL,
      ...{ previousSecret: 'p', coaPort: 1700, identifier: 'ap', sendsGigawords: false, direction: 'rfc' },
    });
    const none = { previousSecret: null, coaPort: null, identifier: null, sendsGigawords: null };
    expect(await updateNas(context(), 'hall', { ...none, direction: 'auto' })).toMatchObject({
      ...{ secrets: [Buffer.from('s3cret')], coaPort: null, matchIdentifier: null },
      ...{ sendsGigawords: null, direction: 'auto' },
    });
  });

  it('replaces a secret at once, or keeps the one before beside it', async () => {
    await addNas(context(), HALL);
    const texts = async (changes: NasInput, keepsSecret: boolean) =>
      (await updateNas(context(), 'hall', changes, { keepsSecret })).secrets.map(String);
    expect(await texts({ secret: 'second' }, false)).toEqual(['second']);
    expect(await texts({ secret: 'third' }, true)).toEqual(['third', 'second']);
    await expect(texts({ coaPort: 1700 }, true)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('changes nothing where nothing is said, nobody is meant, or another NAS is there', async () => {
    await addNas(context(), HALL);
    await addNas(context(), { ...HALL, name: 'attic', address: '192.0.2.11' });
    const refused = (which: string, changes: NasInput) =>
      expect(updateNas(context(), which, changes)).rejects;
    await refused('hall', {}).toMatchObject({ code: 'invalid', message: 'there is nothing to change' });
    await refused('cellar', { kind: 'cisco' }).toMatchObject({ code: 'not_found' });
    await refused('hall', { coaPort: 0 }).toMatchObject({ code: 'invalid' });
    await refused('hall', { name: 'attic' }).toMatchObject({ code: 'conflict' });
    await refused('hall', { address: '::ffff:192.0.2.11' }).toMatchObject({ code: 'conflict' });
    await updateNas(context(), 'hall', { name: 'hall', address: '192.0.2.10' });
    expect(await names()).toEqual(['hall', 'attic']);
  });

  it('moves a NAS whose prefix others had written into cidr', async () => {
    await context().db.knex('nas').insert({ nasname: 'hall.example.org', secret: 's', cidr: '192.0.2.0/24' });
    await updateNas(context(), '192.0.2.0/24', { address: '198.51.100.0/24' });
    expect((await listNas(context().db)).nases).toMatchObject([{ prefix: '198.51.100.0/24' }]);
  });

  it.each(['hall', '192.0.2.10', '::ffff:192.0.2.10'])('removes a NAS called %s', async (which) => {
    await addNas(context(), HALL);
    expect((await removeNas(context(), which)).name).toBe('hall');
    expect(await names()).toEqual([]);
  });

  it('removes a NAS by its id', async () => {
    const { id } = await addNas(context(), HALL);
    await removeNas(context(), String(id));
    expect(await names()).toEqual([]);
  });

  it('removes nothing when nobody or several are meant', async () => {
    await addNas(context(), { ...HALL, identifier: 'a' });
    await addNas(context(), { ...HALL, name: 'attic', identifier: 'b' });
    await expect(removeNas(context(), 'cellar')).rejects.toMatchObject({ code: 'not_found' });
    await expect(removeNas(context(), '192.0.2.10')).rejects.toMatchObject({ code: 'conflict' });
    expect(await names()).toEqual(['hall', 'attic']);
  });

  it('keeps what was learned, and what is not learned anew', async () => {
    const { id } = await addNas(context(), HALL);
    if (id === null) throw new Error('a NAS of the table has an id');
    const learn = (facts: Parameters<typeof updateNasFacts>[2]) =>
      inTransaction(context().db, clock, (transaction) => updateNasFacts(transaction, id, facts));
    await learn({ lastSeenAt: 1_700_000_000_000, clockOffsetMs: -2_500, sendsGigawords: true });
    await learn({ lastSeenAt: 1_700_000_060_000 });
    await learn({});
    expect((await listNas(context().db)).nases).toMatchObject([
      { lastSeenAt: 1_700_000_060_000, clockOffsetMs: -2_500, sendsGigawords: true },
    ]);
  });
});

describe('rows that others wrote', () => {
  describeEachDatabase('table nas', (getDatabase) => {
    const insert = (row: object) =>
      getDatabase()
        .db.knex('nas')
        .insert({ secret: 's', ...row });

    it('are read with defaults for our columns', async () => {
      await insert({ nasname: '10.0.0.0/8', shortname: '', type: 'livingston' });
      expect(await listNas(getDatabase().db)).toMatchObject({
        nases: [
          { name: '10.0.0.0/8', prefix: '10.0.0.0/8', kind: 'other', requireMessageAuthenticator: true },
        ],
        unusable: [],
      });
    });

    it('take their kind from the type where ours is not set, and their prefix from cidr before nasname', async () => {
      await insert({ nasname: 'hall.example.org', shortname: 'hall', type: 'cisco', cidr: '192.0.2.0/24' });
      expect((await listNas(getDatabase().db)).nases).toMatchObject([
        { prefix: '192.0.2.0/24', kind: 'cisco' },
      ]);
    });

    it('are left out with the reason when they cannot be used', async () => {
      await insert({ nasname: 'hall.example.org', shortname: 'hall' });
      await insert({ nasname: '192.0.2.1', shortname: 'attic', secret: '' });
      expect(await listNas(getDatabase().db)).toMatchObject({
        nases: [],
        unusable: [
          {
            nasname: 'hall.example.org',
            reason: '"hall.example.org" is no address or prefix; write one into nasname or cidr',
          },
          { nasname: '192.0.2.1', reason: 'its secret is empty' },
        ],
      });
    });
  });
});
