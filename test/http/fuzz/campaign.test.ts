/** A bounded share of `npm run fuzz:http` on both databases, and whether it would notice. */
import { type TSchema, Type } from 'typebox';
import { expect, it } from 'vitest';
import { problemAnswers } from '../../../src/http/answers.ts';
import type { HttpApp } from '../../../src/http/http-app.ts';
import { describeEachDatabase } from '../../support/databases.ts';
import { type CampaignResult, ROUND_REQUESTS, runCampaign } from './campaign.ts';
import { failureText } from './failure-text.ts';

/** Others: `HTTP_FUZZ_SEED=7 HTTP_FUZZ_ROUNDS=40 npx vitest run test/http/fuzz`. */
const USUAL_SEED = 5;
const SEED = Number(process.env['HTTP_FUZZ_SEED'] ?? USUAL_SEED);
const ROUNDS_ASKED = process.env['HTTP_FUZZ_ROUNDS'];
/** SQLite answers several times as fast. */
const ROUNDS = { sqlite: Number(ROUNDS_ASKED ?? 40), mysql: Number(ROUNDS_ASKED ?? 4) } as const;

function failureOf({ failure }: CampaignResult): string | undefined {
  return failure && `seed ${SEED}: ${failureText(failure)}`;
}

describeEachDatabase('everything that is served over HTTP', (getDatabase) => {
  it('answers whatever it is sent as documented, and changes nothing that it refuses', async () => {
    const { db, dialect } = getDatabase();
    const result = await runCampaign({ db, seed: SEED, roundCount: ROUNDS[dialect] });
    expect(failureOf(result)).toBeUndefined();
    expect(result.counts.requestCount).toBe(ROUNDS[dialect] * ROUND_REQUESTS);
    // Of another seed, so many need not come to every outcome.
    if (dialect === 'sqlite' && SEED === USUAL_SEED && ROUNDS_ASKED === undefined) {
      expect(result.counts.missing()).toEqual([]);
    }
  }, 600_000);
});

describeEachDatabase('a route is found out', (getDatabase) => {
  const tags = ['operation'];
  const Body = Type.Object({ name: Type.String() }, { additionalProperties: false });
  const answers = (answer: TSchema) => ({ 200: answer, ...problemAnswers });
  const Any = Type.Object({}, { additionalProperties: true });
  const schema = { tags, security: [], body: Body, response: answers(Any) };
  const knexOf = () => getDatabase().db.knex;
  const isOdd = ({ name }: { name: string }) => /[^a-zA-Z0-9]/.test(name);

  it.each<[string, RegExp, (app: HttpApp) => void]>([
    [
      'that fails for text it did not foresee',
      /^it failed, with 500$/,
      (app) =>
        app.post('/odd', { schema }, ({ body }) => {
          if (isOdd(body)) throw new TypeError('unforeseen');
          return {};
        }),
    ],
    [
      'that shows where it failed',
      /^it shows "/,
      (app) =>
        app.get('/odd', { schema: { tags, response: answers(Any) } }, () => ({ a: new Error().stack })),
    ],
    [
      'that writes before it refuses',
      /^it has changed something/,
      (app) =>
        app.post('/odd', { schema }, async ({ body }, reply) => {
          await knexOf()('settings').insert({ name: `s${Math.random()}`, value: body.name });
          return reply.code(400).send({ detail: 'no' });
        }),
    ],
    [
      'that writes when it is read',
      /^it has changed something/,
      (app) =>
        app.get('/odd', { schema: { tags, response: answers(Any) } }, async () => {
          await knexOf()('settings').insert({ name: `s${Math.random()}`, value: '' });
          return {};
        }),
    ],
    [
      'that refuses in a shape of its own',
      /^it (refuses in a shape|is not as documented)/,
      (app) =>
        app.get(
          '/odd',
          { schema: { tags, security: [], response: { 200: Any, '4xx': Any, '5xx': Any } } },
          (_, reply) => reply.code(400).send({ problem: 'yes' }),
        ),
    ],
    [
      'that asks nobody for a token',
      /is answered 200, and not 401$/,
      (app) => app.get('/odd', { schema: { tags, response: answers(Any) } }, () => ({})),
    ],
    [
      'that answers what is not documented',
      /^the document does not know a 302$/,
      (app) =>
        app.get('/odd', { schema: { tags, security: [], response: answers(Any) } }, (_, reply) =>
          reply.code(302).send({}),
        ),
    ],
    [
      'that lets anybody write',
      /^(viewer|user) has changed something$/,
      (app) => app.post('/odd', { schema }, () => ({})),
    ],
    [
      'that takes what it says it does not',
      /^a body was taken that the document does not allow$/,
      // Where whoever is signed in may write.
      (app) => app.post('/auth/odd', { schema, validatorCompiler: () => () => true }, () => ({})),
    ],
    [
      'that shows users what is of others',
      /^it shows a user what is of others$/,
      (app) =>
        app.get('/odd', { schema: { tags, security: [], response: answers(Any) } }, async () => ({
          rows: await knexOf()('users').select('username'),
        })),
    ],
  ])(
    '%s',
    async (_, fault, route) => {
      const { db } = getDatabase();
      const rogue = { routes: [route], only: /\/odd$/ };
      const { failure } = await runCampaign({ db, seed: SEED, roundCount: 1, ...rogue });
      expect(failure?.fault).toMatch(fault);
    },
    60_000,
  );
});
