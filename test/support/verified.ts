/** What verifying a database finds, in few words. */
import type { Database } from '../../src/db/database.ts';
import { verifyUsage } from '../../src/usage/verify.ts';

/** Returns every difference as `john today: expected 5, found 7`, users in the order of their ids. */
export async function differencesOf(
  db: Database,
  { timezone = 'UTC', chunkUsers = 2 }: { timezone?: string; chunkUsers?: number } = {},
): Promise<string[]> {
  const lines: string[] = [];
  for await (const { differences } of verifyUsage(db, { timezone, chunkUsers })) {
    for (const { userId, username, sum, expected, found } of differences) {
      lines.push(`${username ?? `#${userId}`} ${sum}: expected ${expected}, found ${found}`);
    }
  }
  return lines;
}
