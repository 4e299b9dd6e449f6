/** API tokens that are made at the same time under one name: one is. */
import { expect, it } from 'vitest';
import { createToken } from '../../src/sign-in/token-commands.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { onlyOne } from '../support/only-one.ts';

describeEachDatabase('tokens made at the same time', (getDatabase) => {
  it('take a name once', async () => {
    const { db } = getDatabase();
    const context = { db, clock: { now: () => 1_000 }, actor: { name: 'cli:tester', userId: null } };
    const made = Array.from({ length: 8 }, () =>
      createToken(context, { name: 'grafana', role: 'viewer', user: null, expiresAt: null }),
    );
    await onlyOne(made, 'invalid');
    expect(await db.knex('api_tokens').pluck('name')).toEqual(['grafana']);
  });
});
