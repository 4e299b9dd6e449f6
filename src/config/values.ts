/** Reading one setting's value from text or YAML: each parser returns the value or reports why it cannot. */
import { parseDocument } from 'yaml';

/** Where inside a setting's value a problem lies: keys of maps, positions in lists. */
export type Path = readonly (string | number)[];

/** Takes the reason a value, or the part of it at the path, cannot be used. */
export type Report = (reason: string, path?: Path) => void;

/** Returns the value, or undefined after having reported at least one reason. */
export type Parse<T> = (raw: unknown, report: Report) => T | undefined;

/** One named value with everything that help, checks and documentation say about it. */
export interface Field<T> {
  readonly type: string;
  readonly description: string;
  readonly parse: Parse<T>;
  /** What holds when nothing is given; without it the field is required. */
  readonly default?: T;
  /** A secret's value appears in no message, log or listing. */
  readonly secret?: boolean;
}

export type Fields<T> = { readonly [K in keyof T]: Field<T[K]> & { readonly name: string } };

const DURATION_UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_UNITS: Record<string, number> = {
  '': 1,
  B: 1,
  kB: 1_000,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  TB: 1_000_000_000_000,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Accepts text that is not blank. */
export const text: Parse<string> = (raw, report) => {
  const value = typeof raw === 'number' ? String(raw) : raw;
  if (typeof value === 'string' && value.trim() !== '') return value;
  return refuse(report, 'expected a text that is not blank');
};

/** Accepts a secret, as text alone: YAML would make another number of 0123 or 1e5. */
export const secretText: Parse<string> = (raw, report) => {
  if (typeof raw === 'number' || typeof raw === 'boolean')
    return refuse(report, 'write the secret in quotes');
  return text(raw, report);
};

/** Accepts true and false, and the words people write for them. */
export const flag: Parse<boolean> = (raw, report) => {
  if (typeof raw === 'boolean') return raw;
  const word = typeof raw === 'string' ? raw.toLowerCase() : undefined;
  if (word !== undefined && ['', 'true', 'yes', 'on', '1'].includes(word)) return true;
  if (word !== undefined && ['false', 'no', 'off', '0'].includes(word)) return false;
  return refuse(report, 'expected true or false');
};

/** Returns a parser that accepts exactly the given words. */
export function oneOf<const T extends string>(words: readonly T[]): Parse<T> {
  return (raw, report) => {
    const found = words.find((word) => word === raw);
    return found ?? refuse(report, `expected one of ${words.join(', ')}`);
  };
}

/** Returns a parser for whole numbers from min to max. */
export function integer(min: number, max: number): Parse<number> {
  return (raw, report) => {
    const value = typeof raw === 'string' && /^-?\d+$/.test(raw.trim()) ? Number(raw) : raw;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    return refuse(report, `expected a whole number from ${min} to ${max}`);
  };
}

/** Returns a parser for durations ("2s", "500ms", "5m"; a bare number is seconds) that gives milliseconds. */
export function durationMs(minMs: number, maxMs: number): Parse<number> {
  return (raw, report) => {
    const parts = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(String(raw).trim());
    const isScalar = typeof raw === 'string' || typeof raw === 'number';
    if (!isScalar || parts === null) {
      return refuse(report, 'expected a duration such as 2s, 500ms, 5m, or a number of seconds');
    }
    const ms = Math.round(Number(parts[1]) * (DURATION_UNITS_MS[parts[2] ?? 's'] ?? 1_000));
    if (ms >= minMs && ms <= maxMs) return ms;
    return refuse(report, `expected a duration from ${durationText(minMs)} to ${durationText(maxMs)}`);
  };
}

/** Returns a parser for durations in whole seconds. */
export function durationSeconds(min: number, max: number): Parse<number> {
  const parse = durationMs(min * 1_000, max * 1_000);
  return (raw, report) => {
    const ms = parse(raw, report);
    if (ms === undefined || ms % 1_000 === 0) return ms === undefined ? undefined : ms / 1_000;
    return refuse(report, 'expected whole seconds');
  };
}

/** Returns a parser for sizes ("16MiB", "64KB", a bare number is bytes). */
export function sizeBytes(min: number, max: number): Parse<number> {
  return (raw, report) => {
    const parts = /^(\d+)\s*([A-Za-z]*)$/.exec(String(raw).trim());
    const unit = parts === null ? undefined : SIZE_UNITS[parts[2] ?? ''];
    if (parts === null || unit === undefined) {
      return refuse(report, 'expected a size such as 16MiB, 64KB, or a number of bytes');
    }
    const bytes = Number(parts[1]) * unit;
    if (bytes >= min && bytes <= max) return bytes;
    return refuse(report, `expected a size from ${min} to ${max} bytes`);
  };
}

/** Accepts what another parser accepts, or the word "none" (null). */
export function orNone<T>(parse: Parse<T>): Parse<T | null> {
  return (raw, report) => {
    if (raw === 'none' || raw === null) return null;
    return parse(raw, (reason, path) => report(path === undefined ? `${reason}, or none` : reason, path));
  };
}

/** Accepts an IANA time zone this Node knows, and returns it as Intl spells it. Offsets are refused: they know no summer time. */
export const timezone: Parse<string> = (raw, report) => {
  if (typeof raw === 'string' && /^[A-Za-z]/.test(raw)) {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: raw }).resolvedOptions().timeZone;
    } catch {
      // Intl says only "Invalid time zone specified"; the reason below says more.
    }
  }
  return refuse(report, 'expected an IANA time zone such as Africa/Dakar or Europe/Paris');
};

/** Returns a parser for a map with exactly these fields; also reads text: a map of JSON or YAML in braces, or "name=value,name=value". */
export function mapOf<T extends object>(fields: Fields<T>): Parse<T> {
  return (raw, report) => {
    const map = typeof raw === 'string' ? mapFromText(raw) : raw;
    if (!isMap(map)) return refuse(report, 'expected {name: value, …} as in JSON or YAML, or name=value,…');
    const entries = Object.entries<Field<unknown> & { readonly name: string }>(fields);
    const known = entries.map(([, field]) => field.name);
    let isWhole = true;
    const reportPart: Report = (reason, path) => {
      isWhole = false;
      report(reason, path);
    };
    for (const name of Object.keys(map)) {
      if (!known.includes(name)) reportPart(`unknown setting${suggestion(name, known)}`, [name]);
    }
    const values = entries.map(([key, field]) => [key, parseField(map, field, reportPart)]);
    return isWhole ? (Object.fromEntries(values) as T) : undefined;
  };
}

function parseField(
  map: Readonly<Record<string, unknown>>,
  field: Field<unknown> & { readonly name: string },
  report: Report,
): unknown {
  if (Object.hasOwn(map, field.name)) {
    return field.parse(map[field.name], (reason, path = []) => report(reason, [field.name, ...path]));
  }
  if (!('default' in field)) report(`${field.name} is missing`, []);
  return field.default;
}

/** Returns a parser for a list whose every item the given parser accepts. */
export function listOf<T>(parse: Parse<T>): Parse<readonly T[]> {
  return (raw, report) => {
    if (!Array.isArray(raw)) return refuse(report, 'expected a list');
    const items = raw.map((item, at) => parse(item, (reason, path = []) => report(reason, [at, ...path])));
    return items.every((item) => item !== undefined) ? items : undefined;
  };
}

/** Returns ` (did you mean "x"?)` when a known name is close to the given one, else nothing. */
export function suggestion(name: string, known: readonly string[]): string {
  const nearest = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .toSorted((a, b) => a.distance - b.distance)[0];
  if (nearest === undefined || nearest.distance > Math.max(2, name.length / 4)) return '';
  return ` (did you mean "${nearest.candidate}"?)`;
}

/** Whether a value is a map with text keys. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapFromText(given: string): unknown {
  return given.trimStart().startsWith('{') ? mapFromYaml(given) : mapFromPairs(given);
}

/** JSON is YAML. */
function mapFromYaml(given: string): unknown {
  const document = parseDocument(given);
  // Where in a line of a shell it broke says less than what is expected.
  return document.errors.length > 0 ? undefined : document.toJS();
}

function mapFromPairs(pairs: string): unknown {
  const entries = pairs.split(',').map((pair) => pair.split('='));
  if (!entries.every((entry) => entry.length === 2)) return undefined;
  return Object.fromEntries(entries.map(([name = '', value = '']) => [name.trim(), value.trim()]));
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let line = 1; line <= a.length; line++) {
    const next = [line];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (a[line - 1] === b[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function durationText(ms: number): string {
  if (ms % 86_400_000 === 0 && ms > 0) return `${ms / 86_400_000}d`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

/** Reports the reason, and returns nothing. */
export function refuse(report: Report, reason: string): undefined {
  report(reason);
  return undefined;
}
