/** Users made from accounting: a User-Name that nobody knows, on systems that want its usage. */
import type { BatchTransaction, Column } from '../db/batch.ts';

/** What becomes of a User-Name that is no user: its octets charged to nobody, counted under the defaults, or a user made of it. */
export type UnknownUserPolicy = 'unmetered' | 'default' | 'create';

/**
 * Adds users without profile, password or rights; under `create` they are enabled for RADIUS like any other, under
 * `default` they only hold usage. A name that somebody adds at the same time is a duplicate key, and the batch is
 * decided again.
 */
export function insertUnknownUsers(
  batch: BatchTransaction,
  usernames: readonly string[],
  policy: Exclude<UnknownUserPolicy, 'unmetered'>,
): void {
  const now = (name: string): Column<string> => ({ name, kind: 'instant', value: () => batch.now });
  const no = (name: string): Column<string> => ({ name, kind: 'number', value: () => 0 });
  const empty = (name: string): Column<string> => ({ name, kind: 'text', value: () => '' });
  const columns: readonly Column<string>[] = [
    { name: 'username', kind: 'text', value: (username) => username },
    // Django's mark of a password nobody can have.
    { name: 'password', kind: 'text', value: () => '!' },
    { name: 'role', kind: 'text', value: () => 'user' },
    { name: 'is_active', kind: 'number', value: () => 1 },
    { name: 'is_radius_enabled', kind: 'number', value: () => Number(policy === 'create') },
    ...['email', 'first_name', 'last_name'].map(empty),
    ...['is_superuser', 'is_staff', 'is_radius_activated', 'is_voucher_user'].map(no),
    ...['date_joined', 'created_at', 'updated_at'].map(now),
  ];
  batch.insert('users', columns, usernames);
}
