/** What whoever is signed in may do. Pure. */

/** `admin` may do everything, `viewer` reads everything, `user` sees what is their own. */
export type Role = 'admin' | 'viewer' | 'user';

/** From the least to the most. */
export const ROLES = ['user', 'viewer', 'admin'] as const satisfies readonly Role[];

/** Returns the most a person may do (contract §1): staff and superusers are admins, whatever `users.role` says. */
export function roleOfPerson({ isStaff, isSuperuser }: { isStaff: boolean; isSuperuser: boolean }): Role {
  return isStaff || isSuperuser ? 'admin' : 'user';
}

/** Returns the lesser of two roles. */
export function lesserRole(one: Role, other: Role): Role {
  return ROLES.indexOf(one) <= ROLES.indexOf(other) ? one : other;
}

/** Returns a stored role; one that nobody knows is the least. */
export function roleFromText(text: string): Role {
  return ROLES.find((role) => role === text) ?? 'user';
}
