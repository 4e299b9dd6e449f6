/** Reading who is online among those whose terms changed. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import type { TermsScope } from '../profiles/changed-terms.ts';
import { usersOfProfile } from '../profiles/profile-change.ts';
import { closeKindCode } from '../sessions/run-codes.ts';
import { nextSource, openSessionsOf } from '../sessions/stale-queries.ts';

const CHUNK_SESSIONS = 1_000;

/** Gives the ids of users with open sessions among those of a scope, a chunk at a time; one may come twice. */
export async function* onlineUsersOf(reader: Database, scope: TermsScope): AsyncGenerator<readonly number[]> {
  if (scope.kind === 'all') yield* everybodyOnline(reader);
  else {
    const userIds = await onlineAmong(reader.knex, usersIn(reader.knex, scope));
    for (let at = 0; at < userIds.length; at += CHUNK_SESSIONS) yield userIds.slice(at, at + CHUNK_SESSIONS);
  }
}

/** Returns a query of the users of a scope. */
export function usersIn(knex: Knex, scope: Exclude<TermsScope, { kind: 'all' }>): Knex.QueryBuilder {
  switch (scope.kind) {
    case 'user':
      return knex('users').where('users.id', scope.id);
    case 'promotion':
      return knex('users').where('users.promotion_id', scope.id);
    case 'profile':
      return usersOfProfile(knex, scope.id);
  }
}

/** Straight from the index of sessions by user. */
async function onlineAmong(knex: Knex, users: Knex.QueryBuilder): Promise<number[]> {
  const rows: { id: number }[] = await users
    .select('users.id')
    .whereExists(
      knex('radacct')
        .select(knex.raw('1'))
        .where('radacct.user_id', knex.ref('users.id'))
        .where('radacct.close_kind', closeKindCode('open')),
    );
  return rows.map(({ id }) => id);
}

/** Source by source, as a controller may have a hundred thousand. */
async function* everybodyOnline(reader: Database): AsyncGenerator<readonly number[]> {
  for (let source = await nextSource(reader, ''); source !== undefined; ) {
    for (let afterId = 0; ; ) {
      const sessions = await openSessionsOf(reader, {
        sourceAddress: source,
        afterId,
        limit: CHUNK_SESSIONS,
      });
      const last = sessions.at(-1);
      if (last === undefined) break;
      yield [...new Set(sessions.flatMap(({ userId }) => (userId === undefined ? [] : [userId])))];
      afterId = last.id;
    }
    source = await nextSource(reader, source);
  }
}
