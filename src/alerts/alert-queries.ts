/** Reading alerts. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { idsInWindow, inOrderOf, type ListWindow } from '../db/list-window.ts';
import { AppError } from '../errors.ts';
import { type Alert, type AlertRow, alertFromRow } from './alert-row.ts';

/** An alert as lists show it. */
export interface AlertListing extends Alert {
  readonly profileName: string;
  /** Null where nobody made it. */
  readonly createdByUsername: string | null;
}

/** Which alerts to list; absent = any. */
export interface AlertFilter {
  readonly profileId?: number | undefined;
  readonly isActive?: boolean | undefined;
}

/** The alerts that fit: how many, and some of them, the newest first. */
export interface AlertList {
  readonly count: () => Promise<number>;
  readonly rows: (window: ListWindow) => Promise<AlertListing[]>;
}

/** Returns the list of the alerts that fit. */
export function listAlerts({ knex }: Database, filter: AlertFilter): AlertList {
  return {
    count: async () => {
      const [row]: { alerts: number }[] = await fitting(knex, filter).count({ alerts: '*' });
      return Number(row?.alerts ?? 0);
    },
    rows: async (window) => {
      const ids = await idsInWindow(fitting(knex, filter).select('id'), NEWEST_FIRST, window);
      const rows: ListingRow[] = await listings(knex).whereIn('profile_alerts.id', ids);
      return inOrderOf(ids, rows).map(listingFromRow);
    },
  };
}

/** Returns one alert; throws AppError `not_found`. */
export async function getAlert({ knex }: Database, id: number): Promise<AlertListing> {
  const [row]: ListingRow[] = await listings(knex).where('profile_alerts.id', id);
  if (row === undefined) throw new AppError('not_found', 'Not found.');
  return listingFromRow(row);
}

/** Returns every active alert, the newest first. */
export async function listActiveAlerts({ knex }: Database): Promise<Alert[]> {
  const rows: AlertRow[] = await knex('profile_alerts').where('is_active', true).orderBy(NEWEST_FIRST);
  return rows.map(alertFromRow);
}

const NEWEST_FIRST: { column: string; order: 'asc' | 'desc' }[] = [
  { column: 'created_at', order: 'desc' },
  { column: 'id', order: 'desc' },
];

interface ListingRow extends AlertRow {
  readonly profile_name: string;
  readonly created_by_username: string | null;
}

function fitting(knex: Knex, { profileId, isActive }: AlertFilter): Knex.QueryBuilder {
  const query = knex('profile_alerts');
  if (profileId !== undefined) query.where('profile_id', profileId);
  if (isActive !== undefined) query.where('is_active', isActive);
  return query;
}

function listings(knex: Knex): Knex.QueryBuilder {
  return knex('profile_alerts')
    .join('profiles', 'profiles.id', 'profile_alerts.profile_id')
    .leftJoin('users as maker', 'maker.id', 'profile_alerts.created_by_id')
    .select('profile_alerts.*', 'profiles.name as profile_name', 'maker.username as created_by_username');
}

function listingFromRow(row: ListingRow): AlertListing {
  return {
    ...alertFromRow(row),
    profileName: row.profile_name,
    createdByUsername: row.created_by_username,
  };
}
