/** Writing down what became of messages: by whoever has them. */
import { beforeEach, expect, it } from 'vitest';
import { claimDue, type Settlement, settle } from '../../src/alerts/queue-store.ts';
import { inTransaction, type Transaction } from '../../src/db/database.ts';
import { type AlertStory, alertStory } from '../support/alert-story.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('a message that another instance has by now', (getDatabase) => {
  let story: AlertStory;

  const within = <T>(work: (transaction: Transaction) => Promise<T>) =>
    inTransaction(getDatabase().db, story.context.clock, work);
  const message = () => getDatabase().db.knex('mail_queue').first();

  beforeEach(async () => {
    story = await alertStory(getDatabase().db);
    await story.alert();
    await story.join('john', 45);
    await story.check();
    const claim = { table: 'mail_queue', limit: 5, leaseMs: 60_000 } as const;
    await within((transaction) => claimDue(transaction, { ...claim, owner: 'alpha' }));
    story.context.clock.set('2025-12-11T12:01:00Z');
    await within((transaction) => claimDue(transaction, { ...claim, owner: 'beta' }));
  });

  const settledBy = async (owner: string, settlement: Settlement) => {
    const { id } = await message();
    return within((transaction) => settle(transaction, { table: 'mail_queue', id, owner }, settlement));
  };

  it.each<Settlement>([
    { kind: 'retry', reason: 'busy', dueAt: 0, isCounted: true },
    { kind: 'failed', reason: 'no such user' },
    { kind: 'released', dueAt: 0 },
  ])('is not %o because the one before says so', async (settlement) => {
    const before = await message();
    expect(await settledBy('alpha', settlement)).toBe(false);
    expect(await message()).toEqual(before);
    expect(await story.deliveries()).toEqual(['john email pending']);
    expect(await settledBy('beta', settlement)).toBe(true);
  });

  it('was sent where the one before has sent it, and that is said once', async () => {
    expect(await settledBy('alpha', { kind: 'sent' })).toBe(true);
    expect(await settledBy('beta', { kind: 'sent' })).toBe(false);
    expect(await message()).toMatchObject({ status: 'sent', leased_by: null });
    expect(await story.deliveries()).toEqual(['john email delivered']);
  });
});
