/** Forms in place of JSON (contract §4): what a client of the Django application sends either way does the same, and is refused in the same words. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { mapOf } from '../support/json-reading.ts';
import type { SignedInApi } from '../support/signed-in-api.ts';
import { wholeApi } from '../support/whole-api.ts';
import { seedEverything } from '../support/whole-seed.ts';

type Fields = readonly (readonly [name: string, text: string])[];

const ENCODINGS: readonly (readonly [name: string, write: (fields: Fields) => URLSearchParams | FormData])[] =
  [
    [
      'urlencoded',
      (fields) => new URLSearchParams(fields.map(([name, text]): [string, string] => [name, text])),
    ],
    [
      'in parts',
      (fields) => {
        const form = new FormData();
        for (const [name, text] of fields) form.append(name, text);
        return form;
      },
    ],
  ];

/** The seed's plan. */
const PLAN = {
  ...{ name: 'Étudiant & Cie', description: 'à 5 Mbit/s', is_active: true, quota_type: 'limited' },
  ...{ bandwidth_upload: 5120, bandwidth_download: 10240, data_volume: 53_687_091_200 },
  ...{ daily_limit: 5_368_709_120, weekly_limit: null, monthly_limit: 0, validity_duration: 30 },
};
const PLAN_FORM: Fields = Object.entries({
  ...{ name: ' Étudiant & Cie ', description: 'à 5 Mbit/s', is_active: 'on', quota_type: 'limited' },
  ...{ bandwidth_upload: '5120', bandwidth_download: '10240', data_volume: '53687091200' },
  ...{ daily_limit: '5368709120', weekly_limit: '', monthly_limit: '0', validity_duration: '30', id: '77' },
});

describeEachDatabase('a form', (getDatabase) => {
  let api: SignedInApi;
  let authorization: string;

  beforeAll(async () => {
    api = await wholeApi(getDatabase().db);
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    await seedEverything(getDatabase().db);
    authorization = `Bearer ${await api.tokenOf('admin')}`;
  });

  const send = async (method: string, path: string, body: URLSearchParams | FormData | string) => {
    const json = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
    const headers = { authorization, ...json };
    const answer = await fetch(`${api.url}/api/core/${path}`, { method, headers, body });
    return { status: answer.status, body: await answer.json() };
  };

  describe.each(ENCODINGS)('%s', (_, write) => {
    it('makes what the same JSON makes', async () => {
      expect(await send('POST', 'profiles/', write(PLAN_FORM))).toMatchObject({ status: 201, body: PLAN });
    });

    it('changes what it names, and leaves what it does not', async () => {
      const before = mapOf((await send('POST', 'profiles/', JSON.stringify(PLAN))).body);
      const form = write([
        ['is_active', 'False'],
        ['daily_limit', ''],
        ['idle_timeout', '60'],
      ]);
      expect(await send('PATCH', `profiles/${before['id']}/`, form)).toEqual({
        status: 200,
        body: {
          ...before,
          ...{ is_active: false, daily_limit: null, daily_limit_gb: null, idle_timeout: 60 },
          updated_at: expect.any(String),
        },
      });
    });

    it('adds usage, which failed in the Django application (contract §6)', async () => {
      const answer = await send('POST', 'profile-usage/1/add_usage/', write([['bytes_used', '1024']]));
      expect(answer).toMatchObject({ status: 200, body: { message: '1024 octets ajoutés' } });
    });

    it.each<[what: string, fields: Fields, json: object]>([
      ['without what is needed', [['is_active', 'on']], { is_active: true }],
      [
        'with a word for a number',
        [
          ['name', 'a'],
          ['data_volume', 'x'],
        ],
        { name: 'a', data_volume: 'x' },
      ],
      [
        'with nothing for a number',
        [
          ['name', 'a'],
          ['data_volume', ''],
        ],
        { name: 'a', data_volume: '' },
      ],
      [
        'with part of a number',
        [
          ['name', 'a'],
          ['data_volume', '1.5'],
        ],
        { name: 'a', data_volume: 1.5 },
      ],
      [
        'with a number out of range',
        [
          ['name', 'a'],
          ['daily_limit', '-1'],
        ],
        { name: 'a', daily_limit: -1 },
      ],
      [
        'with a word for yes',
        [
          ['name', 'a'],
          ['is_active', 'oui'],
        ],
        { name: 'a', is_active: 'oui' },
      ],
      [
        'with another choice',
        [
          ['name', 'a'],
          ['quota_type', '5'],
        ],
        { name: 'a', quota_type: '5' },
      ],
      [
        'with a choice of numbers',
        [
          ['name', 'a'],
          ['validity_duration', '8'],
        ],
        { name: 'a', validity_duration: 8 },
      ],
      ['with a name of a newline', [['name', 'a\r\nb']], { name: 'a\r\nb' }],
      [
        'with an unknown field',
        [
          ['name', 'a'],
          ['toString', '1'],
        ],
        { name: 'a', toString: '1' },
      ],
      [
        'with several faults',
        [
          ['name', ''],
          ['data_volume', 'x'],
          ['color', 'red'],
        ],
        { name: '', data_volume: 'x', color: 'red' },
      ],
    ])('is refused %s in the words JSON is refused in', async (__, fields, json) => {
      const refused = await send('POST', 'profiles/', JSON.stringify(json));
      expect(refused.status).toBe(400);
      expect(await send('POST', 'profiles/', write(fields))).toEqual(refused);
    });

    it('is refused by a field of a command in its own words', async () => {
      expect(await send('POST', 'profile-usage/', write([['user', '999']]))).toEqual({
        status: 400,
        body: { user: ['Invalid pk "999" - object does not exist.'] },
      });
      expect(await send('POST', 'profile-usage/1/add_usage/', write([['bytes_used', '0']]))).toEqual({
        status: 400,
        body: { error: 'bytes_used must be positive' },
      });
    });

    it('is refused with names that mean something to JavaScript', async () => {
      for (const name of ['__proto__', 'constructor', 'prototype']) {
        expect(
          await send(
            'POST',
            'profiles/',
            write([
              ['name', 'a'],
              [name, '{"is_active":false}'],
            ]),
          ),
        ).toEqual({
          status: 400,
          body: { detail: expect.stringMatching(`orm parse error - no field may be called ${name}.$`) },
        });
      }
    });

    it('is refused with more than a thousand fields', async () => {
      const fields = Array.from({ length: 1_001 }, () => ['a', ''] as const);
      const answer = await send('POST', 'profiles/', write(fields.slice(0, 600)));
      expect(answer).toMatchObject({ status: 400, body: { a: ['This field is not known.'] } });
      expect((await send('POST', 'profiles/', write(fields))).status).toBeOneOf([400, 413]);
    });
  });

  it('with a file is refused by its field, and changes nothing', async () => {
    const before = await getDatabase().db.knex('profiles');
    const form = new FormData();
    form.set('name', 'a');
    form.set('description', new Blob(['text'], { type: 'text/plain' }), 'a.txt');
    expect(await send('POST', 'profiles/', form)).toEqual({
      status: 400,
      body: { description: ['This field takes no file.'] },
    });
    expect(await getDatabase().db.knex('profiles')).toEqual(before);
  });

  it.each([
    [
      'application/x-www-form-urlencoded',
      'name=%ff',
      'Form parse error - its text is not percent-encoded UTF-8.',
    ],
    [
      'multipart/form-data',
      '--x--',
      'Multipart form parse error - its parts cannot be told from each other.',
    ],
  ])('as %s that cannot be read is a 400, by inject as well', async (type, payload, detail) => {
    const headers = { authorization, 'content-type': type };
    const answer = await api.app.inject({ method: 'POST', url: '/api/core/profiles/', headers, payload });
    expect([answer.statusCode, answer.json()]).toEqual([400, { detail }]);
  });

  it.each(['APPLICATION/X-WWW-FORM-URLENCODED', 'application/x-www-form-urlencoded; charset=UTF-8'])(
    'as %s is read, by inject as well',
    async (type) => {
      const headers = { authorization, 'content-type': type };
      const options = {
        method: 'POST',
        url: '/api/core/profiles/',
        headers,
        payload: 'name=%C3%89t%C3%A9',
      } as const;
      const answer = await api.app.inject(options);
      expect([answer.statusCode, answer.json().name]).toEqual([201, 'Été']);
    },
  );

  it('is no reason to guess what JSON means', async () => {
    for (const [field, value] of [
      ['data_volume', '5120'],
      ['is_active', 'on'],
      ['is_active', 1],
      ['daily_limit', ''],
    ] as const) {
      const answer = await send('POST', 'profiles/', JSON.stringify({ name: 'a', [field]: value }));
      expect(answer).toEqual({ status: 400, body: { [field]: expect.any(Array) } });
    }
  });
});
