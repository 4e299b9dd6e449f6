/** `radmeter set-aside` as people use it; what replaying does to a database is tested beside its command. */
import { beforeEach, expect, test } from 'vitest';
import type { ReceivedRequest } from '../../src/accounting/submission.ts';
import { openDatabase } from '../../src/db/database.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { createMeter } from '../../src/metering.ts';
import { Calendar } from '../../src/usage/period.ts';
import { runBatch } from '../support/batches.ts';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';
import { decodedBy, received, reported } from '../support/set-aside-requests.ts';

const TOO_MANY = 10 ** 12;

const cli = useCli();

beforeEach(async () => {
  const db = openDatabase(cli.databaseUrl());
  await migrateToLatest(db);
  await db.close();
});

/** What a daemon would have done with these requests. */
const receive = async (requests: readonly ReceivedRequest[]) => {
  const meter = createMeter({
    calendar: new Calendar('UTC'),
    defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
    nameRules: { stripsRealm: false, lowersCase: false },
    unknownUsers: 'unmetered',
  });
  const db = openDatabase(cli.databaseUrl());
  await runBatch(db, (batch) => meter(batch, requests.map(decodedBy({ name: 'hall' }))));
  await db.close();
};

/** Two records that no NAS could have carried, of john and jane, and one of a status nobody knows, with a password in it. */
const receiveThree = () =>
  receive([
    reported(60, { inputOctets: TOO_MANY }),
    reported(120, { inputOctets: 2 * TOO_MANY, user: 'jane', sessionId: 'S2' }),
    received(180, [[40, 7_777], [2, 'hidden password!'], [32, 'attic']], { sourceAddress: '10.1.2.3' }), // biome-ignore format: one record
  ]);

test('finds records by reason, NAS, user and time, and shows one without its secrets', {
  timeout: STORY_TIMEOUT_MS,
}, async () => {
  expect(await cli.print('set-aside', 'list')).toBe('No such record is set aside.\n');
  await receiveThree();
  expect(await cli.print('set-aside', 'list')).toBe(
    [
      'ID  ARRIVED               NAS   USER-NAME  SESSION  REASON',
      ' 3  2025-12-11T12:03:00Z  hall  -          -        unknown-status-type',
      ' 2  2025-12-11T12:02:00Z  hall  jane       S2       implausible-growth',
      ' 1  2025-12-11T12:01:00Z  hall  john       S1       implausible-growth',
      '',
    ].join('\n'),
  );
  const idsOf = async (...flags: string[]) => {
    const records = await cli.json('set-aside', 'list', ...flags);
    return Array.isArray(records) ? records.map(({ id }) => id) : undefined;
  };
  expect(await idsOf('--reason', 'implausible-growth', '--user', 'john')).toEqual([1]);
  expect(await idsOf('--nas', '10.1.0.0/16')).toEqual([3]);
  expect(await idsOf('--nas', 'attic')).toEqual([3]);
  expect(await idsOf('--nas', 'hall', '--since', '2025-12-11T12:02:00Z')).toEqual([3, 2]);
  expect(await cli.run('set-aside', 'list', '--limit', '2')).toMatchObject({
    code: 0,
    stderr: 'Only the newest 2; --limit N shows more.\n',
  });

  const shown = await cli.print('set-aside', 'show', '3');
  expect(shown).toMatch(
    /^reason +unknown-status-type\ndetail +Acct-Status-Type is 7777\nreplayed +not yet\n/m,
  );
  expect(shown).toMatch(
    /^source +10\.1\.2\.3:40000\n[\s\S]*^ {4}User-Password = \*\*\*\n {4}NAS-Identifier = attic\n/m,
  );
  expect(shown).not.toContain(Buffer.from('hidden').toString('hex'));
  expect(await cli.json('set-aside', 'show', '3')).toMatchObject({
    id: 3,
    source: { address: '10.1.2.3', port: 40_000 },
    packet_hex: expect.stringMatching(/^0401.{36}280600001e610212\*{32}20076174746963$/),
    attributes: [{ name: 'Acct-Status-Type' }, { name: 'User-Password', value: '***' }, { value: 'attic' }],
  });
});

test('replays what a raised rate permits, once, and says what stays', {
  timeout: STORY_TIMEOUT_MS,
}, async () => {
  await cli.print('user', 'create', '--username', 'john');
  await receiveThree();
  await cli.print(
    'nas',
    'add',
    '192.0.2.1',
    '--name',
    'hall',
    '--secret',
    's3cret',
    '--max-rate',
    '1000000000',
  );
  const line = '1: a new session: 1000000000000 (931.32 GiB) up, 0 down, on 2025-12-11, charged to john\n';
  expect(await cli.print('set-aside', 'replay', '1', '--dry-run')).toBe(
    `${line}Would meter 1 of 1 records: 1000000000000 (931.32 GiB) up, 0 down, 0 of it charged to nobody.\n`,
  );
  expect(await cli.json('set-aside', 'replay', '--all')).toEqual({
    dry_run: false,
    records: [
      {
        id: 1,
        result: 'metered',
        run: 'began',
        session: null,
        day: '2025-12-11',
        added: { input: TOO_MANY, output: 0 },
        user: 'john',
      },
      expect.objectContaining({ id: 2, result: 'metered', user: null }),
      { id: 3, result: 'kept', reason: 'unknown-status-type', detail: 'Acct-Status-Type is 7777' },
    ],
    metered: 2,
    kept: 1,
    replayed_before: 0,
    gone: 0,
    input_octets: 3 * TOO_MANY,
    output_octets: 0,
    unmetered_octets: 2 * TOO_MANY,
  });
  expect(await cli.json('usage', 'show', 'john')).toMatchObject({ used_total: TOO_MANY });
  const again = await cli.run('set-aside', 'replay', '1', '3');
  expect(again).toMatchObject({
    code: 73,
    stdout: expect.stringMatching(
      /^1: was replayed at \S+; nothing is added\n3: still set aside: unknown-status-type .*\nMetered 0 of 2 records: .*\nStill set aside: 1 for unknown-status-type\.\nReplayed before, and not again: 1\.\n$/,
    ),
    stderr: expect.stringContaining('2 of 2 records were not metered'),
  });
  expect(await cli.print('set-aside', 'list', '--all')).toMatch(/^ 3 .* -\n 2 .* 20\S+Z\n 1 .* 20\S+Z\n$/m);
});

test('discards what is asked for, and everything only when that is said', {
  timeout: STORY_TIMEOUT_MS,
}, async () => {
  expect(await cli.json('set-aside', 'discard', '--all')).toMatchObject({ discarded: 0 });
  await receiveThree();
  expect(await cli.print('set-aside', 'discard', '--all', '--dry-run')).toBe(
    'Would discard 3 records; 3 of them were never metered.\n',
  );
  expect(
    await cli.print('set-aside', 'discard', '--reason', 'unknown-status-type', '--older-than', '1d'),
  ).toBe('Discarded 1 records; 1 of them were never metered.\n');
  expect(await cli.json('set-aside', 'discard', '--older-than', '2025-12-11')).toMatchObject({
    discarded: 0,
  });
  expect(await cli.json('set-aside', 'discard', '2')).toEqual({
    dry_run: false,
    discarded: 1,
    never_replayed: 1,
  });
  expect(await cli.json('set-aside', 'list')).toEqual([expect.objectContaining({ id: 1 })]);
});

test.each([
  ['an id that is none', ['show', 'x'], 64, 'id: expected the number that `set-aside list` shows; got "x"'],
  ['an unknown id', ['show', '7'], 66, 'there is no set-aside record 7'],
  [
    'to replay an unknown id',
    ['replay', '7', '--json'],
    66,
    'there is no set-aside record 7; nothing was changed',
  ],
  ['to replay nothing in particular', ['replay'], 64, 'say what to replay: ids, --reason, or --all'],
  [
    'to discard nothing in particular',
    ['discard'],
    64,
    'say what to discard: ids, --reason, --older-than or both, or --all',
  ],
  ['two selections', ['discard', '1', '--all'], 64, 'say in one way what to discard'],
  ['a time that is none', ['list', '--since', '30'], 64, 'since: expected how long ago, such as 30d or 12h'],
])('refuses %s', async (_name, args, exitCode, message) => {
  const refused = await cli.run('set-aside', ...args);
  expect(refused).toMatchObject({ code: exitCode, stdout: '', stderr: expect.stringContaining(message) });
});
