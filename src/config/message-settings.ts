/** Settings: how people are addressed, and by which ways. */
import { mailFrom, redactWebhook, type SmtpSetting, smtpText, smtpUrl, webhookUrl } from './mail-setting.ts';
import { type Setting, setting } from './setting.ts';
import { oneOf, secretText, timezone } from './values.ts';

/** The settings, in the order in which they are shown. */
export const MESSAGE_SETTINGS = {
  timezone: setting<string | null>({
    name: 'timezone',
    type: 'IANA time zone',
    description: 'Where days, weeks and months begin; a database keeps the one it was begun with.',
    default: null,
    example: 'Africa/Dakar',
    parse: timezone,
    show: (zone) => zone ?? `${systemTimezone()} (the system's), unless the database has one`,
  }),
  language: setting<'fr' | 'en'>({
    name: 'language',
    type: 'fr or en',
    description: 'The language users are addressed in.',
    default: 'fr',
    example: 'en',
    parse: oneOf(['fr', 'en']),
  }),
  smtpUrl: setting<SmtpSetting | null>({
    name: 'smtp-url',
    type: 'URL or none',
    description:
      'The mail server: smtp://USER@HOST:587 for STARTTLS, smtps://USER@HOST:465 for TLS; ?tls=off with smtp:// sends in clear, ?ca=PATH trusts the certificates in a file.',
    default: null,
    example: 'smtps://mail.example.org',
    parse: smtpUrl,
    // People write the password into it, where it is refused.
    secret: true,
    show: smtpText,
  }),
  smtpPassword: setting<string | null>({
    name: 'smtp-password',
    type: 'text',
    description: 'The password of the user in `smtp-url`.',
    default: null,
    example: 's3cret',
    parse: secretText,
    secret: true,
    show: (password) => (password === null ? 'none' : '***'),
  }),
  mailFrom: setting<string | null>({
    name: 'mail-from',
    type: 'address',
    description: 'The sender of mail: an address, or a name and an address.',
    default: null,
    example: 'Wi-Fi du campus <noreply@example.org>',
    parse: mailFrom,
    show: (from) => from ?? 'none',
  }),
  smsWebhookUrl: setting<string | null>({
    name: 'sms-webhook-url',
    type: 'URL or none',
    description: 'What is posted each text message as JSON.',
    default: null,
    example: 'https://sms.example.org/send',
    parse: webhookUrl,
    secret: true,
    show: (url) => (url === null ? 'none' : redactWebhook(url)),
  }),
  smsWebhookSecret: setting<string | null>({
    name: 'sms-webhook-secret',
    type: 'text',
    description: 'What the SMS webhook knows radmeter by (Authorization: Bearer).',
    default: null,
    example: 's3cret',
    parse: secretText,
    secret: true,
    show: (secret) => (secret === null ? 'none' : '***'),
  }),
} satisfies Record<string, Setting<unknown>>;

/** The time zone this machine is set to. */
function systemTimezone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
