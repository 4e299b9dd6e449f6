/** The settings in force, as they may be shown. */
import type { LoadedConfig } from './load-config.ts';
import type { Setting } from './setting.ts';
import { SETTINGS, type SettingKey } from './settings.ts';

export interface EffectiveSetting {
  readonly name: string;
  /** For programs; holds no secret. */
  readonly value: unknown;
  /** For people. */
  readonly shown: string;
  /** "--timezone", "RADMETER_TIMEZONE", "FILE:LINE" or "default". */
  readonly origin: string;
}

/** Returns every setting with its value and where it came from, without secrets. */
export function effectiveSettings({ config, origins }: LoadedConfig): readonly EffectiveSetting[] {
  const entries: [SettingKey, Setting<unknown>][] = [];
  for (const key of Object.keys(SETTINGS)) {
    if (isSettingKey(key)) entries.push([key, SETTINGS[key]]);
  }
  return entries.map(([key, setting]) => {
    const value = config[key];
    return { name: setting.name, value, shown: setting.show?.(value) ?? String(value), origin: origins[key] };
  });
}

function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}
