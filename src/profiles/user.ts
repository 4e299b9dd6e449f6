/** A user: who may be online, with which profile and in which promotion. */
import { looksLikeAnotherActor } from '../audit/actor-name.ts';
import { AppError } from '../errors.ts';
import { emailOrEmpty, ipAddress, macAddress } from './address-rules.ts';
import { checkFields, type FieldRule, name, orNull, rowId, text, yesOrNo } from './field-rules.ts';

/** What people may set on a user. */
export interface UserFields {
  readonly username: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly matricule: string | null;
  readonly phoneNumber: string | null;
  readonly macAddress: string | null;
  readonly ipAddress: string | null;
  readonly voucherCode: string | null;
  readonly isVoucherUser: boolean;
  readonly isActive: boolean;
  readonly isStaff: boolean;
  readonly isSuperuser: boolean;
  readonly isRadiusEnabled: boolean;
  readonly profileId: number | null;
  readonly promotionId: number | null;
}

/** A row of `users` (contract §1), without its passwords. */
export interface User extends UserFields {
  readonly id: number;
  readonly isRadiusActivated: boolean;
  readonly role: string;
  /** UTC text as the columns hold it. */
  readonly dateJoined: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What a new user is where nothing else is said. */
export const NEW_USER: Omit<UserFields, 'username'> = Object.freeze({
  email: '',
  firstName: '',
  lastName: '',
  matricule: null,
  phoneNumber: null,
  macAddress: null,
  ipAddress: null,
  voucherCode: null,
  isVoucherUser: false,
  isActive: true,
  isStaff: false,
  isSuperuser: false,
  isRadiusEnabled: true,
  profileId: null,
  promotionId: null,
});

/** The rules of contract §1, by field. */
export const USER_RULES: Readonly<Record<keyof UserFields, FieldRule>> = {
  username: name(150),
  email: text(254),
  firstName: text(150),
  lastName: text(150),
  matricule: orNull(text(50)),
  phoneNumber: orNull(text(20)),
  macAddress: orNull(text(17)),
  ipAddress: orNull(ipAddress),
  voucherCode: orNull(text(50)),
  isVoucherUser: yesOrNo,
  isActive: yesOrNo,
  isStaff: yesOrNo,
  isSuperuser: yesOrNo,
  isRadiusEnabled: yesOrNo,
  profileId: orNull(rowId),
  promotionId: orNull(rowId),
};

/** What must hold of addresses that are entered here; other programs have filled the columns with more. */
const ENTRY_RULES = {
  ...USER_RULES,
  email: emailOrEmpty(254),
  macAddress: orNull(macAddress),
};

/** Throws AppError `invalid`, naming the field, for a value no user can have. */
export function checkUserFields(fields: Partial<UserFields>): void {
  checkFields(USER_RULES, fields);
}

/** Throws as checkUserFields does, also for an e-mail or MAC address that is none. What a user has already may be sent back. */
export function checkEnteredFields(fields: Partial<UserFields>, before?: UserFields): void {
  checkUserFields(fields);
  const kept = new Map<string, unknown>(before === undefined ? [] : Object.entries(before));
  const entered = Object.entries(fields).filter(([field, value]) => kept.get(field) !== value);
  checkFields(ENTRY_RULES, Object.fromEntries(entered));
}

/** Throws AppError `invalid` for a name that nobody is to be given: in the audit log it would read like that of a token or of the command line. */
export function refuseActorName(username: string): void {
  if (!looksLikeAnotherActor(username)) return;
  const message = `username: expected a name that does not begin with token:, cli: or user:, as the names of others do in the audit log; got ${JSON.stringify(username)}`;
  throw new AppError('invalid', message, { field: 'username' });
}

/** Returns the role a user is saved with (contract §1): staff and superusers are admins, nobody else is. */
export function roleOf(user: Pick<User, 'isStaff' | 'isSuperuser'> & { readonly role: string }): string {
  if (user.isStaff || user.isSuperuser) return 'admin';
  return user.role === '' || user.role === 'admin' ? 'user' : user.role;
}
