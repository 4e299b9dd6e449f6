/** Changes of different users that cross: each goes to the profile that the other one comes from, at the same time. */
import { beforeEach, expect, test } from 'vitest';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion, updatePromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser, type UserChanges, updateUser } from '../../src/profiles/user-commands.ts';
import { commandContext, historyOf, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

const ROUNDS = 25;

describeEachDatabase('changes of profiles that cross', (getDatabase) => {
  let context: TestContext;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    for (const name of ['P', 'Q', 'R']) await createProfile(context, { name });
    await createPromotion(context, { name: 'L1', profile: 'P' });
    await createPromotion(context, { name: 'L2', profile: 'Q' });
    await createPromotion(context, { name: 'L3', profile: 'R' });
  });

  /** Gives a user one thing after the other, over and over. */
  async function stream(username: string, turns: readonly UserChanges[]): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      for (const changes of turns) await updateUser(context, username, changes);
    }
  }

  /** The history of somebody who begins with the last of these profiles and is given one after the other. */
  function turnsOf(profiles: readonly string[]): string[] {
    const once = profiles.map((to, index) => `updated: ${profiles.at(index - 1)} -> ${to}`);
    return [`assigned: - -> ${profiles.at(-1)}`, ...Array.from({ length: ROUNDS }, () => once).flat()];
  }

  test('all take place: users given profiles of their own', async () => {
    await createUser(context, { username: 'ada', profile: 'P' });
    await createUser(context, { username: 'bob', profile: 'Q' });
    await createUser(context, { username: 'cyd', profile: 'P' });
    await createUser(context, { username: 'dan', profile: 'Q' });
    await Promise.all([
      stream('ada', [{ profile: 'Q' }, { profile: 'P' }]),
      stream('bob', [{ profile: 'P' }, { profile: 'Q' }]),
      stream('cyd', [{ profile: 'Q' }, { profile: 'P' }]),
      stream('dan', [{ profile: 'P' }, { profile: 'Q' }]),
    ]);
    for (const username of ['ada', 'cyd']) {
      expect(await historyOf(context.db, username)).toEqual(turnsOf(['Q', 'P']));
    }
    for (const username of ['bob', 'dan']) {
      expect(await historyOf(context.db, username)).toEqual(turnsOf(['P', 'Q']));
    }
  });

  test('all take place: users moved between promotions', async () => {
    await createUser(context, { username: 'ada', promotion: 'L1' });
    await createUser(context, { username: 'bob', promotion: 'L2' });
    await createUser(context, { username: 'cyd', promotion: 'L3' });
    await Promise.all([
      stream('ada', [{ promotion: 'L2' }, { promotion: 'L3' }, { promotion: 'L1' }]),
      stream('bob', [{ promotion: 'L3' }, { promotion: 'L1' }, { promotion: 'L2' }]),
      stream('cyd', [{ promotion: 'L1' }, { promotion: 'L2' }, { promotion: 'L3' }]),
    ]);
    expect(await historyOf(context.db, 'ada')).toEqual(turnsOf(['Q', 'R', 'P']));
    expect(await historyOf(context.db, 'bob')).toEqual(turnsOf(['R', 'P', 'Q']));
    expect(await historyOf(context.db, 'cyd')).toEqual(turnsOf(['P', 'Q', 'R']));
  });

  test('all take place: promotions given profiles, with one member each', async () => {
    await createUser(context, { username: 'ada', promotion: 'L1' });
    await createUser(context, { username: 'bob', promotion: 'L2' });
    const swap = async (promotion: string, profiles: readonly string[]) => {
      for (let round = 0; round < ROUNDS; round++) {
        for (const profile of profiles) await updatePromotion(context, promotion, { profile });
      }
    };
    await Promise.all([swap('L1', ['Q', 'P']), swap('L2', ['P', 'Q'])]);
    expect(await historyOf(context.db, 'ada')).toEqual(turnsOf(['Q', 'P']));
    expect(await historyOf(context.db, 'bob')).toEqual(turnsOf(['P', 'Q']));
  });
});
