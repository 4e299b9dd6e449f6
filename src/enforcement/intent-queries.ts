/** Reading intents. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { idsInWindow, inOrderOf, type ListWindow } from '../db/list-window.ts';
import { AppError } from '../errors.ts';
import { type Intent, liveKeyOf } from './intent.ts';
import { type IntentRow, intentFromRow } from './intent-row.ts';

/** An intent as lists show it. */
export interface IntentListing extends Intent {
  /** Null where the session is nobody's, or the user is gone. */
  readonly username: string | null;
}

export interface IntentList {
  readonly count: () => Promise<number>;
  readonly rows: (window: ListWindow) => Promise<IntentListing[]>;
}

/** Returns the list of all intents, or of those alone that are, or are not, still to be carried out, the newest first. */
export function listIntents(
  { knex }: Database,
  { isLive }: { readonly isLive?: boolean | undefined },
): IntentList {
  const fitting = () => {
    if (isLive === undefined) return knex(INTENTS);
    return isLive ? knex(INTENTS).whereNotNull('live_key') : knex(INTENTS).whereNull('live_key');
  };
  return {
    count: async () => {
      const [row]: { intents: number }[] = await fitting().count({ intents: '*' });
      return Number(row?.intents ?? 0);
    },
    rows: async (window) => {
      const ids = await idsInWindow(fitting().select('id'), [{ column: 'id', order: 'desc' }], window);
      const rows: ListingRow[] = await listings(knex).whereIn(`${INTENTS}.id`, ids);
      return inOrderOf(ids, rows).map(listingFromRow);
    },
  };
}

/** Returns one intent; throws AppError `not_found`. */
export async function getIntent({ knex }: Database, id: number): Promise<IntentListing> {
  const [row]: ListingRow[] = await listings(knex).where(`${INTENTS}.id`, id);
  if (row === undefined) throw new AppError('not_found', 'Not found.');
  return listingFromRow(row);
}

/** Returns the live intent of a session; null when there is none. */
export async function liveIntentOf({ knex }: Database, sessionId: number): Promise<IntentListing | null> {
  const [row]: ListingRow[] = await listings(knex).where(`${INTENTS}.live_key`, liveKeyOf(sessionId));
  return row === undefined ? null : listingFromRow(row);
}

/** A session that will not go is tried now and again as long as it lives. */
const INTENTS_OF_SESSION_MAX = 100;

/** Returns what was decided about a session, the newest first, INTENTS_OF_SESSION_MAX at most. */
export async function intentsOf({ knex }: Database, sessionId: number): Promise<IntentListing[]> {
  const rows: ListingRow[] = await listings(knex)
    .where(`${INTENTS}.radacctid`, sessionId)
    .orderBy(`${INTENTS}.id`, 'desc')
    .limit(INTENTS_OF_SESSION_MAX);
  return rows.map(listingFromRow);
}

/** Returns what was decided last about any of some sessions, the newest first, `limit` at most. */
export async function latestIntentsOf(
  { knex }: Database,
  sessionIds: readonly number[],
  limit: number,
): Promise<IntentListing[]> {
  const rows: ListingRow[] = await listings(knex)
    .whereIn(`${INTENTS}.radacctid`, [...sessionIds])
    .orderBy(`${INTENTS}.id`, 'desc')
    .limit(limit);
  return rows.map(listingFromRow);
}

/** Returns how many intents are still to be carried out. */
export async function countLiveIntents({ knex }: Database): Promise<number> {
  const [row]: { intents: number }[] = await knex(INTENTS).whereNotNull('live_key').count({ intents: '*' });
  return Number(row?.intents ?? 0);
}

const INTENTS = 'enforcement_intents';

interface ListingRow extends IntentRow {
  readonly username: string | null;
}

function listings(knex: Knex): Knex.QueryBuilder {
  return knex(INTENTS)
    .leftJoin('users', 'users.id', `${INTENTS}.user_id`)
    .select(`${INTENTS}.*`, 'users.username');
}

function listingFromRow(row: ListingRow): IntentListing {
  return { ...intentFromRow(row), username: row.username };
}
