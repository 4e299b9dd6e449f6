/** Fields of a fuzzed request as a form: what a browser or a script would send, and what neither should. */

export type FormPair = readonly [name: string, text: string];

export const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data'] as const;
export type FormType = (typeof FORM_TYPES)[number];

const BOUNDARY = 'fuzzed7MA4YWxkTrZu0gW';

/** How fields are written, and the header that says so. */
export const WRITERS: Readonly<
  Record<FormType, { readonly contentType: string; readonly write: (pairs: readonly FormPair[]) => string }>
> = {
  'application/x-www-form-urlencoded': {
    contentType: 'application/x-www-form-urlencoded',
    write: (pairs) =>
      new URLSearchParams(pairs.map(([name, text]): [string, string] => [name, text])).toString(),
  },
  'multipart/form-data': {
    contentType: `multipart/form-data; boundary=${BOUNDARY}`,
    write: (pairs) => multipart(pairs.map(([name, text]) => part(`name="${escaped(name)}"`, text))),
  },
};

/** Returns what a form says in place of JSON; what is no JSON is said as it is. */
export function formText(json: string): string {
  if (json === 'null') return '';
  if (!json.startsWith('"')) return json;
  try {
    return String(JSON.parse(json));
  } catch {
    return json;
  }
}

/** Whole bodies that are no form, or one that nobody should send. */
export const HOSTILE_FORMS: Readonly<Record<FormType, readonly (string | Buffer)[]>> = {
  'application/x-www-form-urlencoded': [
    ...['%', '%=%', 'name=%', 'name=%zz', 'name=%ff', 'name=%c3&is_active=%a9', '%c0%ae=1', 'name=%ed%a0%80'],
    ...[
      '__proto__=1',
      '__proto__[a]=1',
      'constructor=1',
      'prototype=1',
      'a=1&%5f%5fproto%5f%5f=1',
      'name[]=a',
    ],
    ...[
      '&&&',
      '=',
      '=a',
      'name',
      'name=a&name=b',
      'name=a;is_active=on',
      '?name=a',
      'name=%00',
      '\ufeffname=a',
    ],
    ...['a=1&'.repeat(2_000), `name=${'x'.repeat(70_000)}`, '%41'.repeat(10_000), `${'['.repeat(9_000)}=1`],
    Buffer.from('name=\u00e9', 'latin1'),
    Buffer.from('name=a', 'utf16le'),
  ],
  'multipart/form-data': [
    ...[
      '--',
      `--${BOUNDARY}`,
      `--${BOUNDARY}--`,
      `--${BOUNDARY}\r\n--${BOUNDARY}--`,
      'name=a',
      '{"name":"a"}',
    ],
    multipart([part('name="name"', 'a')]).slice(0, -6),
    multipart([part('name="name"', 'a')]).replaceAll('\r\n', '\n'),
    multipart([part('name="name"; filename="a.txt"', 'a')]),
    multipart([part('name="name"; filename=""\r\nContent-Type: application/octet-stream', '')]),
    multipart([part('name="name"; filename="a.txt"', 'a')]).slice(0, -30),
    multipart([part('filename="a.txt"', 'a')]),
    multipart([part('x="y"', 'a')]),
    multipart([part('name="__proto__"', 'a')]),
    multipart([part('name="constructor"; filename="a"', 'a')]),
    multipart([part('name="name"\r\nContent-Type: application/json', '{"__proto__":{"role":"admin"}}')]),
    multipart([part('name="name"\r\nContent-Type: text/plain; charset=utf-16le', '\ud800\udfff')]),
    multipart([part('name="name"\r\nContent-Transfer-Encoding: base64', 'YQ==')]),
    multipart([part(`name="${'x'.repeat(9_000)}"`, 'a')]),
    multipart([part('name="name"', 'x'.repeat(70_000))]),
    multipart(Array.from({ length: 1_100 }, () => part('name=a', ''))),
    `--${BOUNDARY}\r\n${'a: b\r\n'.repeat(5_000)}\r\n`,
    Buffer.from(multipart([part('name="name"', '\u00e9')]), 'latin1'),
  ],
};

function multipart(parts: readonly string[]): string {
  return [...parts.map((each) => `--${BOUNDARY}\r\n${each}\r\n`), `--${BOUNDARY}--\r\n`].join('');
}

function part(disposition: string, text: string): string {
  return `Content-Disposition: form-data; ${disposition}\r\n\r\n${text}`;
}

/** As browsers do (HTML, multipart/form-data encoding). */
function escaped(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
