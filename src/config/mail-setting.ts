/** The settings of what leaves for users: the mail server, the sender's address and the SMS webhook. */
import { readFileSync } from 'node:fs';
import { type Parse, refuse, text } from './values.ts';

/** The mail server as `smtp-url` names it; its password is a setting of its own. */
export interface SmtpSetting {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'off';
  /** A file of certificates (PEM) to trust beside the system's; null without. */
  readonly caFile: string | null;
  readonly user: string | null;
}

const PORTS = { implicit: 465, starttls: 587, off: 25 };
const EXPECTED = 'expected smtp://USER@HOST:PORT (STARTTLS) or smtps://USER@HOST:PORT (TLS)';

/** Reads `smtp-url`. Nothing is sent in clear unless it says `?tls=off`. */
export const smtpUrl: Parse<SmtpSetting | null> = (raw, report) => {
  if (raw === 'none' || raw === '' || raw === null) return null;
  const value = text(raw, report);
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') {
    return refuse(report, EXPECTED);
  }
  if (url.password !== '') return refuse(report, 'the password belongs into smtp-password, not into the URL');
  if (url.pathname.length > 1 || url.hash !== '') return refuse(report, EXPECTED);
  const unknown = [...url.searchParams.keys()].find((key) => key !== 'tls' && key !== 'ca');
  if (unknown !== undefined)
    return refuse(report, 'an unknown option after "?"; known are tls=off and ca=PATH');
  const off = url.searchParams.get('tls');
  if (off !== null && (off !== 'off' || url.protocol === 'smtps:')) {
    return refuse(report, 'tls=off is all that can be said of TLS, and only with smtp://');
  }
  const caFile = url.searchParams.get('ca');
  if (caFile !== null && !isReadable(caFile)) return refuse(report, 'the file after ca= cannot be read');
  const tls = url.protocol === 'smtps:' ? 'implicit' : off === 'off' ? 'off' : 'starttls';
  return {
    // URL keeps the brackets of an IPv6 address.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? PORTS[tls] : Number(url.port),
    tls,
    caFile,
    user: url.username === '' ? null : decoded(url.username),
  };
};

function isReadable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    // Which of the ways a file can be missing does not matter: its name is what is looked at.
    return false;
  }
}

/** What is no escape is meant as it stands. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Returns the setting as it was written, for people. */
export function smtpText(setting: SmtpSetting | null): string {
  if (setting === null) return 'none';
  const { host, port, tls, user, caFile } = setting;
  const place = `${user === null ? '' : `${user}@`}${host.includes(':') ? `[${host}]` : host}:${port}`;
  const how = { implicit: 'TLS', starttls: 'STARTTLS', off: 'in clear' }[tls];
  return `${tls === 'implicit' ? 'smtps' : 'smtp'}://${place} (${how}${caFile === null ? '' : `, ${caFile}`})`;
}

const ADDRESS = /^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/;

/** Reads `mail-from`: an address, or a name and an address. */
export const mailFrom: Parse<string | null> = (raw, report) => {
  if (raw === 'none' || raw === null) return null;
  if (typeof raw === 'string') {
    const [, name = '', address = raw.trim()] = /^([^<>]*)<([^<>]+)>$/.exec(raw.trim()) ?? [];
    if (ADDRESS.test(address) && !/[\p{Cc}]/u.test(name)) return raw.trim();
  }
  return refuse(report, 'expected an address such as noreply@example.org, or Name <noreply@example.org>');
};

/** Reads `sms-webhook-url`. */
export const webhookUrl: Parse<string | null> = (raw, report) => {
  if (raw === 'none' || raw === '' || raw === null) return null;
  const value = text(raw, report);
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    return refuse(report, 'expected an http:// or https:// address');
  }
  if (url.username !== '' || url.password !== '') {
    return refuse(report, 'what it is to be told in secret belongs into sms-webhook-secret');
  }
  return value;
};

/** Returns a webhook's address without what may be a key: its query. */
export function redactWebhook(value: string): string {
  const url = new URL(value);
  return url.search === '' ? value : `${url.origin}${url.pathname}?***`;
}
