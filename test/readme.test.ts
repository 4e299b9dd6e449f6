/** README.md says what is so: settings and commands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SETTINGS } from '../src/config/settings.ts';

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
