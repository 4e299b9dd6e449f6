/** `radmeter nas` on both databases. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inTransaction } from '../../src/db/database.ts';
import { listNas } from '../../src/nas/nas-queries.ts';
import { addUnknownPackets, saveSender } from '../../src/nas/nas-store.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { runRadmeter } from '../support/run-radmeter.ts';

const AT = Date.parse('2023-11-14T22:13:20Z');
let cwd = '';

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'radmeter-cli-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

describeEachDatabase('radmeter nas', (getDatabase) => {
  const run = (line: string) => runInProcess([...line.split(' '), '--database-url', getDatabase().url]);
  const file = (content: string) => {
    const filename = join(cwd, 'radmeter.yaml');
    writeFileSync(filename, content);
    return filename;
  };
  const onlyNas = async () => (await listNas(getDatabase().db)).nases[0];

  it('adds, lists and removes a NAS', async () => {
    expect(await run('nas add 192.0.2.10 --name hall --secret s3cret --kind mikrotik')).toEqual({
      ...{ code: 0, stdout: 'Added NAS hall (192.0.2.10).\n', stderr: '' },
    });
    expect((await run('nas list')).stdout).toMatch(
      /^NAME +ADDRESS .*SOURCE\nhall +192\.0\.2\.10 +- +mikrotik +- +- +- +table\n$/,
    );
    expect(await run('nas remove hall')).toMatchObject({
      ...{ code: 0, stdout: 'Removed NAS hall (192.0.2.10).\n' },
    });
    expect((await run('nas list')).stdout).toMatch(/^loopback +127\.0\.0\.1 .*built-in$/m);
  });

  it('lists table, file and unknown sources, never a secret', async () => {
    await run('nas add 10.0.0.0/8 --name campus --secret hunter2 --previous-secret hunter2');
    const config = file('nas: [{ name: hall, address: 192.0.2.10, secret: hunter2, kind: cisco }]\n');
    const source = { firstSeenAt: AT, lastSeenAt: AT + 60_000, packets: 7 };
    await inTransaction(getDatabase().db, { now: () => 0 }, async (transaction) => {
      await addUnknownPackets(transaction, { address: '198.51.100.9', ...source });
      await addUnknownPackets(transaction, { address: '10.1.1.1', ...source });
    });
    const { stdout } = await run(`nas list --config ${config}`);
    expect(stdout).toMatch(
      /campus .*table\nhall .*file\n\nUnknown sources, .*\nADDRESS .*\n198\.51\.100\.9 +7 .*\n$/,
    );
    const json = await run(`nas list --json --config ${config}`);
    expect(JSON.parse(json.stdout)).toMatchObject({
      nases: [
        {
          ...{ name: 'campus', address: '10.0.0.0/8', kind: 'other', last_seen_at: null },
          ...{ clock_offset_ms: null, sends_gigawords: null, has_previous_secret: true, source: 'table' },
        },
        { id: null, name: 'hall', address: '192.0.2.10', kind: 'cisco', source: 'file' },
      ],
      unusable: [],
      unknown: [{ address: '198.51.100.9', packets: 7, first_seen_at: '2023-11-14T22:13:20Z' }],
    });
    const shown = await run('nas show campus');
    expect(shown.stdout).toMatch(/^secrets +one, and the one before$/m);
    expect(stdout + json.stdout + shown.stdout).not.toContain('hunter2');
  });

  it('takes every option, changes each, and shows them', async () => {
    await run(
      'nas add 192.0.2.10 --name hall --secret s --previous-secret p --kind cisco --coa-port 1700 --no-require-message-authenticator --direction reversed --octet-unit 1024 --max-rate 54000 --interval-floor 60 --identifier ap --sends-gigawords no',
    );
    expect(await onlyNas()).toMatchObject({
      ...{ name: 'hall', kind: 'cisco', coaPort: 1700, requireMessageAuthenticator: false },
      ...{ direction: 'reversed', octetUnit: 1024, maxRateKbps: 54_000, intervalFloorSeconds: 60 },
      ...{ matchIdentifier: 'ap', sendsGigawords: false, secrets: [Buffer.from('s'), Buffer.from('p')] },
    });
    expect(
      await run(
        'nas update 192.0.2.10 --name attic --address 10.0.0.0/8 --kind mikrotik --coa-port none --require-message-authenticator --direction auto --octet-unit 1 --max-rate 1000 --interval-floor 300 --identifier none --sends-gigawords auto --secret n --keep-secret',
      ),
    ).toEqual({ code: 0, stdout: 'Updated NAS attic (10.0.0.0/8).\n', stderr: '' });
    expect(await onlyNas()).toMatchObject({
      ...{ name: 'attic', prefix: '10.0.0.0/8', kind: 'mikrotik', coaPort: null },
      ...{ requireMessageAuthenticator: true, direction: 'auto', octetUnit: 1, maxRateKbps: 1_000 },
      ...{ intervalFloorSeconds: 300, matchIdentifier: null, sendsGigawords: null },
      ...{ secrets: [Buffer.from('n'), Buffer.from('s')] },
    });
    await run('nas update attic --previous-secret none');
    expect((await onlyNas())?.secrets.map(String)).toEqual(['n']);
    expect((await run('nas show attic')).stdout).toMatch(
      /^max rate +1000 kbit\/s\ninterval floor +300 s\nsends Gigawords +not seen yet\nclock offset +not known/m,
    );
  });

  it('shows the clock, the Gigawords and the last sight of each device behind a NAS, with a row or without', async () => {
    const config = file('nas: [{ name: hall, address: 192.0.2.0/24, secret: s }]\n');
    await inTransaction(getDatabase().db, { now: () => 0 }, async (transaction) => {
      const sender = { lastSeenAt: AT, clockOffsetMs: -61_040, sendsGigawords: true };
      await saveSender(transaction, { address: '192.0.2.7', nasIdentifier: 'ap7', ...sender });
      await saveSender(transaction, {
        ...{ ...sender, address: '192.0.2.8', nasIdentifier: '' },
        ...{ lastSeenAt: AT - 1_000, clockOffsetMs: null, sendsGigawords: false },
      });
    });
    expect((await run(`nas list --config ${config}`)).stdout).toMatch(
      /^hall +192\.0\.2\.0\/24 +- +other +2023-11-14T22:13:20Z +61\.0 s ahead ! +yes +file$/m,
    );
    const { stdout } = await run(`nas show hall --config ${config}`);
    expect(stdout).toMatch(/^clock offset +61\.0 s ahead of this server's; let it follow NTP$/m);
    expect(stdout).toMatch(/^192\.0\.2\.7 +ap7 +2023-11-14T22:13:20Z +61\.0 s ahead ! +yes$/m);
    expect(stdout).toMatch(/^192\.0\.2\.8 +- +2023-11-14T22:13:19Z +- +-$/m);
    expect(JSON.parse((await run(`nas show hall --json --config ${config}`)).stdout)).toMatchObject({
      ...{ name: 'hall', clock_offset_ms: -61_040, sends_gigawords: true },
      senders: [{ nas_identifier: 'ap7', clock_offset_ms: -61_040 }, { nas_identifier: null }],
    });
  });

  it('takes the secret from standard input, and from a file', async () => {
    const environment = { RADMETER_DATABASE_URL: getDatabase().url };
    const line = ['nas', 'add', '192.0.2.10', '--secret-file=-'];
    expect(await runRadmeter(line, { cwd, environment, input: 'piped\n' })).toMatchObject({ code: 0 });
    expect((await onlyNas())?.secrets.map(String)).toEqual(['piped']);
    await run(`nas update 192.0.2.10 --secret-file ${file('filed\n')} --previous-secret piped`);
    expect((await onlyNas())?.secrets.map(String)).toEqual(['filed', 'piped']);
  });

  it.each([
    [
      'nas add 192.0.2.300 --secret s',
      64,
      /^radmeter: address: expected an IP address .*; got "192\.0\.2\.300"/,
    ],
    ['nas add 192.0.2.1', 64, /^radmeter: secret: missing; give --secret SECRET, or --secret-file FILE/],
    [
      'nas add 192.0.2.1 --secret s --kind toaster',
      64,
      /^radmeter: --kind: expected one of mikrotik, .*; got "toaster"\n$/,
    ],
    [
      'nas add 192.0.2.1 --secret s --coa-port abc',
      64,
      /^radmeter: --coa-port: expected a whole number from 1 to 65535, or none; got "abc"\n$/,
    ],
    [
      'nas add 192.0.2.1 --secret s --max-rate=-5',
      64,
      /^radmeter: --max-rate: .*from 1 to 1000000000; got -5\n$/,
    ],
    ['nas add 192.0.2.1 --secret s --octet-unit 1.5', 64, /^radmeter: --octet-unit: .*; got "1\.5"\n$/],
    ['nas add 192.0.2.1 --secret s --interval-floor 1h', 64, /^radmeter: --interval-floor: .*; got "1h"\n$/],
    [
      'nas add 192.0.2.1 --secret s --direction up',
      64,
      /^radmeter: --direction: expected one of rfc, reversed, auto; got "up"\n$/,
    ],
    [
      'nas add 192.0.2.1 --secret s --sends-gigawords maybe',
      64,
      /^radmeter: --sends-gigawords: expected yes, no or auto; got "maybe"\n$/,
    ],
    [
      'nas add 192.0.2.1 --secret s --secret t',
      64,
      /^radmeter: --secret is given more than once; keep one\n$/,
    ],
    ['nas add 192.0.2.1 --secret-file /nowhere', 64, /^radmeter: --secret-file: \/nowhere cannot be read/],
    ['nas add 192.0.2.1 --secret s --secret-file /x', 64, /secret and secret-file are mutually exclusive/],
    [
      'nas update hall --previous-secret p --secret s --keep-secret',
      64,
      /previous-secret and keep-secret are mutually exclusive/,
    ],
    ['nas update hall', 64, /^radmeter: there is nothing to change; /],
    [
      'nas update hall --address nowhere',
      64,
      /^radmeter: --address: expected an IP address .* got "nowhere"\n$/,
    ],
    ['nas update cellar --kind cisco', 66, /^radmeter: no NAS is called cellar; `radmeter nas list` shows/],
    ['nas show cellar', 66, /^radmeter: no NAS is called cellar; `radmeter nas list` shows/],
    ['nas remove cellar', 66, /^radmeter: no NAS is called cellar; `radmeter nas list` shows/],
  ])('refuses: %s', async (line, code, message) => {
    const result = await run(line);
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(await onlyNas()).toBeUndefined();
  });

  it('ends with 73 when a NAS is there already', async () => {
    await run('nas add 192.0.2.10 --secret s');
    expect(await run('nas add 192.0.2.10 --name other --secret s')).toMatchObject({ code: 73 });
  });

  it('says where a NAS of the file is to be changed or removed', async () => {
    const config = file('nas: [{ name: hall, address: 192.0.2.10, secret: s }]\n');
    for (const [line, what] of [
      ['nas remove hall', 'remove'],
      ['nas update hall --kind cisco', 'change'],
    ]) {
      expect(await run(`${line} --config ${config}`)).toMatchObject({
        ...{ code: 73, stderr: `radmeter: NAS hall stands in the configuration file; ${what} it there\n` },
      });
    }
    expect((await run(`nas show hall --config ${config}`)).stdout).toMatch(
      /^source +the configuration file;/m,
    );
  });
});
