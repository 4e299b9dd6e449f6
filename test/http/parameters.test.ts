/** Values of query strings: what they mean, and how what means nothing is refused. */
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { booleanParameter, idParameter, instantParameter } from '../../src/http/parameters.ts';

describe('an id', () => {
  it.each([
    ['7', 7],
    ['007', 7],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j', (text, id) => {
    expect(idParameter('user', text)).toBe(id);
  });

  it.each(['abc', '-1', '1.5', '1e3', '9'.repeat(16), ' 7', "1' OR 1=1"])('%j is refused', (text) => {
    expect(() => idParameter('user', text)).toThrow(
      expect.objectContaining({
        code: 'invalid',
        field: 'user',
        message: expect.stringMatching(/^user: expected/),
      }),
    );
  });
});

describe('an instant', () => {
  it.each([
    ['2025-12-11', '2025-12-11T00:00:00.000Z'],
    ['2025-12-11T12:30Z', '2025-12-11T12:30:00.000Z'],
    ['2025-12-11T12:30:05.123456Z', '2025-12-11T12:30:05.123Z'],
    ['2025-12-11T12:30:05+02:00', '2025-12-11T10:30:05.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(new Date(instantParameter('since', text) ?? 0).toISOString()).toBe(iso);
  });

  it.each(['2025-02-29', '2025-13-01', '2025-12-11T25:00Z', '2025-12-11T12:00', 'yesterday', '1765411200'])(
    '%s is refused',
    (text) => {
      expect(() => instantParameter('since', text)).toThrow(AppError);
    },
  );

  it('is not said by an empty text', () => {
    expect(instantParameter('since', '')).toBeUndefined();
  });
});

describe('a boolean', () => {
  it.each([
    ['true', true],
    ['True', true],
    ['FALSE', false],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j', (text, value) => {
    expect(booleanParameter('is_active', text)).toBe(value);
  });

  it.each(['1', '0', 'yes', ' true'])('%j is refused', (text) => {
    expect(() => booleanParameter('is_active', text)).toThrow(
      expect.objectContaining({ code: 'invalid', field: 'is_active' }),
    );
  });
});
