/** README.md says what is so: settings and commands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SETTINGS } from '../src/config/settings.ts';
import { runInProcess } from './support/cli-in-process.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

it('names every setting, and no other, with what it means', () => {
  const table = readme.slice(readme.indexOf('## Settings'), readme.indexOf('### Databases'));
  const rows = [...table.matchAll(/^\| `([a-z-]+)` \| .+ \| (.+) \|$/gm)].map(([, name, meaning]) => [
    name,
    meaning,
  ]);
  const settings = Object.values(SETTINGS).map(({ name, description, ...rest }) => [
    name,
    'fileOnly' in rest ? `${description} In the file only.` : description,
  ]);
  expect(rows).toEqual(settings);
});

it('names every command, and no other', async () => {
  const table = readme.slice(readme.indexOf('## Commands'), readme.indexOf('## Settings'));
  const commands = await commandsBelow([]);
  const named = [...table.matchAll(/^\| (`([a-z_-]+).*?) \|/gm)].flatMap(([, names = '', group = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => commandCalled(name, group, commands)),
  );
  expect([...new Set(named)].toSorted()).toEqual(commands.toSorted());
});

/** In a row, `usage list`, `show` is usage list and usage show, and `trace USER` is trace. */
function commandCalled(name: string, group: string, commands: readonly string[]): string {
  const [first = ''] = name.split(' ');
  if (commands.includes(first)) return first;
  return first === group ? name : `${group} ${name}`;
}

/** Returns the commands of the help, those of a group by both their words. */
async function commandsBelow(group: readonly string[]): Promise<string[]> {
  const help = await helpOf(group);
  const start = ['radmeter', ...group].join(' ');
  const names = [...help.matchAll(new RegExp(`^  ${start} ([a-z_-]+)`, 'gm'))].map(([, name = '']) => name);
  const commands = [];
  for (const name of names) {
    const inner = group.length === 0 ? await commandsBelow([name]) : [];
    commands.push(...(inner.length === 0 ? [[...group, name].join(' ')] : inner));
  }
  return commands;
}

/** The commands alone: its examples begin like commands. */
async function helpOf(command: readonly string[]): Promise<string> {
  const { stdout } = await runInProcess([...command, '--help']);
  const [, below = ''] = stdout.split('\nCommands:\n');
  const [commands = ''] = below.split('\n\n');
  return commands;
}
