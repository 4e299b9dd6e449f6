/** What keeping FreeRADIUS's tables in step needs: which of their rows are radmeter's, whom they were made for, and who is to be looked at again. */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import { bigint, epochMs, id, index, optional, required, type Table, varchar } from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

/** The columns each of these tables has already, as far as adopting asks for them, and whose a row is; NULL: people's own. */
function userTable(name: string): Table {
  return {
    name,
    columns: { id, radmeter_user_id: optional(bigint) },
    indexes: [index(`${name}_radmeter`, ['radmeter_user_id'])],
  };
}

/** Of which profile; 0 for the one of users without any. */
function groupTable(name: string): Table {
  return {
    name,
    columns: { id, radmeter_profile_id: optional(bigint) },
    indexes: [index(`${name}_radmeter`, ['radmeter_profile_id'])],
  };
}

const freeradiusUsers: Table = {
  name: 'freeradius_users',
  columns: {
    user_id: required(bigint),
    // Whose terms the rows were made of, so that what is deleted meanwhile is noticed.
    profile_id: required(bigint),
    promotion_id: optional(bigint),
    // When they may be others without anybody doing anything.
    due_at: optional(epochMs),
  },
  primaryKey: ['user_id'],
  indexes: [
    index('freeradius_users_due', ['due_at']),
    index('freeradius_users_profile', ['profile_id']),
    index('freeradius_users_promotion', ['promotion_id']),
  ],
};

const freeradiusChanges: Table = {
  name: 'freeradius_changes',
  columns: {
    id,
    scope: required(varchar(16)),
    scope_id: optional(bigint),
    at: required(epochMs),
  },
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [
    ...['radcheck', 'radreply', 'radusergroup'].map(userTable),
    ...['radgroupcheck', 'radgroupreply'].map(groupTable),
    freeradiusUsers,
    freeradiusChanges,
  ]);
}
