/** A walk through the calls of the seed's document, one after another as they stand there, each with and without the slash at its end. */
import { expect } from 'vitest';
import { type Curl, type CurlAnswer, sending } from './curl.ts';
import { SEED_CALLS, type SeedCall, type SeedPath } from './seed-document.ts';

/** What stands for the placeholders of a path. */
export type PathIds = Readonly<Record<string, number>>;

export class SeedWalk {
  readonly #left: SeedCall[] = [...SEED_CALLS];

  /** Makes the document's next call, which must be this one, and returns its answer. */
  async ask(curl: Curl, path: SeedPath, ids: PathIds = {}): Promise<CurlAnswer> {
    const next = this.#left.shift();
    if (next?.path !== path) throw new Error(`the document goes on with ${next?.path}, not with ${path}`);
    return askBothWays(curl, next, ids);
  }

  /** The calls that have not been made. */
  get left(): readonly SeedCall[] {
    return this.#left;
  }
}

/** Makes a call as the document has it, and where that changes nothing or finds nothing, without its slash, too: the answers must be the same. */
export async function askBothWays(curl: Curl, { method, path, json }: SeedCall, ids: PathIds) {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => String(ids[name]));
  const options = method === 'GET' ? [] : json === undefined ? ['--request', method] : sending(method, json);
  const answer = await curl(address, ...options);
  if (method === 'GET' || answer.status === 404) {
    const other = await curl(address.replace(/\/(?=\?|$)/, ''), ...options);
    expect(withoutTime(other)).toEqual(withoutTime(answer));
  }
  return answer;
}

/** Statistics say when they were made. */
function withoutTime({ status, body }: CurlAnswer) {
  return { status, body: { ...Object(body), as_of: undefined } };
}
