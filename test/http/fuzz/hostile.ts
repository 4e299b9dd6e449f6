/** What no client should send, by where it is put. */

const LONG = 'x'.repeat(9_000);
const DEPTH = 5_000;

/** Text that something behind the API may take for more than text. */
const TEXTS: readonly string[] = [
  '',
  ' ',
  '\t\n',
  LONG,
  'é'.repeat(101),
  '👩‍👩‍👧‍👦'.repeat(40),
  '\u0000',
  'a\u0000b',
  '\ud800',
  'a\udfffb',
  '\ufeff',
  '\u202eecila',
  '\u0007\u001b[31m',
  "' OR '1'='1",
  "'; DROP TABLE users; --",
  '" UNION SELECT password FROM users --',
  '1; SELECT pg_sleep(9)',
  "1' AND SLEEP(5) #",
  '%',
  '_',
  '\\',
  '%27%20OR%201=1',
  '{{7*7}}',
  '{7*7}',
  '$\u007b7*7}',
  '<%= 7*7 %>',
  '{username.__class__}',
  '{0}',
  '{',
  '}',
  '{percent!r:>99999}',
  '<script>alert(1)</script>',
  '../../../../etc/passwd',
  'file:///etc/passwd',
  'http://169.254.169.254/',
  '() { :; }; echo',
  '$(id)',
  '`id`',
  '=1+1',
  '%n%s%x',
  'NaN',
  'Infinity',
  '-0',
  '1e9999',
  '0x10',
  '９',
  '٣',
  'null',
  'undefined',
  'true',
  '__proto__',
  'constructor',
  '[object Object]',
  '2025-02-30T00:00:00Z',
  '2025-12-11T25:00:00Z',
  '9999-12-31T23:59:59.999999Z',
  '0000-00-00T00:00:00Z',
  '-271821-04-20T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  '2025-12-11T12:00:00+99:99',
  '127.0.0.1',
  '::ffff:127.0.0.1%lo',
  '1.2.3.4/33',
  '::/0',
];

const NUMBERS: readonly string[] = [
  ...['0', '-1', '-0', '0.5', '1.0', '1e0', '1e2', '1E400', '-1e400', '5e-324'],
  ...['2147483647', '2147483648', '-2147483649', '4294967296'],
  ...['9007199254740991', '9007199254740992', '9007199254740993'],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775809', '18446744073709551616'],
  '1'.repeat(400),
];

/** JSON of every kind. */
const JSONS: readonly string[] = [
  ...['null', 'true', 'false', '[]', '{}', '[null]', '[1,2]', '[[1]]', '["a"]'],
  ...['{"a":1}', '{"$gt":""}', '{"id":1}', '{"toString":1}', '{"length":9}', '{"then":1}'],
  ...['{"__proto__":{"role":"admin"}}', '{"constructor":{"prototype":{"role":"admin"}}}'],
  `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`,
  `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`,
  `[${'1,'.repeat(9_000)}1]`,
];

/** What is no JSON, though it may look like it. */
const NOT_JSON: readonly string[] = [
  ...['NaN', 'Infinity', '-Infinity', 'undefined', '01', '+1', '.5', '1.', '0x10', "'a'", '"a', '"\\x"'],
  ...['"\\ud8"', '"\t"', '[1,]', '{a:1}', '{"a":1,}', '/**/1', '1//', 'nul', 'True'],
];

/** Values of a field, as they stand in a body; some make the whole body no JSON. */
export const HOSTILE_VALUES: readonly string[] = [
  ...TEXTS.map((text) => JSON.stringify(text)),
  ...NUMBERS,
  ...NUMBERS.map((number) => JSON.stringify(number)),
  ...JSONS,
  ...NOT_JSON,
];

/** Fields that no body has. */
export const HOSTILE_FIELDS: readonly string[] = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then'],
  ...['', ' ', '\u0000', 'a\nb', 'a.b', 'a/b', 'a~b', '$where', 'ID', 'Name', 'user_id', 'role_id', 'pk'],
  ...['password_hash', 'nt_hash', 'token_hash', 'is_admin', 'permissions', 'cleartext_password'],
  ...[LONG, "x'; DROP TABLE users; --"],
];

/** Whole bodies. */
export const HOSTILE_BODIES: readonly (string | Buffer)[] = [
  ...JSONS,
  ...NUMBERS,
  ...NOT_JSON,
  ...['', ' ', '"text"', '{', '}', '{"', '{"a"', '{"a":', '\u0000', '<a/>', 'a=b&c=d', '--x\r\n\r\n--x--'],
  `{"name":"${'x'.repeat(70_000)}"}`,
  `${' '.repeat(70_000)}{}`,
  `{${Array.from({ length: 3_000 }, (_, at) => `"f${at}":1`).join()}}`,
  '{"name":"a","name":"b"}',
  '{}{}',
  '{} x',
  '\ufeff{}',
  Buffer.from('{"name":"a"}', 'utf16le'),
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]),
  Buffer.alloc(300),
];

/** What stands where a path has an id or a name, as it is sent. */
export const HOSTILE_SEGMENTS: readonly string[] = [
  ...TEXTS.filter((text) => text !== '' && text.isWellFormed()).map(encodeURIComponent),
  ...NUMBERS,
  ...['%00', '%ff', '%c0%ae%c0%ae', '%ed%a0%80', '%2f', '%25', '%', '%zz', '%u0041', '1%2f2'],
  ...['1;a=b', '1,2', '1+1', '1%20', '%201', '+1', '1.0', "1'", 'abc', '(1)', '*', ':id'],
];

/** What stands where a query string has a value, as it is sent. */
export const HOSTILE_QUERY_VALUES: readonly string[] = [...HOSTILE_SEGMENTS, '', '&', '=', '#', '1&page=2'];

/** Parameters that no list has, and such that are malformed. */
export const HOSTILE_QUERIES: readonly string[] = [
  ...[
    '__proto__=1',
    '__proto__[a]=1',
    'constructor=1',
    'toString=1',
    'page[]=1',
    'page[$gt]=1',
    'page=1&page=2',
  ],
  ...[
    '',
    '=',
    '&&&',
    '?',
    '???=1',
    '%=1',
    '%00=%00',
    '%ff',
    'format=xml',
    'limit=-1',
    'offset=1e9',
    'ordering=;',
  ],
  ...[
    'user=1&user=2',
    'user[]=1',
    'search=%',
    'search=%25%25%25',
    `search=${'%61'.repeat(2_000)}`,
    'page=last&page_size=0',
  ],
  Array.from({ length: 1_500 }, (_, at) => `p${at}=1`).join('&'),
];

/** Headers that lie. Each is what `inject` and Node's client let through. */
export const HOSTILE_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { host: '' },
  { host: 'evil.example' },
  { host: 'a b' },
  { host: 'a:b:c' },
  { host: '[' },
  { host: '[::1' },
  { host: '%zz' },
  { host: 'x:99999' },
  { host: 'a/b?c#d' },
  { host: 'user@host' },
  { host: '<script>' },
  { host: LONG },
  { 'x-forwarded-for': '127.0.0.1' },
  { 'x-forwarded-for': "1.2.3.4, '; DROP TABLE users; --" },
  { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'gopher' },
  { 'x-forwarded-proto': 'https' },
  { 'x-http-method-override': 'DELETE' },
  { 'x-original-url': '/api/core/users' },
  { forwarded: 'for=127.0.0.1;host=evil.example' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: ':::' },
  { 'sec-fetch-site': 'cross-site' },
  { 'accept-encoding': 'gzip, br, \u00ff' },
  { accept: 'text/xml' },
  { 'accept-version': '9.9.9' },
  { 'if-none-match': '*' },
  { range: 'bytes=0-0' },
  { expect: 'the spanish inquisition' },
  { cookie: `${'a=b; '.repeat(1_000)}` },
  { cookie: 'access_token=%zz; =; ;;' },
  { cookie: '__proto__=1; access_token' },
  { 'user-agent': LONG },
  { 'content-encoding': 'gzip' },
  { 'transfer-encoding': 'identity' },
];

/** Types of content with a body that is JSON all the same. */
export const HOSTILE_TYPES: readonly string[] = [
  ...['text/plain', 'text/xml', 'application/x-www-form-urlencoded', 'multipart/form-data', ''],
  ...['application/json; charset=utf-16', 'application/json;', 'application/json; =', 'APPLICATION/JSON'],
  ...['application/merge-patch+json', 'application/vnd.api+json', 'application/json, text/plain', 'json'],
  ...['*/*', 'application/*', '\u00ff', LONG, "application/json; boundary='"],
];
