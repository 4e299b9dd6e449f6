/** Rows of the table `users`, and the users they are. */
import type { Referable } from './reference.ts';
import { type Flag, flag } from './row-values.ts';
import type { User } from './user.ts';

/** A row of `users` as the driver hands it out, as far as radmeter reads it. */
export interface UserRow {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly promotion_id: number | null;
  readonly matricule: string | null;
  readonly profile_id: number | null;
  readonly phone_number: string | null;
  readonly mac_address: string | null;
  readonly ip_address: string | null;
  readonly voucher_code: string | null;
  readonly is_voucher_user: Flag;
  readonly is_active: Flag;
  readonly is_staff: Flag;
  readonly is_superuser: Flag;
  readonly is_radius_activated: Flag;
  readonly is_radius_enabled: Flag;
  readonly role: string;
  readonly date_joined: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export const USERS: Referable<UserRow> = { kind: 'user', table: 'users', nameColumn: 'username' };

/** Returns the user of a row. */
export function userFromRow(row: UserRow): User {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    firstName: row.first_name,
    lastName: row.last_name,
    promotionId: row.promotion_id,
    matricule: row.matricule,
    profileId: row.profile_id,
    phoneNumber: row.phone_number,
    macAddress: row.mac_address,
    ipAddress: row.ip_address,
    voucherCode: row.voucher_code,
    isVoucherUser: flag(row.is_voucher_user),
    isActive: flag(row.is_active),
    isStaff: flag(row.is_staff),
    isSuperuser: flag(row.is_superuser),
    isRadiusActivated: flag(row.is_radius_activated),
    isRadiusEnabled: flag(row.is_radius_enabled),
    role: row.role,
    dateJoined: row.date_joined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
