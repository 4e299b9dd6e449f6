/** What a verdict is in one plain sentence, in the languages people are addressed in (contract §0.19). Pure. */
import type { AllowancePeriod, Reason, Verdict } from './verdict.ts';

export type Language = 'fr' | 'en';
export const LANGUAGES: readonly Language[] = ['fr', 'en'];

export interface SentenceOptions {
  readonly username: string;
  readonly language: Language;
  /** IANA name of the zone instants are told in. */
  readonly timezone: string;
}

/** Returns the answer to "why can't this user be online": whether they may, and the numbers and instants it rests on. */
export function verdictSentence(verdict: Verdict, { username, language, timezone }: SentenceOptions): string {
  const words = WORDS[language];
  const teller: Teller = {
    size: (octets) => sizeText(octets, language),
    instant: (at) => words.instant(instantParts(at, { locale: words.locale, timezone })),
  };
  const clauses = verdict.reasons.map((reason) => words.reasons[reason.code](reason, teller));
  if (verdict.reasons.length === 0) return words.allowed(username, leftText(verdict, words, teller));
  const because = clauses.join(words.and);
  if (verdict.isThrottled && verdict.isAllowed) return words.throttled(username, because);
  if (verdict.isAllowed) return words.noticed(username, because);
  return verdict.mayStayOnline ? words.full(username, because) : words.refused(username, because);
}

/** How numbers and instants are told. */
interface Teller {
  readonly size: (octets: number) => string;
  readonly instant: (epochMs: number) => string;
}

interface InstantParts {
  readonly day: string;
  readonly month: string;
  readonly year: string;
  readonly time: string;
}

interface Words {
  readonly locale: string;
  readonly and: string;
  readonly instant: (parts: InstantParts) => string;
  readonly allowed: (username: string, left: string) => string;
  readonly throttled: (username: string, because: string) => string;
  readonly noticed: (username: string, because: string) => string;
  readonly full: (username: string, because: string) => string;
  readonly refused: (username: string, because: string) => string;
  readonly left: Readonly<Record<AllowancePeriod, (size: string) => string>>;
  readonly unlimited: string;
  readonly reasons: Readonly<Record<Reason['code'], (reason: Reason, teller: Teller) => string>>;
}

function quota(name: string, spent: (reason: Reason, teller: Teller) => string, none: string) {
  return (reason: Reason, teller: Teller) =>
    reason.limit === 0 ? `${name} ${none}` : `${name} ${spent(reason, teller)}`;
}

const frenchQuota = (name: string) =>
  quota(
    name,
    ({ used, limit, endsAt }, { size, instant }) =>
      `est épuisé (${size(used ?? 0)} sur ${size(limit ?? 0)})${endsAt === null ? '' : `, jusqu'au ${instant(endsAt)}`}`,
    "n'autorise rien",
  );

const FRENCH: Words = {
  locale: 'fr-FR',
  and: ' ; ',
  instant: ({ day, month, year, time }) => `${day} ${month} ${year} à ${time}`,
  allowed: (username, left) => `${username} peut être en ligne${left}.`,
  throttled: (username, because) => `${username} peut être en ligne, mais à débit réduit : ${because}.`,
  noticed: (username, because) =>
    `${username} peut être en ligne, bien que la limite soit atteinte : ${because}.`,
  full: (username, because) => `${username} ne peut pas ouvrir une session de plus : ${because}.`,
  refused: (username, because) => `${username} ne peut pas être en ligne : ${because}.`,
  left: {
    daily: (size) => ` ; il reste ${size} aujourd'hui`,
    weekly: (size) => ` ; il reste ${size} cette semaine`,
    monthly: (size) => ` ; il reste ${size} ce mois-ci`,
    total: (size) => ` ; il reste ${size} en tout`,
  },
  unlimited: ', sans limite de volume',
  reasons: {
    disabled: () => 'le compte est désactivé',
    radius_disabled: () => "l'accès au réseau est désactivé pour ce compte",
    promotion_inactive: () => 'la promotion dont vient le profil est inactive',
    expired: ({ since }, { instant }) =>
      `la validité du profil a pris fin${since === null ? '' : ` le ${instant(since)}`}`,
    quota_daily: frenchQuota('le quota journalier'),
    quota_weekly: frenchQuota('le quota hebdomadaire'),
    quota_monthly: frenchQuota('le quota mensuel'),
    quota_total: frenchQuota('le volume total'),
    simultaneous_use: ({ used, limit }) =>
      `${used} ${used === 1 ? 'session ouverte' : 'sessions ouvertes'} sur ${limit} ${limit === 1 ? 'permise' : 'permises'}`,
  },
};

const englishQuota = (name: string) =>
  quota(
    name,
    ({ used, limit, endsAt }, { size, instant }) =>
      `is spent (${size(used ?? 0)} of ${size(limit ?? 0)})${endsAt === null ? '' : `, until ${instant(endsAt)}`}`,
    'allows nothing',
  );

const ENGLISH: Words = {
  locale: 'en-GB',
  and: '; ',
  instant: ({ day, month, year, time }) => `${day} ${month} ${year} at ${time}`,
  allowed: (username, left) => `${username} may be online${left}.`,
  throttled: (username, because) => `${username} may be online, but slower: ${because}.`,
  noticed: (username, because) => `${username} may be online, although a limit is reached: ${because}.`,
  full: (username, because) => `${username} cannot open another session: ${because}.`,
  refused: (username, because) => `${username} cannot be online: ${because}.`,
  left: {
    daily: (size) => `; ${size} are left today`,
    weekly: (size) => `; ${size} are left this week`,
    monthly: (size) => `; ${size} are left this month`,
    total: (size) => `; ${size} are left in all`,
  },
  unlimited: ', without a limit on volume',
  reasons: {
    disabled: () => 'the account is deactivated',
    radius_disabled: () => 'network access is switched off for the account',
    promotion_inactive: () => 'the promotion that the profile comes from is inactive',
    expired: ({ since }, { instant }) =>
      `the validity of the profile ended${since === null ? '' : ` on ${instant(since)}`}`,
    quota_daily: englishQuota('the daily quota'),
    quota_weekly: englishQuota('the weekly quota'),
    quota_monthly: englishQuota('the monthly quota'),
    quota_total: englishQuota('the total volume'),
    simultaneous_use: ({ used, limit }) =>
      `${used} ${used === 1 ? 'session is' : 'sessions are'} open of ${limit} allowed`,
  },
};

const WORDS: Readonly<Record<Language, Words>> = { fr: FRENCH, en: ENGLISH };

/** What ends first: the smallest remainder, and of equal ones the one of the longest period. */
function leftText({ allowances }: Verdict, words: Words, { size }: Teller): string {
  const [least] = allowances.toReversed().sort((a, b) => a.remaining - b.remaining);
  return least === undefined ? words.unlimited : words.left[least.period](size(least.remaining));
}

const UNITS = {
  fr: ['octets', 'Ko', 'Mo', 'Go', 'To', 'Po'],
  en: ['octets', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'],
} as const satisfies Record<Language, readonly string[]>;

/** 1 Go is 1 GiB, as in the document the replaced system is described by. */
function sizeText(octets: number, language: Language): string {
  const units = UNITS[language];
  const power = Math.min(Math.floor(Math.log2(Math.max(1, octets)) / 10), units.length - 1);
  const number = power === 0 ? String(octets) : (octets / 1024 ** power).toFixed(2);
  return `${language === 'fr' ? number.replace('.', ',') : number} ${units[power]}`;
}

function instantParts(at: number, { locale, timezone }: { locale: string; timezone: string }): InstantParts {
  const format = new Intl.DateTimeFormat(locale, {
    timeZone: timezone,
    ...{
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    },
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return {
    day: part('day'),
    month: part('month'),
    year: part('year'),
    time: `${part('hour')}:${part('minute')}`,
  };
}
