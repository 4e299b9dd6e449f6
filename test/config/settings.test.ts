/** The table of settings: what is derived from it agrees with it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commonFlags, daemonFlags } from '../../src/config/flags.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { NAS_SETTING_KINDS } from '../../src/config/nas-setting.ts';
import type { Setting } from '../../src/config/setting.ts';
import { FROM_FILE, SETTINGS, variableOf } from '../../src/config/settings.ts';
import { KINDS } from '../../src/nas/nas.ts';

const ALL: readonly Setting<unknown>[] = Object.values(SETTINGS);

/** What a setting cannot be given without. */
const COMPANIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'http-tls-cert': { 'http-tls-key': 'key.pem' },
  'http-tls-key': { 'http-tls-cert': 'cert.pem' },
  'smtp-url': { 'mail-from': 'noreply@example.org' },
  'smtp-password': { 'smtp-url': 'smtp://radmeter@mail.example.org', 'mail-from': 'noreply@example.org' },
  'sms-webhook-secret': { 'sms-webhook-url': 'https://sms.example.org/' },
};

describe('every setting', () => {
  it.each(ALL.map((setting) => [setting.name, setting] as const))(
    '%s accepts its own example',
    (name, setting) => {
      if (setting.fileOnly) return;
      const flags = { ...COMPANIONS[name], [name]: setting.example };
      expect(() => loadConfig({ flags, environment: {} })).not.toThrow();
    },
  );

  it('is a flag of some command unless only the file can hold it', () => {
    const flags = [...Object.keys(commonFlags()), ...Object.keys(daemonFlags())];
    const expected = ALL.filter((setting) => !setting.fileOnly).map((setting) => setting.name);
    const files = FROM_FILE.map((name) => `${name}-file`);
    expect(flags.toSorted()).toEqual([...expected, 'config', ...files].toSorted());
  });

  it('says its variable and its default in the help', () => {
    for (const [name, option] of Object.entries(daemonFlags())) {
      expect(option.describe).toContain(`[${variableOf(name)}]`);
      if (!name.endsWith('-file')) expect(option.describe).toContain('(default ');
    }
  });
});

it('the kinds of NAS a file may name are the kinds there are', () => {
  expect(NAS_SETTING_KINDS).toEqual(KINDS);
});

it('the sample configuration is accepted', () => {
  const config = join(import.meta.dirname, '../../systemd/radmeter.yaml');
  expect(loadConfig({ flags: { config }, environment: {} }).config.stateDir).toBe('/var/lib/radmeter');
});
