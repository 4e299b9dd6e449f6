/** Work in pieces that leaves the database, and on SQLite the event loop, to others in between. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Does one piece of work and then leaves the database alone for as long as that took. */
export async function gently<T>(work: () => Promise<T>): Promise<T> {
  const beganAt = performance.now();
  const result = await work();
  await sleep(performance.now() - beganAt);
  return result;
}
