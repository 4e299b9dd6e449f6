/** Who may come in: FreeRADIUS's check, reply and group tables, its log of decisions, and our reservations (contract §10, design §4). */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import {
  bigint,
  boolean,
  type Column,
  defaulted,
  epochMs,
  id,
  index,
  integer,
  optional,
  required,
  type Table,
  unique,
  varbinary,
  varchar,
} from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const name: Column = defaulted(varchar(64), '');
const value: Column = defaulted(varchar(253), '');

const radcheck: Table = {
  name: 'radcheck',
  columns: {
    id,
    username: name,
    attribute: name,
    op: defaulted(varchar(2), ':='),
    value,
    // The seed's switch for a row: 1 in force, 0 disabled.
    statut: defaulted(boolean, true),
  },
  indexes: [index('radcheck_username', ['username'])],
};

const radreply: Table = {
  name: 'radreply',
  columns: { id, username: name, attribute: name, op: defaulted(varchar(2), '='), value },
  indexes: [index('radreply_username', ['username'])],
};

const radgroupcheck: Table = {
  name: 'radgroupcheck',
  columns: { id, groupname: name, attribute: name, op: defaulted(varchar(2), ':='), value },
  indexes: [index('radgroupcheck_groupname', ['groupname'])],
};

const radgroupreply: Table = {
  name: 'radgroupreply',
  columns: { id, groupname: name, attribute: name, op: defaulted(varchar(2), '='), value },
  indexes: [index('radgroupreply_groupname', ['groupname'])],
};

const radusergroup: Table = {
  name: 'radusergroup',
  columns: { id, username: name, groupname: name, priority: defaulted(integer, 1) },
  // FreeRADIUS's own table may hold a pair twice, so nothing can rest on its being unique.
  indexes: [index('radusergroup_username', ['username'])],
};

const radpostauth: Table = {
  name: 'radpostauth',
  columns: {
    id,
    username: name,
    pass: name,
    reply: defaulted(varchar(32), ''),
    authdate: {
      type: { mysql: 'timestamp(6)', sqlite: 'timestamp' },
      isNullable: false,
      defaultSql: { mysql: 'CURRENT_TIMESTAMP(6)', sqlite: 'CURRENT_TIMESTAMP' },
    },
    class: optional(varchar(64)),
    reason: optional(varchar(64)),
  },
  indexes: [index('radpostauth_username', ['username'])],
};

/** Places held for users who were accepted and whose accounting has not begun. */
const accessReservations: Table = {
  name: 'access_reservations',
  columns: {
    id,
    user_id: required(bigint),
    station: required(varbinary(253)),
    nas_id: optional(bigint),
    source_address: required(varchar(45)),
    class_token: required(varbinary(64)),
    created_at: required(epochMs),
    expires_at: required(epochMs),
  },
  indexes: [
    unique('access_reservations_token', ['class_token']),
    index('access_reservations_user', ['user_id', 'expires_at']),
  ],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [
    radcheck,
    radreply,
    radgroupcheck,
    radgroupreply,
    radusergroup,
    radpostauth,
    accessReservations,
  ]);
}
