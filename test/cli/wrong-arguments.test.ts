/** What is missing or no number is named, with what was expected and what came, by every command alike. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runInProcess } from '../support/cli-in-process.ts';

/** The commands that `radmeter --help` shows, those of groups too, as it writes them: `nas add <address>`. */
async function shownCommands(group = ''): Promise<string[]> {
  const { stdout } = await runInProcess([...group.split(' ').filter(Boolean), '--help']);
  const shown = [...stdout.matchAll(/^ {2}radmeter (\S[^\n]*?)(?: {2,}.*)?$/gm)].map(([, line = '']) => line);
  return shown.filter((line) => line.startsWith(group));
}

/** Command lines that end before an argument, and the argument. */
async function missing(): Promise<(readonly [line: string, argument: string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const first of await shownCommands()) {
    const [word = ''] = first.split(' ');
    const within = (await shownCommands(`${word} `)).filter((line) => /^\S+ [a-z-]+/.test(line));
    for (const line of within.length > 0 ? within : [first]) {
      const words = line.split(' ');
      for (const [at, argument] of words.entries()) {
        const given = words.slice(0, at).map((each) => (each.startsWith('<') ? 'x' : each));
        if (argument.startsWith('<')) found.push([given.join(' '), argument.slice(1, -1)]);
      }
    }
  }
  return found;
}

const MISSING = await missing();

/** Commands with flags that take a number, and what the number is to be. */
const NUMBERS: readonly (readonly [line: string, flag: string, expected: string])[] = [
  ['alert list', 'limit', 'a whole number from 1 to 100000'],
  ['alert create', 'threshold-percent', 'a whole number from 0 to 1000'],
  ['alert create', 'threshold-days', 'a whole number from 1 to 3650'],
  ['audit list', 'limit', 'a whole number from 1 to 100000'],
  ['mail list', 'limit', 'a whole number from 1 to 100000'],
  ['session list', 'limit', 'a whole number from 1 to 100000'],
  ['set-aside list', 'limit', 'a whole number from 1 to 100000'],
  ['spool list', 'limit', 'a whole number from 1 to 100000'],
  ['simulate', 'users', 'a whole number from 1 to 1000000'],
  ['simulate', 'nases', 'a whole number from 1 to 65536'],
  ['simulate', 'rate', 'a number from 0.001'],
  ['simulate', 'speed', 'a number from 1'],
  ['simulate', 'seed', 'a whole number from 0 to 4294967295'],
  ['trace john', 'count', 'a whole number from 1'],
];

const sources = readdirSync('src/cli').map((file) => readFileSync(`src/cli/${file}`, 'utf8'));
const occurrences = (pattern: RegExp) => sources.flatMap((source) => [...source.matchAll(pattern)]);

it.each(MISSING)('radmeter %s names the argument %s', async (line, argument) => {
  const { code, stdout, stderr } = await runInProcess(line.split(' '));
  expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  expect(stderr).toMatch(
    new RegExp(`^radmeter: ${argument}: expected a value, as in \`.*<${argument}>.*\`; got nothing\n`),
  );
});

it.each(NUMBERS)('radmeter %s refuses what is no number for --%s', async (line, flag, expected) => {
  for (const given of ['x', '', 'NaN', '1e3', '0x10', '1,5', '-5', '9999999999999999999']) {
    const isAny = given.startsWith('9') && !expected.includes('whole');
    if (isAny) continue;
    const { code, stdout, stderr } = await runInProcess([...line.split(' '), `--${flag}=${given}`]);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain(`radmeter: --${flag}: expected ${expected}; got ${JSON.stringify(given)}\n`);
  }
  const twice = await runInProcess([...line.split(' '), `--${flag}`, '2', `--${flag}`, '3']);
  expect(twice).toMatchObject({
    code: 64,
    stderr: expect.stringContaining(`--${flag} is given more than once`),
  });
  const none = await runInProcess([...line.split(' '), `--${flag}`]);
  expect(none).toMatchObject({
    ...{ code: 64, stderr: expect.stringContaining(`--${flag}: expected a value; got nothing\n`) },
  });
});

it.each([
  ['user create', '--username: expected a value; got nothing'],
  ['promotion assign L3', '--profile: expected a value; got nothing'],
  [
    'import-legacy',
    '--from: expected the URL of a database here, in --from-file or in RADMETER_IMPORT_FROM; got nothing',
  ],
  ['token create --role admin', '--name: expected a value; got nothing'],
  ['usage adjust john 5', 'say why: --reason TEXT'],
  ['user list --json --database-url', '--database-url: expected a value; got nothing'],
])('radmeter %s names the flag it lacks', async (line, message) => {
  const { code, stderr } = await runInProcess(line.split(' '));
  expect([code, stderr]).toEqual([64, expect.stringContaining(`radmeter: ${message}\n`)]);
});

it('these are all the commands that need an argument or take a number', () => {
  expect(MISSING.length).toBeGreaterThan(25);
  expect(MISSING).toContainEqual(['usage adjust x', 'octets']);
  const limits = occurrences(/\bwithLimit\(with/g).length;
  const others = occurrences(/numberFlag\(\{ flag: '(?!limit)/g).length;
  expect(NUMBERS).toHaveLength(limits + others);
  expect(occurrences(/type: 'number'/g)).toEqual([]);
});
