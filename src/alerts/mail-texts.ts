/** The words mails are written in beside the alerts' own, in each language, with its form of numbers and dates (contract §0.19). */

import type { Language } from '../usage/verdict-texts.ts';
import type { AlertPeriod } from './alert.ts';

export interface MailTexts {
  /** BCP 47. */
  readonly locale: string;
  readonly profile: string;
  readonly used: Readonly<Record<AlertPeriod, string>>;
  /** As `42,5 Go sur 50 Go (85 %)`. */
  readonly usedOf: (used: string, limit: string, percent: string) => string;
  readonly validUntil: string;
  readonly gib: string;
  /** What `radmeter mail test` sends. */
  readonly test: { readonly subject: string; readonly text: string };
}

export const MAIL_TEXTS: Readonly<Record<Language, MailTexts>> = {
  fr: {
    locale: 'fr',
    profile: 'Profil',
    used: {
      daily: 'Utilisé aujourd’hui',
      weekly: 'Utilisé cette semaine',
      monthly: 'Utilisé ce mois',
      total: 'Utilisé',
    },
    usedOf: (used, limit, percent) => `${used} sur ${limit} (${percent})`,
    validUntil: 'Valable jusqu’au',
    gib: 'Go',
    test: {
      subject: 'Essai de radmeter',
      text: 'Ce message montre que radmeter peut envoyer du courrier.',
    },
  },
  en: {
    locale: 'en-GB',
    profile: 'Profile',
    used: {
      daily: 'Used today',
      weekly: 'Used this week',
      monthly: 'Used this month',
      total: 'Used',
    },
    usedOf: (used, limit, percent) => `${used} of ${limit} (${percent})`,
    validUntil: 'Valid until',
    gib: 'GiB',
    test: {
      subject: 'A test by radmeter',
      text: 'This message shows that radmeter can send mail.',
    },
  },
};
