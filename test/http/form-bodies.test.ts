/** Bytes of forms, as browsers and programs write them, and as they should not. */
import { describe, expect, it } from 'vitest';
import { multipartFields, urlencodedFields } from '../../src/http/form-bodies.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('a form as application/x-www-form-urlencoded', () => {
  it.each<[bytes: string | Buffer, fields: [string, string][]]>([
    [
      'a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['name=%C3%89tudiant+%2B+1%26', [['name', 'Étudiant + 1&']]],
    ['name=Étudiant', [['name', 'Étudiant']]],
    [
      'a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['a=b=c', [['a', 'b=c']]],
    [
      'a&b=',
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
    ['&&', []],
    ['a%5Bb%5D=1', [['a[b]', '1']]],
    ['toString=1', [['toString', '1']]],
    [Array.from({ length: 1_000 }, () => 'a=').join('&'), Array.from({ length: 1_000 }, () => ['a', ''])],
  ])('is read: %.40s', (bytes, fields) => {
    expect(urlencodedFields(Buffer.from(bytes))).toEqual(fields);
  });

  it.each<[what: string, bytes: Buffer, reason: string]>([
    ['a percent sign alone', Buffer.from('a=100%'), 'its text is not percent-encoded UTF-8'],
    ['digits that are none', Buffer.from('a=%zz'), 'its text is not percent-encoded UTF-8'],
    ['an octet that begins no character', Buffer.from('a=%ff'), 'its text is not percent-encoded UTF-8'],
    ['half a character', Buffer.from('a=%C3&b=%A9'), 'its text is not percent-encoded UTF-8'],
    ['a surrogate', Buffer.from('a=%ED%A0%80'), 'its text is not percent-encoded UTF-8'],
    ['Latin-1', latin1('a=\u00e9'), 'its text is not percent-encoded UTF-8'],
    ['very many fields', Buffer.from('a=&'.repeat(1_001)), 'it has more than 1000 fields'],
    ['__proto__', Buffer.from('a=1&__proto__=1'), 'no field may be called __proto__'],
    ['__proto__, encoded', Buffer.from('%5F_proto__=1'), 'no field may be called __proto__'],
    ['constructor', Buffer.from('constructor=1'), 'no field may be called constructor'],
    ['prototype', Buffer.from('prototype'), 'no field may be called prototype'],
  ])('is refused with %s', (_, bytes, reason) => {
    expect(() => urlencodedFields(bytes)).toThrow(`Form parse error - ${reason}.`);
  });
});

const TYPE = 'multipart/form-data; boundary=xyz';

/** Returns a form of parts, each with the headers beside its name, and its text. */
const formOf = (...parts: readonly (readonly [headers: string, text: string])[]) =>
  `${parts.map(([headers, text]) => `--xyz\r\nContent-Disposition: form-data; ${headers}\r\n\r\n${text}\r\n`).join('')}--xyz--\r\n`;

describe('a form as multipart/form-data', () => {
  it.each<[what: string, text: string, fields: [string, string][]]>([
    [
      'fields',
      formOf(['name="a"', '1'], ['name="b"', '']),
      [
        ['a', '1'],
        ['b', ''],
      ],
    ],
    ['text beyond ASCII', formOf(['name="é"', 'Étudiant']), [['é', 'Étudiant']]],
    ['lines', formOf(['name="a"', '1\r\n\r\n--2']), [['a', '1\r\n\r\n--2']]],
    ['a name without quotes', formOf(['name=a', '1']), [['a', '1']]],
    ['a type', formOf(['name="a"\r\nContent-Type: text/plain; charset=utf-8', 'é']), [['a', 'é']]],
    ['JSON as text', formOf(['name="a"\r\nContent-Type: application/json', '{"b":1}']), [['a', '{"b":1}']]],
    [
      'a name twice',
      formOf(['name="a"', '1'], ['name="a"', '2']),
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['nothing', '--xyz--\r\n', []],
    ['words around it', `hello\r\n${formOf(['name="a"', '1'])}bye`, [['a', '1']]],
  ])('is read: %s', async (_, text, fields) => {
    expect(await multipartFields(Buffer.from(text), TYPE)).toEqual(fields);
  });

  it('is read by whatever boundary its header names', async () => {
    const bytes = Buffer.from(formOf(['name="a"', '1']).replaceAll('--xyz', "--it's"));
    expect(await multipartFields(bytes, `Multipart/Form-Data; charset=utf-8; Boundary="it's"`)).toEqual([
      ['a', '1'],
    ]);
  });

  it.each([
    ['with a name', 'name="photo"; filename="a.png"\r\nContent-Type: image/png', 'PNG'],
    ['that nobody chose', 'name="photo"; filename=""\r\nContent-Type: application/octet-stream', ''],
    ['without a name', 'name="photo"\r\nContent-Type: application/octet-stream', 'PNG'],
    ['that is long', 'name="photo"; filename="a"', 'x'.repeat(60_000)],
    ['that is no text', 'name="photo"; filename="a"', '\u00ff\u00fe'],
  ])('is refused with a file %s, by the field of that', async (_, headers, content) => {
    const bytes = latin1(formOf(['name="a"', '1'], [headers, content], ['name="b"', '2']));
    await expect(multipartFields(bytes, TYPE)).rejects.toMatchObject({
      code: 'invalid',
      field: 'photo',
      message: 'This field takes no file.',
    });
  });

  const one = formOf(['name="a"', '1']);
  const UNTOLD = 'its parts cannot be told from each other';
  it.each<[what: string, bytes: string | Buffer, type: string, reason: string]>([
    ['no boundary', one, 'multipart/form-data', UNTOLD],
    ['an empty boundary', one, 'multipart/form-data; boundary=""', UNTOLD],
    ['a boundary that is too long', one, `multipart/form-data; boundary=${'x'.repeat(300)}`, UNTOLD],
    ['another boundary', one, 'multipart/form-data; boundary=abc', UNTOLD],
    ['no end', one.slice(0, -8), TYPE, UNTOLD],
    ['a file without end', formOf(['name="a"; filename="b"', 'x']).slice(0, -10), TYPE, UNTOLD],
    ['headers without end', '--xyz\r\nContent-Disposition: form-data', TYPE, UNTOLD],
    ['JSON', '{"a":1}', TYPE, UNTOLD],
    ['a part without a name', formOf(['x="a"', '1']), TYPE, 'a part has no name'],
    ['a file without a name', formOf(['filename="a"', '1']), TYPE, 'a part has no name'],
    ['Latin-1', latin1(formOf(['name="a"', '\u00e9'])), TYPE, 'its text is not UTF-8'],
    ['__proto__', formOf(['name="__proto__"', '1']), TYPE, 'no field may be called __proto__'],
    [
      'a file __proto__',
      formOf(['name="__proto__"; filename="a"', '1']),
      TYPE,
      'no field may be called __proto__',
    ],
    ['constructor', formOf(['name="constructor"', '1']), TYPE, 'no field may be called constructor'],
    [
      'very many fields',
      formOf(...Array.from({ length: 1_001 }, () => ['name=a', ''] as const)),
      TYPE,
      'it has more than 1000 fields',
    ],
  ])('is refused with %s', async (_, bytes, type, reason) => {
    await expect(multipartFields(Buffer.from(bytes), type)).rejects.toMatchObject({
      code: 'invalid',
      field: undefined,
      message: `Multipart form parse error - ${reason}.`,
    });
  });
});
