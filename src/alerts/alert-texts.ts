/** The words alerts are told in, in each language (contract §7, §0.19). */
import type { Language } from '../usage/verdict-texts.ts';
import type { AlertPeriod, AlertType } from './alert.ts';

export interface AlertTexts {
  readonly labels: Readonly<Record<AlertType, string>>;
  /** What a quota alert without a template says, by the allowance it looks at. */
  readonly quota: Readonly<Record<AlertPeriod, string>>;
  /** What an expiry alert without a template says. */
  readonly expiry: string;
  /** The subject of its mail. */
  readonly subject: (label: string) => string;
  /** What a user is told whom a reset has let in again, and the subject of that mail. */
  readonly restored: string;
  readonly restoredSubject: string;
  /** Stands for the octets of an allowance that has no limit. */
  readonly unlimited: string;
}

export const ALERT_TEXTS: Readonly<Record<Language, AlertTexts>> = {
  fr: {
    labels: {
      quota_warning: 'Avertissement quota',
      quota_critical: 'Quota critique',
      expiry_warning: 'Avertissement expiration',
      expiry_imminent: 'Expiration imminente',
    },
    quota: {
      daily: 'Attention: {percent}% de votre quota journalier utilisé',
      weekly: 'Attention: {percent}% de votre quota hebdomadaire utilisé',
      monthly: 'Attention: {percent}% de votre quota mensuel utilisé',
      total: 'Attention: {percent}% de votre quota utilisé',
    },
    expiry: 'Votre profil expire dans {days_remaining} jour(s)',
    subject: (label) => `Alerte profil: ${label}`,
    restored: 'Votre quota a été renouvelé: votre accès au réseau est rétabli',
    restoredSubject: 'Accès rétabli',
    unlimited: 'illimité',
  },
  en: {
    labels: {
      quota_warning: 'Quota warning',
      quota_critical: 'Quota critical',
      expiry_warning: 'Expiry warning',
      expiry_imminent: 'Expiry imminent',
    },
    quota: {
      daily: 'Warning: {percent}% of your daily quota used',
      weekly: 'Warning: {percent}% of your weekly quota used',
      monthly: 'Warning: {percent}% of your monthly quota used',
      total: 'Warning: {percent}% of your quota used',
    },
    expiry: 'Your profile expires in {days_remaining} day(s)',
    subject: (label) => `Profile alert: ${label}`,
    restored: 'Your quota has been renewed: your access to the network is restored',
    restoredSubject: 'Access restored',
    unlimited: 'unlimited',
  },
};
