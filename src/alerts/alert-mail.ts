/** The mail an alert becomes: the contract's subject and text, and the same with figures in HTML (contract §7). Pure. */

import type { Language } from '../usage/verdict-texts.ts';
import { isExpiryAlert } from './alert.ts';
import { alertMessage } from './alert-message.ts';
import { ALERT_TEXTS } from './alert-texts.ts';
import type { DueAlert, DueUser } from './due-alerts.ts';
import { MAIL_TEXTS } from './mail-texts.ts';

/** What a mail says. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** In which words, and at which local time, people are told. */
export interface Wording {
  readonly language: Language;
  /** IANA name; dates are shown in it. */
  readonly timezone: string;
}

const GIB = 1024 ** 3;

/** Returns the mail of an alert. Its text is the message alone, as in the replaced system; the HTML part adds where the user stands. */
export function alertMail(due: DueAlert, wording: Wording): MailContent {
  const { labels, subject } = ALERT_TEXTS[wording.language];
  const text = alertMessage(due.alert, due.user, wording.language);
  return {
    subject: subject(labels[due.alert.alertType]),
    text,
    html: htmlPage(text, factsOf(due, wording), wording.language),
  };
}

/** Returns the mail that tells a user whom a reset has let in again. */
export function restoredMail(
  user: Pick<DueUser, 'profileName' | 'validUntil'>,
  wording: Wording,
): MailContent {
  const { restored: text, restoredSubject: subject } = ALERT_TEXTS[wording.language];
  const facts = [profileFact(user, wording), ...validityFacts(user, wording)];
  return { subject, text, html: htmlPage(text, facts, wording.language) };
}

/** Returns the mail that shows whether mail can be sent. */
export function testMail(language: Language): MailContent {
  const { subject, text } = MAIL_TEXTS[language].test;
  return { subject, text, html: htmlPage(text, [], language) };
}

type Fact = readonly [name: string, value: string];

function factsOf({ alert, user, currentPercent }: DueAlert, wording: Wording): Fact[] {
  const texts = MAIL_TEXTS[wording.language];
  const forms = formsOf(wording);
  const facts = [profileFact(user, wording)];
  const limit = user.limits[alert.period];
  if (!isExpiryAlert(alert) && limit !== null) {
    const value = texts.usedOf(
      gibText(user.used[alert.period], wording),
      gibText(limit, wording),
      forms.percent.format(currentPercent / 100),
    );
    facts.push([texts.used[alert.period], value]);
  }
  return [...facts, ...validityFacts(user, wording)];
}

function profileFact({ profileName }: Pick<DueUser, 'profileName'>, { language }: Wording): Fact {
  return [MAIL_TEXTS[language].profile, profileName];
}

function validityFacts({ validUntil }: Pick<DueUser, 'validUntil'>, wording: Wording): Fact[] {
  if (validUntil === null) return [];
  return [[MAIL_TEXTS[wording.language].validUntil, formsOf(wording).date.format(validUntil)]];
}

/** Returns octets as `42,5 Go` or `42.5 GiB`. */
function gibText(octets: number, wording: Wording): string {
  return `${formsOf(wording).number.format(octets / GIB)} ${MAIL_TEXTS[wording.language].gib}`;
}

interface Forms {
  readonly number: Intl.NumberFormat;
  readonly percent: Intl.NumberFormat;
  readonly date: Intl.DateTimeFormat;
}

/** Making one takes longer than the rest of a mail. One radmeter has one language and one zone. */
const made = new Map<string, Forms>();

function formsOf({ language, timezone }: Wording): Forms {
  const key = `${language} ${timezone}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const { locale } = MAIL_TEXTS[language];
  const forms = {
    number: new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }),
    percent: new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }),
    date: new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: timezone }),
  };
  made.set(key, forms);
  return forms;
}

function htmlPage(text: string, facts: readonly Fact[], language: Language): string {
  const rows = facts.map(
    ([name, value]) => `<tr><th align="left">${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  const table = rows.length === 0 ? '' : `\n<table>\n${rows.join('\n')}\n</table>`;
  const message = escaped(text).replace(/\r\n?|\n/g, '<br>\n');
  return `<!DOCTYPE html>
<html lang="${language}">
<head><meta charset="utf-8"></head>
<body>
<p>${message}</p>${table}
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Whatever a user is called and whatever a template says is text. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
