/** Nobody passes for a token or for the command line in what is written about them, whatever the network calls them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { personName } from '../../src/audit/actor-name.ts';
import { userRoutes } from '../../src/http/user-routes.ts';
import { createMeter } from '../../src/metering.ts';
import { deleteUser } from '../../src/profiles/user-commands.ts';
import { Calendar } from '../../src/usage/period.ts';
import { auditEntries } from '../support/audit-entries.ts';
import { runBatch } from '../support/batches.ts';
import { commandContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH, sessionRecord } from '../support/records.ts';
import { type SignedInApi, signedInApi } from '../support/signed-in-api.ts';
import { submissionOf } from '../support/submissions.ts';

describe('the name of a person', () => {
  it.each([
    ['john', 'john'],
    ['tokens', 'tokens'],
    ['my token:portal', 'my token:portal'],
    ['token:portal', 'user:token:portal'],
    ['Token:portal', 'user:Token:portal'],
    ['cli:root', 'user:cli:root'],
    ['user:cli:root', 'user:user:cli:root'],
    [`cli:${'😀'.repeat(146)}`, `user:cli:${'😀'.repeat(141)}`],
  ])('%s is written as %s', (username, written) => {
    expect(personName(username)).toBe(written);
  });
});

describeEachDatabase('a user whom an access point calls like a token', (getDatabase) => {
  let api: SignedInApi;

  beforeEach(async () => {
    api = await signedInApi(getDatabase().db, (parts, signIn) => [userRoutes(parts, signIn)]);
  });
  afterEach(() => api.close());

  /** Meters a report of `token:portal`, and returns the id of the user it made. */
  async function reported(unknownUsers: 'create' | 'default'): Promise<number> {
    const { db } = getDatabase();
    const meter = createMeter({
      calendar: new Calendar('UTC'),
      defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
      nameRules: { stripsRealm: false, lowersCase: false },
      unknownUsers,
    });
    const record = sessionRecord({ at: 60, time: 60, up: 700, down: 0, user: 'token:portal' });
    await runBatch(db, (batch) => meter(batch, [submissionOf(record)]), EPOCH + 60_000);
    expect(await usageRowOf(db, 'token:portal')).toMatchObject({ used_total: 700 });
    const [id] = await db.knex('users').where('username', 'token:portal').pluck('id');
    return id;
  }

  it.each(['create', 'default'] as const)('is counted under "%s", and can be told apart', async (policy) => {
    const { db } = getDatabase();
    const id = await reported(policy);
    await db.knex('users').where({ id }).update({ is_staff: true });
    const password = await api.signIn.passwords.hash('correct horse');
    await db.knex('users').where({ id }).update({ password });
    const credentials = { username: 'token:portal', password: 'correct horse' };
    const { cookie } = await api.send('POST', 'auth/login/', { body: credentials });
    const headers = { cookie: cookie[0] ?? '', 'x-requested-with': 'x' };
    // Their name stays theirs, also where it is said again.
    const body = { username: 'token:portal', first_name: 'Ann' };
    expect(await api.send('PUT', `users/${id}/`, { headers, body })).toMatchObject({ status: 200 });
    expect((await auditEntries(db)).at(-1)).toMatchObject({
      ...{ who: 'user:token:portal', what: 'update user', after: { first_name: 'Ann' } },
    });
  });

  it('keeps a name of their own in the history they made, once they are gone', async () => {
    const { db } = getDatabase();
    const id = await reported('create');
    const [john] = await db.knex('users').insert({
      ...{ username: 'john', password: '!', date_joined: '2025-12-11 12:00:00' },
      ...{ created_at: '2025-12-11 12:00:00', updated_at: '2025-12-11 12:00:00' },
    });
    await db.knex('profile_history').insert({
      ...{ user_id: john, change_type: 'removed', changed_by_id: id, changed_at: '2025-12-11 12:00:00' },
    });
    await deleteUser(commandContext(db), id);
    expect(await db.knex('profile_history').select('changed_by_id', 'changed_by_name')).toEqual([
      { changed_by_id: null, changed_by_name: 'user:token:portal' },
    ]);
  });
});
