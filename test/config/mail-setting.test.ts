/** The settings of mail and the SMS webhook: TLS unless it is turned off by name, and no secret where it would be seen. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { effectiveSettings } from '../../src/config/effective-settings.ts';
import { loadConfig } from '../../src/config/load-config.ts';

const FROM = { 'mail-from': 'Wi-Fi <noreply@example.org>' };
const load = (flags: Record<string, string>) => loadConfig({ flags: { ...FROM, ...flags }, environment: {} });

describe('smtp-url', () => {
  it.each([
    ['smtps://mail.example.org', { host: 'mail.example.org', port: 465, tls: 'implicit' }],
    ['smtp://mail.example.org', { host: 'mail.example.org', port: 587, tls: 'starttls' }],
    ['smtp://mail.example.org?tls=off', { port: 25, tls: 'off' }],
    ['smtp://[2001:db8::1]:2525', { host: '2001:db8::1', port: 2525, tls: 'starttls' }],
    ['none', null],
  ])('%s', (url, expected) => {
    const { smtpUrl } = load({ 'smtp-url': url }).config;
    if (expected === null) expect(smtpUrl).toBeNull();
    else expect(smtpUrl).toMatchObject(expected);
  });

  it('names a user, whose password comes apart', () => {
    const url = 'smtp://campus%40gmail.com@smtp.gmail.com:587';
    const { config, secrets } = load({ 'smtp-url': url, 'smtp-password': 's3cret' });
    expect(config.smtpUrl?.user).toBe('campus@gmail.com');
    expect([config.smtpPassword, secrets.smtpPassword]).toEqual(['***', 's3cret']);
  });

  it.each([
    [{ 'smtp-url': 'http://mail.example.org' }, /expected smtp:\/\/USER@HOST:PORT/],
    [{ 'smtp-url': 'smtp://u:hidden@mail.example.org' }, /belongs into smtp-password/],
    [{ 'smtp-url': 'smtps://mail.example.org?tls=off' }, /only with smtp:\/\//],
    [{ 'smtp-url': 'smtp://mail.example.org?tls=no' }, /tls=off is all/],
    [{ 'smtp-url': 'smtp://mail.example.org?secure=no' }, /unknown option/],
    [{ 'smtp-url': 'smtp://mail.example.org?ca=/nowhere/hidden.pem' }, /cannot be read/],
    [{ 'smtp-url': 'smtp://u@mail.example.org' }, /smtp-password is missing/],
    [{ 'smtp-password': 'hidden' }, /smtp-url names no user/],
    [{ 'smtp-url': 'smtp://mail.example.org', 'mail-from': 'none' }, /mail-from is missing/],
    [{ 'mail-from': 'a@b.c, d@e.f' }, /expected an address/],
    [{ 'sms-webhook-url': 'ftp://sms.example.org' }, /expected an http/],
    [{ 'sms-webhook-url': 'https://u:hidden@sms.example.org' }, /belongs into sms-webhook-secret/],
    [{ 'sms-webhook-secret': 'hidden' }, /sms-webhook-url is missing/],
  ])('%j is refused, and no secret shown', (flags, reason) => {
    expect(() => load(flags)).toThrow(reason);
    expect(() => load(flags)).not.toThrow(/hidden/);
  });
});

it('secrets may come from files, and none is listed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'radmeter-secrets-'));
  const file = join(directory, 'password');
  writeFileSync(file, 's3cret\n');
  const loaded = load({
    'smtp-url': 'smtps://radmeter@mail.example.org',
    'smtp-password-file': file,
    'sms-webhook-url': 'https://sms.example.org/send?key=s3cret',
    'sms-webhook-secret-file': file,
  });
  rmSync(directory, { recursive: true });
  expect(loaded.secrets).toMatchObject({
    smtpPassword: 's3cret',
    smsWebhookUrl: 'https://sms.example.org/send?key=s3cret',
    smsWebhookSecret: 's3cret',
  });
  expect(JSON.stringify([loaded.config, effectiveSettings(loaded)])).not.toContain('s3cret');
});
