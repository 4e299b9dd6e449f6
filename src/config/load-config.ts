/** Flags, environment and file become one checked, frozen Config, once; secrets apart. */
import { ConfigError } from '../errors.ts';
import { redactWebhook } from './mail-setting.ts';
import { type NasSecrets, type NasSetting, secretsOf, withoutSecrets } from './nas-setting.ts';
import { redactUrl } from './place-settings.ts';
import type { Setting } from './setting.ts';
import { SETTINGS, type SettingKey, type Values } from './settings.ts';
import { display, environmentLayer, fileLayer, flagLayer, type Given } from './sources.ts';
import { isMap, type Path } from './values.ts';

/** All settings, safe to log: no password, no shared secret. */
export type Config = Readonly<
  Omit<
    Values,
    | 'databaseUrl'
    | 'nas'
    | 'smtpPassword'
    | 'smsWebhookUrl'
    | 'smsWebhookSecret'
    | 'radiusSecretsKey'
    | 'freeradiusSecret'
  >
> & {
  /** The database URL without its password; Secrets has the whole one. */
  readonly databaseUrl: string;
  readonly nas: readonly NasSetting[];
  /** Whether there is one: `***`, or null. */
  readonly smtpPassword: string | null;
  /** Without its query. */
  readonly smsWebhookUrl: string | null;
  /** Whether there is one: `***`, or null. */
  readonly smsWebhookSecret: string | null;
  /** Whether there is one: `***`, or null. */
  readonly radiusSecretsKey: string | null;
  /** Whether there is one: `***`, or null. */
  readonly freeradiusSecret: string | null;
};

/** What must never reach a log, a terminal or an error message. */
export interface Secrets {
  readonly databaseUrl: string;
  /** The shared secrets of `config.nas`, by its names. */
  readonly nas: readonly NasSecrets[];
  readonly smtpPassword: string | null;
  readonly smsWebhookUrl: string | null;
  readonly smsWebhookSecret: string | null;
  /** 64 hex digits. */
  readonly radiusSecretsKey: string | null;
  readonly freeradiusSecret: string | null;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly secrets: Secrets;
  /** Where each value came from: "--timezone", "RADMETER_TIMEZONE", "FILE:LINE" or "default". */
  readonly origins: Readonly<Record<SettingKey, string>>;
}

export interface ConfigSources {
  /** Flags by their names without dashes; undefined ones were not given. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const KEYS = Object.keys(SETTINGS).filter((key): key is SettingKey => key in SETTINGS);

/** Returns the configuration; throws one ConfigError with a line for every setting that is wrong or unknown. */
export function loadConfig({ flags, environment }: ConfigSources): LoadedConfig {
  const problems: string[] = [];
  const layers = [
    flagLayer(flags, problems),
    environmentLayer(environment, problems),
    fileLayer(configFilename(flags, environment), problems),
  ];
  const origins: Partial<Record<SettingKey, string>> = {};
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const key of KEYS) {
    // A wrong value is refused even where a stronger source hides it: it would wait there for the next change.
    const given = layers.flatMap((layer) => layer.get(SETTINGS[key].name) ?? []);
    const [strongest] = given.map((one) => parseGiven(SETTINGS[key], one, problems));
    origins[key] = given[0]?.origin ?? 'default';
    values[key] = given.length === 0 ? SETTINGS[key].default : strongest;
  }
  // Each is of its parser's type, or undefined because that reported a problem.
  problems.push(...halfTlsProblem(values, origins), ...mailProblems(values as Partial<Values>, origins));
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  // Every parser has given a value or reported a problem.
  return assemble(values as Values, origins as Record<SettingKey, string>);
}

function assemble(values: Values, origins: Record<SettingKey, string>): LoadedConfig {
  // The embedded database lies in the state directory unless it is named.
  const databaseUrl =
    origins.databaseUrl === 'default' ? `sqlite:${values.stateDir}/radmeter.db` : values.databaseUrl;
  const config: Config = {
    ...values,
    databaseUrl: redactUrl(databaseUrl),
    nas: values.nas.map(withoutSecrets),
    smtpPassword: masked(values.smtpPassword),
    smsWebhookUrl: values.smsWebhookUrl === null ? null : redactWebhook(values.smsWebhookUrl),
    smsWebhookSecret: masked(values.smsWebhookSecret),
    radiusSecretsKey: masked(values.radiusSecretsKey),
    freeradiusSecret: masked(values.freeradiusSecret),
  };
  const { smtpPassword, smsWebhookUrl, smsWebhookSecret, radiusSecretsKey, freeradiusSecret } = values;
  const nas = values.nas.map(secretsOf);
  const secrets: Secrets = {
    databaseUrl,
    nas,
    smtpPassword,
    smsWebhookUrl,
    smsWebhookSecret,
    radiusSecretsKey,
    freeradiusSecret,
  };
  return deepFreeze({ config, secrets, origins });
}

function masked(secret: string | null): string | null {
  return secret === null ? null : '***';
}

/** What would fail at the first mail, perhaps weeks later, is said now. */
function mailProblems(
  { smtpUrl, smtpPassword, mailFrom, smsWebhookUrl, smsWebhookSecret }: Partial<Values>,
  origins: Partial<Record<SettingKey, string>>,
): string[] {
  const problems: string[] = [];
  const missing = (key: SettingKey, other: SettingKey, why: string) =>
    problems.push(`${SETTINGS[key].name} (${origins[key]}): ${SETTINGS[other].name} is missing; ${why}`);
  // Undefined is what was refused already.
  if (smtpUrl && mailFrom === null) missing('smtpUrl', 'mailFrom', 'mail needs a sender');
  if (smtpUrl && smtpUrl.user !== null && smtpPassword === null) {
    missing('smtpUrl', 'smtpPassword', 'its user needs one');
  }
  if (smtpPassword && (smtpUrl === null || smtpUrl?.user === null)) {
    problems.push(`smtp-password (${origins.smtpPassword}): smtp-url names no user it could be of`);
  }
  if (smsWebhookSecret && smsWebhookUrl === null) {
    missing('smsWebhookSecret', 'smsWebhookUrl', 'give both or the address alone');
  }
  return problems;
}

/** A certificate without its key, or a key without its certificate, would leave HTTP in clear in silence. */
function halfTlsProblem(
  { httpTlsCert, httpTlsKey }: Partial<Record<SettingKey, unknown>>,
  origins: Partial<Record<SettingKey, string>>,
): string[] {
  if ((httpTlsCert === null) === (httpTlsKey === null)) return [];
  const [given, missing]: SettingKey[] =
    httpTlsKey === null ? ['httpTlsCert', 'httpTlsKey'] : ['httpTlsKey', 'httpTlsCert'];
  if (given === undefined || missing === undefined) return [];
  return [
    `${SETTINGS[given].name} (${origins[given]}): ${SETTINGS[missing].name} is missing; give both or neither`,
  ];
}

function parseGiven(setting: Setting<unknown>, given: Given, problems: string[]): unknown {
  return setting.parse(given.raw, (reason, path = []) => {
    const name = path.reduce<string>(
      (text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}.${step}`),
      setting.name,
    );
    problems.push(`${name} (${given.place(path)}): ${reason}${valueText(setting, given.raw, path)}`);
  });
}

/** Returns `; got …` for a value that may be shown. Beside a secret any unknown key may be a misspelt one, so only known fields are shown there. */
function valueText(setting: Setting<unknown>, raw: unknown, path: Path): string {
  const last = path.at(-1);
  const field = Object.values(setting.fields ?? {}).find(({ name }) => name === last);
  if (setting.secret && (field === undefined || field.secret)) return '';
  const value = path.reduce<unknown>(
    (part, step) => (Array.isArray(part) || isMap(part) ? Reflect.get(part, step) : undefined),
    raw,
  );
  return path.length > 0 && value === undefined ? '' : `; got ${display(value)}`;
}

function configFilename(
  { config }: ConfigSources['flags'],
  environment: ConfigSources['environment'],
): string | undefined {
  const filename = typeof config === 'string' ? config : environment['RADMETER_CONFIG'];
  return filename === '' ? undefined : filename;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
