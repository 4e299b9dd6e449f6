import { expect, it } from 'vitest';
import { findAccessUser, findAccessUsers } from '../../src/access/access-user-queries.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { addLogin } from '../support/logins.ts';

describeEachDatabase('the users who log in', (getDatabase) => {
  it('are found for many logins at once: for each the first of its names that anybody has, spelt alike', async () => {
    const { db } = getDatabase();
    const john = await addLogin(db, 'john');
    const mary = await addLogin(db, 'mary');
    const found = await findAccessUsers(db.knex, [
      ['mary'],
      ['nobody', 'john'],
      [],
      ['John'],
      ['john', 'mary'],
    ]);
    expect(found.map((user) => user?.id)).toEqual([mary, john, undefined, undefined, john]);
    expect(found[0]).toEqual({
      id: mary,
      username: 'mary',
      passwordHash: expect.stringMatching(/^pbkdf2_sha256\$/),
    });
    expect(await findAccessUser(db.knex, ['john'])).toEqual(found[1]);
    expect(await findAccessUsers(db.knex, [[]])).toEqual([undefined]);
  });
});
