/** Which templates are taken, and what becomes of them. */
import { describe, expect, it } from 'vitest';
import { alertMessage } from '../../src/alerts/alert-message.ts';
import { floatText, percentText, remainingGibText } from '../../src/alerts/number-text.ts';
import { checkTemplate, renderTemplate, templateParts } from '../../src/alerts/template.ts';

const GIB = 1024 ** 3;
const VALUES = {
  username: 'john',
  email: 'john@example.org',
  profile: 'Étudiant',
  percent: '80.0',
  used_gb: '40.0',
  remaining_gb: '10.0',
  days_remaining: '3',
  limit_gb: '50.0',
};

describe('a template', () => {
  it.each([
    ['Bonjour {username} ({email})', 'Bonjour john (john@example.org)'],
    ['{percent}% de {limit_gb} Go de {profile}', '80.0% de 50.0 Go de Étudiant'],
    ['{used_gb}/{remaining_gb}, {days_remaining} j', '40.0/10.0, 3 j'],
    ['{{username}} {{{username}}}', '{username} {john}'],
    ['', ''],
  ])('%j is taken and says %j', (template, message) => {
    expect(() => checkTemplate(template)).not.toThrow();
    expect(renderTemplate(template, VALUES)).toBe(message);
  });

  it.each([
    ['{unknown}', 'got the unknown placeholder "{unknown}".'],
    ['{}', 'got the unknown placeholder "{}".'],
    ['{0}', 'got the unknown placeholder "{0}".'],
    ['{ username }', 'got the unknown placeholder "{ username }".'],
    ['{percent:.2f}', 'got the unknown placeholder "{percent:.2f}".'],
    ['{username.__class__}', 'got the unknown placeholder "{username.__class__}".'],
    ['{username!r}', 'got the unknown placeholder "{username!r}".'],
    ['{constructor}', 'got the unknown placeholder "{constructor}".'],
    ['{__proto__}', 'got the unknown placeholder "{__proto__}".'],
    ['100 } de', 'got a single "}"; write "}}" for the character itself.'],
    ['{username', 'got a single "{"; write "{{" for the character itself.'],
    ['{a{username}}', 'got a single "{"; write "{{" for the character itself.'],
  ])('%j is refused as a whole, and stays as written where another program saved it', (template, ending) => {
    expect(() => checkTemplate(template)).toThrow(
      expect.objectContaining({
        code: 'invalid',
        field: 'message_template',
        message: expect.stringContaining(ending),
      }),
    );
    expect(() => renderTemplate(template, VALUES)).not.toThrow();
  });

  it('leaves what is unknown as it is written', () => {
    expect(renderTemplate('{username}: {unknown} }', VALUES)).toBe('john: {unknown} }');
  });

  it('reads no value as a template again', () => {
    const values = { ...VALUES, username: '{email}{{}}' };
    expect(renderTemplate('{username}', values)).toBe('{email}{{}}');
  });

  it('comes in pieces for whoever must escape them', () => {
    expect(templateParts('<b>{{{username}</b>')).toEqual([
      { text: '<b>' },
      { text: '{' },
      { placeholder: 'username' },
      { text: '</b>' },
    ]);
  });
});

describe('a number in a message is what Python prints:', () => {
  it.each([
    [80, '80.0'],
    [0, '0.0'],
    [7.5, '7.5'],
    [66.666, '66.67'],
    [0.125, '0.12'],
    [120, '120.0'],
    [1e16, '1e+16'],
  ])('%s as %s', (value, text) => {
    expect(floatText(value)).toBe(text);
  });

  it.each([
    [100, 50, '100'],
    [120, 50, '120.0'],
    [0, 50, '0.0'],
    [0, 0, '0'],
    [0, null, '0'],
  ])('%s %% of %s as %s', (percent, limit, text) => {
    expect(percentText(percent, limit)).toBe(text);
  });

  it.each([
    [10 * GIB, '10.0'],
    [7.5 * GIB, '7.5'],
    [0, '0'],
    [-GIB, '0'],
  ])('%s octets that remain as %s', (octets, text) => {
    expect(remainingGibText(octets)).toBe(text);
  });
});

describe('the message', () => {
  const alert = {
    alertType: 'quota_warning',
    thresholdPercent: 80,
    thresholdDays: null,
    period: 'total',
    messageTemplate: null,
  } as const;
  const subject = {
    username: 'john',
    email: '',
    profileName: 'Étudiant',
    used: { daily: GIB, weekly: 0, monthly: 0, total: 40 * GIB },
    limits: { daily: 2 * GIB, weekly: null, monthly: null, total: 50 * GIB },
    daysRemaining: null,
  };

  it.each([
    [alert, 'fr', 'Attention: 80.0% de votre quota utilisé'],
    [{ ...alert, messageTemplate: '' }, 'fr', 'Attention: 80.0% de votre quota utilisé'],
    [alert, 'en', 'Warning: 80.0% of your quota used'],
    [{ ...alert, period: 'daily' }, 'fr', 'Attention: 50.0% de votre quota journalier utilisé'],
    [{ ...alert, alertType: 'expiry_warning' }, 'fr', 'Votre profil expire dans 0 jour(s)'],
    [{ ...alert, alertType: 'expiry_imminent' }, 'en', 'Your profile expires in 0 day(s)'],
    [{ ...alert, messageTemplate: '{username}: {remaining_gb} Go' }, 'fr', 'john: 10.0 Go'],
    [{ ...alert, messageTemplate: '{remaining_gb}', period: 'weekly' }, 'fr', 'illimité'],
  ] as const)('%j in %s: %s', (one, language, message) => {
    expect(alertMessage(one, subject, language)).toBe(message);
  });
});
