/** Checks that commands share before they write: may this profile be assigned, is this name free. */
import type { Transaction } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { Profile } from './profile.ts';
import type { Referable } from './reference.ts';

/** Throws AppError `invalid` when a profile that somebody is to get is inactive, unless it is the one they have (contract §0.15). */
export function refuseInactive(profile: Profile | null, currentProfileId: number | null): void {
  if (profile === null || profile.isActive || profile.id === currentProfileId) return;
  const name = JSON.stringify(profile.name);
  throw new AppError(
    'invalid',
    `profile: expected an active profile, got ${name}, which is inactive; activate it first`,
    { field: 'profile' },
  );
}

/** Throws AppError `conflict` when another row has the name, as the column itself compares names. */
export async function refuseTakenName<Row extends object>(
  { trx }: Transaction,
  of: Referable<Row>,
  name: string,
  exceptId: number | null = null,
): Promise<void> {
  const rows: { id: number }[] = await trx(of.table).where(of.nameColumn, name).select('id');
  if (rows.some((row) => row.id !== exceptId)) {
    const message = `${of.nameColumn}: there is already a ${of.kind} ${JSON.stringify(name)}`;
    throw new AppError('conflict', message, { field: of.nameColumn });
  }
}
