/** The key of stored secrets: which spellings it has, and that it is never shown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { effectiveSettings } from '../../src/config/effective-settings.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { ConfigError } from '../../src/errors.ts';

const HEX = '00112233445566778899aabbccddeeff'.repeat(2);
const BASE64 = Buffer.from(HEX, 'hex').toString('base64');
const load = (key: string, name = 'RADMETER_RADIUS_SECRETS_KEY') =>
  loadConfig({ flags: {}, environment: { [name]: key } });

it.each([
  ['hex', HEX],
  ['capital hex', HEX.toUpperCase()],
  ['base64', BASE64],
  ['base64 without padding', BASE64.replace('=', '')],
  ['base64 for URLs', Buffer.from(HEX, 'hex').toString('base64url')],
  ['hex and a line end', `${HEX}\n`],
])('is read from %s, and shown as ***', (_, key) => {
  const loaded = load(key);
  expect(loaded.secrets.radiusSecretsKey).toBe(HEX);
  expect(loaded.config.radiusSecretsKey).toBe('***');
  expect(JSON.stringify([loaded.config, effectiveSettings(loaded)])).not.toMatch(/0011223|ABEiM0/);
});

it.each(['none', ''])('is none with "%s"', (key) => {
  expect(load(key).secrets.radiusSecretsKey).toBeNull();
});

it('is read from a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'radmeter-'));
  writeFileSync(join(directory, 'key'), `${BASE64}\n`);
  const loaded = load(join(directory, 'key'), 'RADMETER_RADIUS_SECRETS_KEY_FILE');
  rmSync(directory, { recursive: true });
  expect(loaded.secrets.radiusSecretsKey).toBe(HEX);
});

it.each([
  'hidden',
  HEX.slice(2),
  `${HEX}00`,
  `${HEX.slice(1)}g`,
  BASE64.slice(4),
  `${BASE64}${BASE64}`,
  'A'.repeat(42),
])('is refused by its name and never shown: %s', (key) => {
  const error = catchConfigError(() => load(key));
  expect(error?.message).toMatch(
    /^radius-secrets-key \(RADMETER_RADIUS_SECRETS_KEY\): expected 32 random octets as 64 hex digits or /,
  );
  expect(error?.message).not.toContain(key);
});

function catchConfigError(action: () => void): ConfigError | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  return undefined;
}
