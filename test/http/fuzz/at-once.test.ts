/** Fuzzed requests many at a time, over real connections: nothing waits for ever, and nobody's answer depends on who else asks. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Random } from '../../fuzz/random.ts';
import { operationsIn } from '../../support/api-operations.ts';
import { describeEachDatabase } from '../../support/databases.ts';
import { type LogLines, logLines } from '../../support/log-lines.ts';
import type { SignedInApi } from '../../support/signed-in-api.ts';
import { wholeApi } from '../../support/whole-api.ts';
import { seedEverything } from '../../support/whole-seed.ts';
import { type Credentials, makeCredentials } from './credentials.ts';
import { type FuzzAnswer, faultOf } from './expectations.ts';
import { failureText } from './failure-text.ts';
import { type FuzzRequest, makeRequest } from './requests.ts';

const SEED = Number(process.env['HTTP_FUZZ_SEED'] ?? 5);
const REQUESTS = 800;
const AT_ONCE = 12;
/** Node's client would not send such headers, or not so. */
const UNSENDABLE = ['header', 'type', 'method'];

describeEachDatabase('everything that is served, asked by many at once', (getDatabase) => {
  let api: SignedInApi;
  let log: LogLines;
  let agent: Agent;

  beforeEach(async () => {
    const { db } = getDatabase();
    log = logLines();
    await seedEverything(db);
    api = await wholeApi(db, { logger: log.logger });
    agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  });
  afterEach(async () => {
    agent.destroy();
    await api.close();
  });

  const answerTo = async ({ method, url, headers, body }: FuzzRequest): Promise<FuzzAnswer> => {
    const sent = request(api.url + url, { method, headers, agent });
    const answered = once(sent, 'response');
    sent.end(body);
    const [answer] = await answered;
    return { status: answer.statusCode, headers: answer.headers, text: await text(answer) };
  };

  const requests = async (credentials: Credentials) => {
    const document = await fetch(`${api.url}/api/docs/json`);
    const operations = operationsIn(await document.json()).filter(({ path }) => !path.includes('/auth/'));
    const random = new Random(SEED);
    const made = Array.from({ length: 2 * REQUESTS }, () => makeRequest(random, operations, credentials));
    return made
      .filter(({ changes }) => !changes.some((change) => UNSENDABLE.includes(change)))
      .slice(0, REQUESTS);
  };

  it('answers each as if it were alone', async () => {
    const queue = await requests(await makeCredentials(api, getDatabase().db));
    expect(queue).toHaveLength(REQUESTS);
    const failures: string[] = [];
    const workThrough = async () => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const answer = await answerTo(next);
        // Refused before anybody reads it: a long token beside a long query.
        const fault = answer.status === 431 ? undefined : faultOf(next, answer);
        if (fault !== undefined)
          failures.push(failureText({ round: 0, at: 0, request: next, answer, fault }));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, workThrough));
    expect([SEED, failures]).toEqual([SEED, []]);
    expect(log.lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
  }, 120_000);
});
