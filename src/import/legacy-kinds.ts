/** Profiles, promotions and users of the old system as rows of ours (contract §1, §12). */
import { AppError } from '../errors.ts';
import { columnsOf } from '../profiles/field-rules.ts';
import { checkProfile, NEW_PROFILE, type ProfileFields, type QuotaType } from '../profiles/profile.ts';
import { checkUserFields, refuseActorName, roleOf, type UserFields } from '../profiles/user.ts';
import { type BandwidthUnit, KBPS_PER_MBPS, MBPS_MAX } from './bandwidth-unit.ts';
import {
  badCell,
  flagCell,
  instantText,
  instantTextOrNull,
  textCell,
  textOrNull,
  wholeCell,
  wholeOrNull,
} from './cells.ts';
import type { ColumnValues, LegacyKind, LegacyRow } from './legacy-import.ts';
import type { SourceRow } from './source-database.ts';

/** Ids here by the ids there. */
export type Ids = ReadonlyMap<number, number>;

/** Returns how profiles are brought over; `unit` is that of their bandwidths. */
export function profileKind(unit: BandwidthUnit): LegacyKind {
  return {
    kind: 'profile',
    table: 'profiles',
    ownTime: ['created_at', 'updated_at'],
    read: (row) => readProfile(row, unit),
    find: byName('profiles', 'name'),
  };
}

function readProfile(row: SourceRow, unit: BandwidthUnit): LegacyRow {
  const upload = wholeCell(row, 'bandwidth_upload', 1);
  const download = wholeCell(row, 'bandwidth_download', 1);
  const perUnit = unit === 'mbps' ? KBPS_PER_MBPS : 1;
  const fields: ProfileFields = {
    ...NEW_PROFILE,
    name: textCell(row, 'name'),
    description: textOrNull(row, 'description'),
    isActive: flagCell(row, 'is_active'),
    bandwidthUpload: upload * perUnit,
    bandwidthDownload: download * perUnit,
    quotaType: quotaTypeCell(row),
    dataVolume: wholeCell(row, 'data_volume', 0),
    dailyLimit: wholeOrNull(row, 'daily_limit', 0),
    weeklyLimit: wholeOrNull(row, 'weekly_limit', 0),
    monthlyLimit: wholeOrNull(row, 'monthly_limit', 0),
    validityDuration: wholeCell(row, 'validity_duration'),
    sessionTimeout: wholeCell(row, 'session_timeout', 0),
    idleTimeout: wholeCell(row, 'idle_timeout', 0),
    simultaneousUse: wholeCell(row, 'simultaneous_use', 1),
  };
  checkProfile(fields);
  const isFast = unit === 'mbps' && Math.max(upload, download) > MBPS_MAX;
  const note = `its bandwidth was ${upload} and ${download} Mbit/s, which that system never asked for: an old row in kbit/s?`;
  return {
    name: fields.name,
    columns: withTimes(columnsOf(fields), row),
    notes: isFast ? [note] : [],
  };
}

function quotaTypeCell(row: SourceRow): QuotaType {
  const value = textCell(row, 'quota_type');
  if (value === 'limited' || value === 'unlimited') return value;
  throw badCell('quota_type', 'limited or unlimited', value);
}

/** Returns how promotions are brought over. */
export function promotionKind(profiles: Ids): LegacyKind {
  return {
    kind: 'promotion',
    table: 'promotions',
    ownTime: ['created_at', 'updated_at'],
    read: (row) => {
      const name = textCell(row, 'name');
      refuseName(name, 100);
      const profile = reference(row, 'profile_id', profiles);
      const columns = { name, is_active: flagCell(row, 'is_active'), profile_id: profile.id };
      return { name, columns: withTimes(columns, row), notes: profile.notes };
    },
    find: byName('promotions', 'name'),
  };
}

/** Returns how users are brought over: their password hashes as they are, and no clear password. */
export function userKind({ profiles, promotions }: { profiles: Ids; promotions: Ids }): LegacyKind {
  return {
    kind: 'user',
    table: 'users',
    ownTime: ['created_at', 'updated_at', 'date_joined', 'last_login'],
    read: (row) => readUser(row, { profiles, promotions }),
    find: byName('users', 'username'),
  };
}

function readUser(row: SourceRow, { profiles, promotions }: { profiles: Ids; promotions: Ids }): LegacyRow {
  const profile = reference(row, 'profile_id', profiles);
  const promotion = reference(row, 'promotion_id', promotions);
  const address = addressCell(row);
  const fields: UserFields = {
    username: textCell(row, 'username'),
    email: textCell(row, 'email'),
    firstName: textCell(row, 'first_name'),
    lastName: textCell(row, 'last_name'),
    matricule: textOrNull(row, 'matricule'),
    phoneNumber: textOrNull(row, 'phone_number'),
    macAddress: textOrNull(row, 'mac_address'),
    ipAddress: address.value,
    voucherCode: textOrNull(row, 'voucher_code'),
    isVoucherUser: flagCell(row, 'is_voucher_user'),
    isActive: flagCell(row, 'is_active'),
    isStaff: flagCell(row, 'is_staff'),
    isSuperuser: flagCell(row, 'is_superuser'),
    isRadiusEnabled: flagCell(row, 'is_radius_enabled'),
    profileId: null,
    promotionId: null,
  };
  checkUserFields(fields);
  refuseActorName(fields.username);
  const columns = {
    ...columnsOf(fields),
    profile_id: profile.id,
    promotion_id: promotion.id,
    password: passwordCell(row),
    last_login: instantTextOrNull(row, 'last_login'),
    date_joined: instantText(row, 'date_joined'),
    is_radius_activated: flagCell(row, 'is_radius_activated'),
    role: roleOf({ ...fields, role: textOrNull(row, 'role') ?? '' }),
  };
  return {
    name: fields.username,
    columns: withTimes(columns, row),
    notes: [
      ...(fields.isSuperuser ? ['is a superuser there, and so here: may change everything'] : []),
      ...[...profile.notes, ...promotion.notes, ...address.notes],
    ],
  };
}

const PASSWORD_LENGTH_MAX = 128;

function passwordCell(row: SourceRow): string {
  const hash = textCell(row, 'password');
  if (hash.length <= PASSWORD_LENGTH_MAX) return hash;
  // What it holds has no place in a report.
  throw new AppError('invalid', `password: expected a hash of at most ${PASSWORD_LENGTH_MAX} characters`);
}

/** MySQL pads a char column; an address that is none is only information. */
function addressCell(row: SourceRow): { value: string | null; notes: string[] } {
  const value = textOrNull(row, 'ip_address')?.trim() || null;
  try {
    checkUserFields({ ipAddress: value });
    return { value, notes: [] };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { value: null, notes: [`${error.message}; imported without one`] };
  }
}

/** Returns what a row refers to here; a row that was not imported is left out, and said. */
export function reference(row: SourceRow, column: string, ids: Ids): { id: number | null; notes: string[] } {
  const theirs = wholeOrNull(row, column, 1);
  if (theirs === null) return { id: null, notes: [] };
  const id = ids.get(theirs);
  if (id !== undefined) return { id, notes: [] };
  return { id: null, notes: [`${column} ${theirs} is unknown or was not imported; imported without one`] };
}

/** Returns a name's rule broken as an error. */
function refuseName(name: string, lengthMax: number): void {
  if (name !== '' && name === name.trim() && [...name].length <= lengthMax) return;
  throw badCell('name', `a name of 1 to ${lengthMax} characters without blanks around it`, name);
}

function withTimes(columns: Record<string, unknown>, row: SourceRow): ColumnValues {
  const times = { created_at: instantText(row, 'created_at'), updated_at: instantText(row, 'updated_at') };
  // columnsOf gives what the fields hold: text, numbers, booleans and null.
  return { ...(columns as ColumnValues), ...times };
}

function byName(table: string, column: string): LegacyKind['find'] {
  return async (knex, rows) => {
    const names = rows.map(({ name }) => name);
    const found: (ColumnValues & { id: number })[] = await knex(table).whereIn(column, names).select('*');
    return new Map(found.map((row) => [String(row[column]), row]));
  };
}
