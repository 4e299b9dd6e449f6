/** Noting that tokens are used: behind the requests, and never in their way. */
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { createToken } from '../../src/sign-in/token-commands.ts';
import { TokenUse } from '../../src/sign-in/token-use.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { logLines } from '../support/log-lines.ts';

describeEachDatabase('the use of a token', (getDatabase) => {
  const made = async () => {
    const { db } = getDatabase();
    const context = commandContext(db);
    const { token } = await createToken(context, { name: 'p', role: 'viewer', user: null, expiresAt: null });
    const log = logLines();
    const use = new TokenUse({ db, clock: context.clock, logger: log.logger });
    const lastUsedAt = async () => (await db.knex('api_tokens').where('id', token.id).first()).last_used_at;
    return { id: token.id, now: context.clock.now(), use, log, lastUsedAt };
  };

  it('is written once for all who use it at once, and before it closes', async () => {
    const { id, now, use, lastUsedAt } = await made();
    let writes = 0;
    const counting = ({ sql }: { sql: string }) => {
      writes += Number(sql.startsWith('update'));
    };
    getDatabase().db.knex.on('query', counting);
    for (let times = 0; times < 20; times++) use.note({ tokenId: id, lastUsedAt: null });
    await use.close();
    getDatabase().db.knex.removeListener('query', counting);
    expect([writes, await lastUsedAt()]).toEqual([1, now]);
  });

  it('is not written within the minute, nor once closed', async () => {
    const { id, now, use, lastUsedAt } = await made();
    use.note({ tokenId: id, lastUsedAt: now - 59_999 });
    await use.close();
    use.note({ tokenId: id, lastUsedAt: null });
    await use.close();
    expect(await lastUsedAt()).toBeNull();
  });
});

describe('uses that cannot be noted', () => {
  it('are one line in the log', async () => {
    const db = openDatabase('sqlite::memory:');
    const log = logLines();
    const use = new TokenUse({ db, clock: commandContext(db).clock, logger: log.logger });
    for (const tokenId of [1, 2, 3]) use.note({ tokenId, lastUsedAt: null });
    await use.close();
    await db.close();
    expect(log.lines).toHaveLength(1);
  });
});
