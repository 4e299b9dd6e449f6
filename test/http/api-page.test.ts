/** docs/api.md names what is served: every route and no other, each with its methods. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { operationsIn } from '../support/api-operations.ts';
import { describeEachDatabase } from '../support/databases.ts';
import type { SignedInApi } from '../support/signed-in-api.ts';
import { wholeApi } from '../support/whole-api.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8');
/** What is served beside the API is the README's. */
const PREFIX = '/api/core/';

describeEachDatabase('the page about the API', (getDatabase) => {
  let api: SignedInApi;
  beforeAll(async () => {
    api = await wholeApi(getDatabase().db);
  });
  afterAll(() => api.close());

  it('has a line for every route, with its methods', async () => {
    const document = await (await fetch(`${api.url}/api/docs/json`)).json();
    const served = operationsIn(document)
      .filter(({ path }) => path.startsWith(PREFIX))
      .map(({ method, path }) => `${method} ${path.slice(PREFIX.length)}/`);
    const lines = [...page.matchAll(/^\| `([A-Z ]+) ([^`]+\/)` \|/gm)];
    const named = lines.flatMap(([, methods = '', path]) =>
      methods.split(' ').map((method) => `${method} ${path}`),
    );
    expect(named.toSorted()).toEqual(served.toSorted());
  });
});
