/** What flags, environment and file give, each setting with its origin; unknown names are refused here. */
import { ConfigError } from '../errors.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { secretFile } from './nas-setting.ts';
import type { Setting } from './setting.ts';
import { FROM_FILE, OTHER_VARIABLES, SETTINGS, variableOf } from './settings.ts';
import { isMap, type Path, suggestion } from './values.ts';

/** One value that was given, and by whom. */
export interface Given {
  readonly raw: unknown;
  /** "--timezone", "RADMETER_TIMEZONE" or "FILE:LINE". */
  readonly origin: string;
  /** Returns the origin of a part of the value. */
  readonly place: (path: Path) => string;
}

/** What one source gives, by the settings' names. */
export type Layer = ReadonlyMap<string, Given>;

const ALL: readonly Setting<unknown>[] = Object.values(SETTINGS);
const NAMES = [...ALL.map((setting) => setting.name), ...FROM_FILE.map(fileNameOf)];
const SECRET_NAME = /secret|password|passwd|token|url|key|nas/i;

/** What one source gives, before its names are looked at. */
interface Source {
  readonly values: Readonly<Record<string, unknown>>;
  readonly isFile: boolean;
  place(name: string, path: Path): string;
}

/** Reads the flags; undefined ones were not given. */
export function flagLayer(flags: Readonly<Record<string, unknown>>, problems: string[]): Layer {
  const { config: _config, ...values } = flags;
  return layerOf({ values, isFile: false, place: (name) => `--${name}` }, problems);
}

/** Reads the RADMETER_* variables. */
export function environmentLayer(
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): Layer {
  const variables = Object.entries(environment).filter(
    ([variable]) => variable.startsWith('RADMETER_') && !Object.hasOwn(OTHER_VARIABLES, variable),
  );
  // A variable that is no setting's keeps a name of its own and is refused with the others.
  const values = Object.fromEntries(
    variables.map(([variable, raw]) => [
      NAMES.find((name) => variableOf(name) === variable) ??
        variable.slice('RADMETER_'.length).toLowerCase().replaceAll('_', '-'),
      raw,
    ]),
  );
  return layerOf({ values, isFile: false, place: variableOf }, problems);
}

/** Reads the YAML file, if one is named. */
export function fileLayer(filename: string | undefined, problems: string[]): Layer {
  if (filename === undefined) return new Map();
  let file: ConfigFile;
  try {
    file = readConfigFile(filename);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(error.message);
    return new Map();
  }
  const { values, place } = file;
  return layerOf({ values, isFile: true, place: (name, path) => place([name, ...path]) }, problems);
}

/** Collects what one source gives, refusing unknown names; what is in a file (`database-url-file`) becomes the setting itself. */
function layerOf({ values, isFile, place }: Source, problems: string[]): Layer {
  const layer = new Map<string, Given>();
  for (const [name, raw] of Object.entries(values)) {
    if (raw === undefined) continue;
    const origin = place(name, []);
    const isFileOnly = ALL.some((setting) => setting.name === name && setting.fileOnly === true);
    if (!NAMES.includes(name)) problems.push(unknownProblem(name, origin, raw));
    else if (isFileOnly && !isFile) {
      problems.push(`${name} (${origin}): can only be given in the configuration file`);
    } else layer.set(name, { raw, origin, place: (path) => place(name, path) });
  }
  for (const name of FROM_FILE) readFromFile(name, layer, problems);
  return layer;
}

function fileNameOf(name: string): string {
  return `${name}-file`;
}

function readFromFile(name: string, layer: Map<string, Given>, problems: string[]): void {
  const fileName = fileNameOf(name);
  const given = layer.get(fileName);
  if (given === undefined) return;
  if (layer.has(name)) {
    problems.push(`${fileName} (${given.origin}): ${name} is given too; keep one`);
    return;
  }
  const content = secretFile(given.raw, (reason) => {
    problems.push(`${fileName} (${given.origin}): ${reason}; got ${display(given.raw)}`);
  });
  if (content !== undefined) layer.set(name, { ...given, raw: content });
}

/** Returns a value fit for a message: scalars and short lists as they are, else what kind of thing it is. */
export function display(value: unknown): string {
  if (Array.isArray(value)) {
    return value.every((item) => typeof item !== 'object') ? JSON.stringify(value) : 'a list';
  }
  if (isMap(value)) return 'a map';
  if (value === null || value === undefined || value === '') return 'nothing';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** An unknown name may be a misspelt secret, so its value is shown only where it cannot be one. */
function unknownProblem(name: string, place: string, value: unknown): string {
  const hint = suggestion(name, NAMES);
  const shown = SECRET_NAME.test(name) || SECRET_NAME.test(hint) ? '' : `; got ${display(value)}`;
  return `${name} (${place}): unknown setting${hint}${shown}`;
}
