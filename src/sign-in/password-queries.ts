/** Looking up who a user name belongs to, for signing in. */
import type { Knex } from 'knex';
import { type Flag, flag } from '../profiles/row-values.ts';
import type { Role } from './role.ts';
import { roleOfPerson } from './role.ts';

/** A user as signing in needs one. */
export interface PasswordHolder {
  readonly id: number;
  readonly username: string;
  /** The hash. */
  readonly password: string;
  readonly isActive: boolean;
  readonly role: Role;
}

interface HolderRow {
  readonly id: number;
  readonly username: string;
  readonly password: string;
  readonly is_active: Flag;
  readonly is_staff: Flag;
  readonly is_superuser: Flag;
}

const COLUMNS = ['id', 'username', 'password', 'is_active', 'is_staff', 'is_superuser'];

/** Returns the user of exactly this name, never one of another spelling or by id; undefined where there is none. */
export async function findHolderByName(knex: Knex, username: string): Promise<PasswordHolder | undefined> {
  const rows: HolderRow[] = await knex('users').where('username', username).select(COLUMNS);
  // An adopted column may compare without case or accents.
  const row = rows.find((each) => each.username === username);
  return row === undefined ? undefined : holderFromRow(row);
}

/** Returns the user with this id; undefined where there is none. `lock` may lock the row. */
export async function findHolderById(
  knex: Knex,
  userId: number,
  lock: <Q extends Knex.QueryBuilder>(query: Q) => Q = (query) => query,
): Promise<PasswordHolder | undefined> {
  const [row]: HolderRow[] = await lock(knex('users').where('id', userId).select(COLUMNS));
  return row === undefined ? undefined : holderFromRow(row);
}

function holderFromRow(row: HolderRow): PasswordHolder {
  return {
    id: row.id,
    username: row.username,
    password: row.password,
    isActive: flag(row.is_active),
    role: roleOfPerson({ isStaff: flag(row.is_staff), isSuperuser: flag(row.is_superuser) }),
  };
}
