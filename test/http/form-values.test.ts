/** What text of a form means under the schema of a body: each case says which JSON it stands for. */
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../../src/http/form-values.ts';

const integer = { type: 'integer' };
const orNull = { type: ['integer', 'null'] };
const anyOf = { anyOf: [{ type: 'integer' }, { type: 'null' }] };
const flag = { type: 'boolean' };
const textOrNull = { type: ['string', 'null'] };
const text = { type: 'string' };

/** Reads one field. */
const meant = (schema: unknown, ...texts: string[]) =>
  valuesOf(
    texts.map((each) => ['field', each]),
    { type: 'object', properties: { field: schema } },
  )['field'];

describe('a field of a form', () => {
  it.each<[schema: object, text: string, value: unknown]>([
    [integer, '5120', 5120],
    [integer, '0', 0],
    [integer, '-1', -1],
    [integer, '1.5', 1.5],
    [integer, '1e3', 1000],
    [integer, '9007199254740991', Number.MAX_SAFE_INTEGER],
    [integer, '1e999', Number.POSITIVE_INFINITY],
    [{ type: 'number' }, '0.25', 0.25],
    [orNull, '7', 7],
    [anyOf, '7', 7],
    [{ type: 'integer', enum: [7, 14] }, '14', 14],
  ])('of %j is the number that %s writes', (schema, sent, value) => {
    expect(meant(schema, sent)).toBe(value);
  });

  it.each([
    '',
    ' ',
    '5 ',
    ' 5',
    '05',
    '+5',
    '5.',
    '.5',
    '0x10',
    '1_000',
    '1,5',
    'NaN',
    'Infinity',
    '５',
    'true',
    'null',
  ])('that %j cannot be a number stays text, to be refused', (sent) => {
    expect(meant(integer, sent)).toBe(sent);
  });

  it.each([
    ...['true', 'True', 'TRUE', 'on', 'On', '1'].map((word) => [word, true] as const),
    ...['false', 'False', 'FALSE', 'off', 'Off', '0'].map((word) => [word, false] as const),
  ])('of a boolean that says %s is %s', (sent, value) => {
    expect(meant(flag, sent)).toBe(value);
    expect(meant({ type: ['boolean', 'null'] }, sent)).toBe(value);
  });

  it.each(['', ' true', '2', '01', 'yep', 'null', 'constructor'])(
    'that %j cannot be a boolean stays text, to be refused',
    (sent) => {
      expect(meant(flag, sent)).toBe(sent);
    },
  );

  it.each([orNull, anyOf, textOrNull, { type: ['boolean', 'null'] }, { anyOf: [text, { type: 'null' }] }])(
    'of %j that is empty is null',
    (schema) => {
      expect(meant(schema, '')).toBeNull();
    },
  );

  it.each([text, textOrNull, { type: 'string', enum: ['5', 'true'] }, { enum: ['5'] }, {}])(
    'of %j is the text, whatever it looks like',
    (schema) => {
      for (const sent of ['5', 'true', 'null', '{"a":1}', ' a ']) expect(meant(schema, sent)).toBe(sent);
    },
  );

  it('of text that is empty is empty', () => {
    expect(meant(text, '')).toBe('');
  });

  it('that comes twice counts as it came last', () => {
    expect(meant(flag, 'false', 'on')).toBe(true);
    expect(meant(text, 'a', 'b')).toBe('b');
  });

  it('is an array where the schema asks for one, of whatever it asks for', () => {
    const list = { type: 'array', items: integer };
    expect(meant(list, '1', '2', 'x')).toEqual([1, 2, 'x']);
    expect(meant(list, '1')).toEqual([1]);
    expect(meant({ type: 'array', items: text }, '1')).toEqual(['1']);
  });
});

it.each(['toString', 'hasOwnProperty', '__proto__', 'constructor', 'type'])(
  'a field %s that the schema does not name is the text, and the body its own',
  (name) => {
    const body = valuesOf([[name, '5']], { type: 'object', properties: { field: integer } });
    expect(Object.entries(body)).toEqual([[name, '5']]);
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
  },
);
