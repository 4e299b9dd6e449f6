/** What the mail of an alert says, with figures in the language's form (contract §7, §0.19). */
import { expect, it } from 'vitest';
import { alertMail, testMail } from '../../src/alerts/alert-mail.ts';
import type { DueAlert } from '../../src/alerts/due-alerts.ts';

const GIB = 1024 ** 3;

const due: DueAlert = {
  alert: {
    ...{ id: 1, profileId: 1, alertType: 'quota_warning', thresholdPercent: 80, thresholdDays: null },
    ...{ period: 'weekly', notificationMethod: 'email', isActive: true, messageTemplate: null },
    ...{ createdById: null, createdAt: '', updatedAt: '' },
  },
  user: {
    ...{ userId: 7, username: 'john', email: 'john@example.org', phoneNumber: null, profileName: 'A & B' },
    usageCreatedAt: null,
    used: { daily: 0, weekly: 1042.25 * GIB, monthly: 0, total: 0 },
    limits: { daily: null, weekly: 1200 * GIB, monthly: null, total: null },
    daysRemaining: 3,
    validUntil: Date.parse('2026-01-10T12:00:00Z'),
  },
  currentPercent: (1042.25 / 1200) * 100,
  armKey: '',
};

it.each([
  [
    'fr',
    'Alerte profil: Avertissement quota',
    'Attention: 86.85% de votre quota hebdomadaire utilisé',
    '<tr><th align="left">Utilisé cette semaine</th><td>1\u202f042,25 Go sur 1\u202f200 Go (86,9\u00a0%)</td></tr>',
    '<tr><th align="left">Valable jusqu’au</th><td>10 janvier 2026 à 13:00</td></tr>',
  ],
  [
    'en',
    'Profile alert: Quota warning',
    'Warning: 86.85% of your weekly quota used',
    '<tr><th align="left">Used this week</th><td>1,042.25 GiB of 1,200 GiB (86.9%)</td></tr>',
    '<tr><th align="left">Valid until</th><td>10 January 2026 at 13:00</td></tr>',
  ],
] as const)('has its words, numbers and dates in %s', (language, subject, text, used, validUntil) => {
  const mail = alertMail(due, { language, timezone: 'Africa/Douala' });
  expect(mail).toMatchObject({ subject, text });
  for (const part of [`<html lang="${language}">`, `<p>${text}</p>`, used, validUntil, '<td>A &amp; B</td>'])
    expect(mail.html).toContain(part);
});

it.each([
  ['fr', 'Essai de radmeter'],
  ['en', 'A test by radmeter'],
] as const)('tries out whether mail can be sent in %s', (language, subject) => {
  expect(testMail(language)).toMatchObject({ subject, html: expect.stringContaining(`lang="${language}"`) });
});
