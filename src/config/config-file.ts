/** The YAML configuration file: its values, and on which line each stands. */
import { readFileSync } from 'node:fs';
import { isPair, isScalar, isSeq, isMap as isYamlMap, LineCounter, type Node, parseDocument } from 'yaml';
import { ConfigError } from '../errors.ts';
import { isMap, type Path } from './values.ts';

/** A configuration file that could be read. */
export interface ConfigFile {
  readonly values: Readonly<Record<string, unknown>>;
  /** Returns "FILE:LINE" for the value at a path, or for the nearest thing around it. */
  place(path: Path): string;
}

/** Returns the file's values; throws ConfigError when it cannot be read, is not YAML, or is no map. */
export function readConfigFile(filename: string): ConfigFile {
  const content = readContent(filename);
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const reason = error.message.split(' at line ')[0];
      return `${filename}:${error.linePos?.[0].line ?? 1}: ${reason}`;
    });
    throw new ConfigError(problems.join('\n'));
  }
  const values: unknown = document.toJS() ?? {};
  if (!isMap(values)) throw new ConfigError(`${filename}: expected a map of settings at the top level`);
  const place = (path: Path) => {
    const offset = offsetOf(document.contents, path);
    return offset === undefined ? filename : `${filename}:${lines.linePos(offset).line}`;
  };
  return { values, place };
}

function readContent(filename: string): string {
  try {
    return readFileSync(filename, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ConfigError(`the configuration file ${filename} cannot be read (${reason})`, { cause: error });
  }
}

/** Where the key at the end of a path (or the nearest one before it) begins in the text. */
function offsetOf(root: Node | null, path: Path): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const step of path) {
    const child = childOf(node, step);
    if (child === undefined) break;
    offset = child.offset ?? offset;
    node = child.node;
  }
  return offset;
}

function childOf(
  node: unknown,
  step: string | number,
): { node: unknown; offset: number | undefined } | undefined {
  if (isYamlMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
    if (pair === undefined || !isPair(pair) || !isScalar(pair.key)) return undefined;
    return { node: pair.value, offset: pair.key.range?.[0] };
  }
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step];
    const range = isYamlMap(item) || isSeq(item) || isScalar(item) ? item.range : undefined;
    return { node: item, offset: range?.[0] };
  }
  return undefined;
}
