/** Asks one route after another over one connection and keeps what each answer took. */
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Filled, MeasuredRoute } from './http-routes.ts';

/** Of fewer the slowest one would be the p99. */
const REQUESTS = 300;

export interface HttpTarget {
  readonly port: number;
  /** An API token of an admin. */
  readonly token: string;
}

export interface RouteFigures {
  readonly name: string;
  readonly requests: number;
  /** Answers other than 200, by status. */
  readonly others: Readonly<Record<number, number>>;
  readonly firstMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly isUnlimited: boolean;
}

/** Measures one route. The first request is told apart and counted with the others. */
export async function measureRoute(
  target: HttpTarget,
  route: MeasuredRoute,
  filled: Filled,
): Promise<RouteFigures> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  const others: Record<number, number> = {};
  const paths = route.paths(filled);
  while (times.length < (route.requests ?? REQUESTS)) {
    for (const path of paths) {
      const beganAt = performance.now();
      const status = await statusOf(agent, target, path);
      times.push(performance.now() - beganAt);
      if (status !== 200) others[status] = (others[status] ?? 0) + 1;
      if (route.pauseMs !== undefined) await sleep(route.pauseMs);
    }
    // What is not there need not be asked for again.
    if (Object.keys(others).length > 0) break;
  }
  agent.destroy();
  return {
    name: route.name,
    requests: times.length,
    others,
    firstMs: times[0] ?? 0,
    ...percentiles(times),
    isUnlimited: route.isUnlimited === true,
  };
}

/** Nearest rank. */
function percentiles(times: readonly number[]): { p50Ms: number; p99Ms: number; maxMs: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

function statusOf(agent: Agent, { port, token }: HttpTarget, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      host: '127.0.0.1',
      port,
      path: `/api/core/${path}`,
      headers: { authorization: `Bearer ${token}` },
    };
    const request = get(options, (answer: IncomingMessage) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
      answer.once('error', reject);
    });
    request.once('error', reject);
  });
}
