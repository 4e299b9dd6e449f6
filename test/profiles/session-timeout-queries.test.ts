import { expect, it } from 'vitest';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { sessionTimeoutsOf } from '../../src/profiles/session-timeout-queries.ts';
import { assignProfileToUser, createUser } from '../../src/profiles/user-commands.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('Session-Timeouts', (getDatabase) => {
  it('are those of the user’s own profile, else of the promotion’s, else the default', async () => {
    const { db } = getDatabase();
    const context = commandContext(db);
    await createProfile(context, { name: 'short', sessionTimeout: 60 });
    await createProfile(context, { name: 'long', sessionTimeout: 86_400 });
    await createProfile(context, { name: 'endless', sessionTimeout: 0 });
    await createPromotion(context, { name: 'L3', profile: 'long' });
    await createPromotion(context, { name: 'L1' });
    const userOf = async (username: string, promotion: string | undefined, profile: string | undefined) => {
      const id = await createUser(context, { username, ...(promotion === undefined ? {} : { promotion }) });
      if (profile !== undefined) await assignProfileToUser(context, username, profile);
      return id;
    };
    const own = await userOf('own', 'L3', 'short');
    const cohort = await userOf('cohort', 'L3', undefined);
    const bare = await userOf('bare', 'L1', undefined);
    const alone = await userOf('alone', undefined, undefined);
    const endless = await userOf('endless', 'L3', 'endless');
    const unasked = await userOf('unasked', 'L3', undefined);

    const asked = [own, cohort, bare, alone, endless, unasked + 1];
    expect(await sessionTimeoutsOf(db, asked, 3_600)).toEqual(
      new Map([
        [own, 60],
        [cohort, 86_400],
        [bare, 3_600],
        [alone, 3_600],
      ]),
    );
  });
});
