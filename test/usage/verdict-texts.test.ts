import { describe, expect, it } from 'vitest';
import type { Reason, Verdict } from '../../src/usage/verdict.ts';
import { verdictSentence } from '../../src/usage/verdict-texts.ts';

const GIB = 1024 ** 3;
const MIDNIGHT = Date.parse('2025-12-11T23:00:00Z');

const ALLOWED: Verdict = {
  isAllowed: true,
  mayStayOnline: true,
  isThrottled: false,
  reasons: [],
  allowedAt: null,
  allowances: [],
  validUntil: null,
};

const reason = (given: Partial<Reason> & Pick<Reason, 'code'>): Reason => ({
  effect: 'cut',
  used: null,
  limit: null,
  since: null,
  endsAt: null,
  ...given,
});

const refused = (...reasons: Reason[]): Verdict => ({
  ...ALLOWED,
  isAllowed: false,
  mayStayOnline: false,
  reasons,
});

const daily = reason({ code: 'quota_daily', used: 6.2 * GIB, limit: 5 * GIB, endsAt: MIDNIGHT });
const remaining = (period: 'daily' | 'total', octets: number) =>
  ({ period, used: 0, limit: octets, remaining: octets, resetsAt: null }) as const;

describe('the sentence of a verdict', () => {
  it.each<[Verdict, fr: string, en: string]>([
    [
      refused(daily),
      "john ne peut pas être en ligne : le quota journalier est épuisé (6,20 Go sur 5,00 Go), jusqu'au 12 décembre 2025 à 00:00.",
      'john cannot be online: the daily quota is spent (6.20 GiB of 5.00 GiB), until 12 December 2025 at 00:00.',
    ],
    [
      refused(reason({ code: 'disabled' }), reason({ code: 'expired', since: MIDNIGHT })),
      'john ne peut pas être en ligne : le compte est désactivé ; la validité du profil a pris fin le 12 décembre 2025 à 00:00.',
      'john cannot be online: the account is deactivated; the validity of the profile ended on 12 December 2025 at 00:00.',
    ],
    [
      refused(reason({ code: 'radius_disabled' }), reason({ code: 'promotion_inactive' })),
      "john ne peut pas être en ligne : l'accès au réseau est désactivé pour ce compte ; la promotion dont vient le profil est inactive.",
      'john cannot be online: network access is switched off for the account; the promotion that the profile comes from is inactive.',
    ],
    [
      refused(reason({ code: 'quota_weekly', used: 0, limit: 0 })),
      "john ne peut pas être en ligne : le quota hebdomadaire n'autorise rien.",
      'john cannot be online: the weekly quota allows nothing.',
    ],
    [
      refused(reason({ code: 'quota_total', used: 2048, limit: 1000 })),
      'john ne peut pas être en ligne : le volume total est épuisé (2,00 Ko sur 1000 octets).',
      'john cannot be online: the total volume is spent (2.00 KiB of 1000 octets).',
    ],
    [
      {
        ...refused(reason({ code: 'simultaneous_use', effect: 'refuse', used: 2, limit: 1 })),
        mayStayOnline: true,
      },
      'john ne peut pas ouvrir une session de plus : 2 sessions ouvertes sur 1 permise.',
      'john cannot open another session: 2 sessions are open of 1 allowed.',
    ],
    [
      { ...ALLOWED, isThrottled: true, reasons: [{ ...daily, effect: 'throttle' }] },
      "john peut être en ligne, mais à débit réduit : le quota journalier est épuisé (6,20 Go sur 5,00 Go), jusqu'au 12 décembre 2025 à 00:00.",
      'john may be online, but slower: the daily quota is spent (6.20 GiB of 5.00 GiB), until 12 December 2025 at 00:00.',
    ],
    [
      {
        ...ALLOWED,
        reasons: [reason({ code: 'quota_monthly', effect: 'notify', used: 3 * GIB, limit: GIB })],
      },
      'john peut être en ligne, bien que la limite soit atteinte : le quota mensuel est épuisé (3,00 Go sur 1,00 Go).',
      'john may be online, although a limit is reached: the monthly quota is spent (3.00 GiB of 1.00 GiB).',
    ],
    [
      { ...ALLOWED, allowances: [remaining('daily', 5 * GIB), remaining('total', GIB)] },
      'john peut être en ligne ; il reste 1,00 Go en tout.',
      'john may be online; 1.00 GiB are left in all.',
    ],
    [
      ALLOWED,
      'john peut être en ligne, sans limite de volume.',
      'john may be online, without a limit on volume.',
    ],
  ])('says what holds, why and until when: %#', (judged, fr, en) => {
    const told = { username: 'john', timezone: 'Europe/Paris' };
    expect(verdictSentence(judged, { ...told, language: 'fr' })).toBe(fr);
    expect(verdictSentence(judged, { ...told, language: 'en' })).toBe(en);
  });
});
