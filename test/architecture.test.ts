/** The table of who may import whom, checked against every import in src/ and migrations/. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVERYBODY, ONE_FILE, type Reach, rule, TABLE, WIRING } from './support/import-table.ts';
import { type Import, importsIn } from './support/imports.ts';

/** One import, and where it leads. */
interface Edge extends Import {
  readonly from: string;
  /** A file from the root, or a package or node: module. */
  readonly to: string;
  readonly isOurs: boolean;
}

const ROOT = join(import.meta.dirname, '..');
const files = ['src', 'migrations'].flatMap((directory) =>
  readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(directory, name)),
);
const edges = files.flatMap(edgesOf);

describe('who may import whom', () => {
  it('has a row for every folder', () => {
    expect([...new Set(files.map(partOf))].filter((part) => !(part in TABLE))).toEqual([]);
  });

  it('is what the table says, for our own parts', () => {
    const foreign = edges.filter(({ isOurs, from, to }) => isOurs && partOf(from) !== partOf(to));
    expect(foreign.length).toBeGreaterThan(100);
    expect(foreign.filter((edge) => !isAllowed(edge)).map(sentenceOf)).toEqual([]);
  });

  it('is what the table says, for packages and modules of Node', () => {
    const outside = edges.filter(({ isOurs }) => !isOurs);
    expect(outside.length).toBeGreaterThan(50);
    expect(outside.filter((edge) => !isAllowedPackage(edge)).map(sentenceOf)).toEqual([]);
  });

  it.each(Object.entries(ONE_FILE))('keeps the package %s in %s', (packageName, file) => {
    const importers = edges.filter(({ isOurs, to }) => !isOurs && to === packageName).map(({ from }) => from);
    expect([...new Set(importers)]).toEqual([file]);
  });

  it('lets nobody but the wiring into a store of another folder', () => {
    const intruders = edges.filter(
      ({ from, to }) => to.endsWith('-store.ts') && dirname(from) !== dirname(to) && !WIRING.includes(from),
    );
    expect(intruders.map(sentenceOf)).toEqual([]);
  });

  it('lets nobody but the command line run the migrations, and db list them', () => {
    const importers = edges.filter(
      ({ from, to }) => partOf(to) === 'migrations' && partOf(from) !== 'migrations',
    );
    expect(importers.map(({ from }) => from)).toEqual(['src/db/migrate.ts']);
  });

  it('has the entry file import nothing of ours or of npm before it knows that Node can run it', () => {
    const atOnce = edges.filter(({ from, isDynamic }) => from === 'src/main.ts' && !isDynamic);
    expect(atOnce.filter(({ to }) => !to.startsWith('node:')).map(sentenceOf)).toEqual([]);
  });
});

describe('the check itself', () => {
  it.each([
    [
      "import { a } from '../db/database.ts';",
      'src/radius/x.ts',
      'src/radius/x.ts imports src/db/database.ts',
    ],
    ["export * from '../nas/nas.ts';", 'src/accounting/x.ts', 'src/accounting/x.ts imports src/nas/nas.ts'],
    ["import '../config/settings.ts';", 'src/usage/x.ts', 'src/usage/x.ts imports src/config/settings.ts'],
    ["const a = await import('../cli/cli.ts');", 'src/http/x.ts', 'src/http/x.ts imports src/cli/cli.ts'],
    [
      "import type { A } from '../usage/quota.ts';",
      'src/sessions/x.ts',
      'src/sessions/x.ts imports types of src/usage/quota.ts',
    ],
    [
      "import {\n  type A,\n  b,\n} from '../radius/packet.ts';",
      'src/profiles/x.ts',
      'src/profiles/x.ts imports src/radius/packet.ts',
    ],
  ])('refuses %j in %s', (source, from, sentence) => {
    expect(
      edgesIn(source, from)
        .filter((edge) => !isAllowed(edge))
        .map(sentenceOf),
    ).toEqual([sentence]);
  });

  it.each([
    ["import type { A } from '../nas/nas.ts';", 'src/accounting/x.ts'],
    ["import { type A, type B } from '../nas/nas.ts';", 'src/accounting/x.ts'],
    ["import { octetsFrom } from '../radius/octets.ts';", 'src/sessions/x.ts'],
    ["import { AppError } from '../errors.ts';", 'src/radius/x.ts'],
  ])('permits %j in %s', (source, from) => {
    expect(edgesIn(source, from).map(isAllowed)).toEqual([true]);
  });

  it.each([
    ["import Database from 'better-sqlite3';", 'src/accounting/x.ts'],
    ["import knex from 'knex';", 'src/usage/x.ts'],
    ["import { createSocket } from 'node:dgram';", 'src/accounting/x.ts'],
    ["import pino from 'pino';", 'src/daemon/daemon.ts'],
  ])('refuses the package of %j in %s', (source, from) => {
    expect(edgesIn(source, from).map(isAllowedPackage)).toEqual([false]);
  });

  it('does not take words in comments for imports, and refuses targets it cannot read', () => {
    expect(importsIn("/** import a from 'b';\nimport c from 'd'; */\n// import('e')\n")).toEqual([]);
    expect(() => importsIn('await import(name)')).toThrow('an import whose target is computed');
  });
});

describe('cycles', () => {
  it('are not between folders', () => {
    // db runs the migrations, which are written in its words; the files themselves make no cycle.
    const between = edges.filter(({ isOurs, from }) => isOurs && partOf(from) !== 'migrations');
    expect(cycleIn(between.map(({ from, to }) => [partOf(from), partOf(to)]))).toBeUndefined();
  });

  it('are not between files', () => {
    expect(cycleIn(edges.filter(({ isOurs }) => isOurs).map(({ from, to }) => [from, to]))).toBeUndefined();
  });

  it('would be found', () => {
    const sound: [string, string][] = [['a', 'b'], ['a', 'c'], ['b', 'd'], ['c', 'd']]; // biome-ignore format: one graph
    expect(cycleIn(sound)).toBeUndefined();
    expect(cycleIn([...sound, ['d', 'a']])).toEqual(['a', 'b', 'd', 'a']);
  });
});

it('imports only what package.json lists among what an installation brings', () => {
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  );
  const packages = edges
    .filter(({ isOurs, to }) => !isOurs && !to.startsWith('node:'))
    .map(({ to }) => packageOf(to));
  expect([...new Set(packages)].filter((name) => !(name in dependencies))).toEqual([]);
});

function edgesOf(file: string): Edge[] {
  return edgesIn(readFileSync(join(ROOT, file), 'utf8'), file);
}

function edgesIn(source: string, file: string): Edge[] {
  return importsIn(source).map((found) => {
    const isOurs = found.specifier.startsWith('.');
    const to = isOurs ? normalize(join(dirname(file), found.specifier)) : found.specifier;
    return { ...found, from: file, to, isOurs };
  });
}

/** The row a file belongs to: its folder, or its own name at the top of src/. */
function partOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'src' ? second.replace(/\.ts$/, '') : top;
}

function isAllowed({ from, to, isTypeOnly }: Edge): boolean {
  if (EVERYBODY.includes(partOf(to))) return true;
  const { ours } = TABLE[partOf(from)] ?? rule();
  return permits(ours[partOf(to)] ?? ours[to.replace(/^src\//, '')], isTypeOnly);
}

function isAllowedPackage({ from, to, isTypeOnly }: Edge): boolean {
  const { packages } = TABLE[partOf(from)] ?? rule();
  return permits(packages[to] ?? packages[packageOf(to)], isTypeOnly);
}

function permits(reach: Reach | undefined, isTypeOnly: boolean): boolean {
  return reach === 'values' || (reach === 'types' && isTypeOnly);
}

/** `knex` of `knex/lib/…`; a module of Node is one by itself. */
function packageOf(specifier: string): string {
  const [scope = '', name = ''] = specifier.split('/');
  if (specifier.startsWith('node:')) return specifier;
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}

function sentenceOf({ from, to, isTypeOnly }: Edge): string {
  return `${from} imports ${isTypeOnly ? 'types of ' : ''}${to}`;
}

/** Returns the first cycle met, its first member again at the end; an edge to oneself is none. */
function cycleIn(graph: readonly (readonly [from: string, to: string])[]): string[] | undefined {
  const next = Map.groupBy(
    graph.filter(([from, to]) => from !== to),
    ([from]) => from,
  );
  const finished = new Set<string>();
  const search = (node: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (finished.has(node)) return undefined;
    for (const [, to] of next.get(node) ?? []) {
      const cycle = search(to, [...path, node]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(node);
    return undefined;
  };
  for (const node of next.keys()) {
    const cycle = search(node, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
