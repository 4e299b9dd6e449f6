/** Reading the notices people find when they look. */
import type { Database } from '../db/database.ts';
import { idsInWindow, inOrderOf, type ListWindow } from '../db/list-window.ts';

/** What somebody was told; instants are epoch milliseconds. */
export interface Notice {
  readonly id: number;
  /** Null where the alert is gone. */
  readonly alertId: number | null;
  readonly message: string;
  readonly createdAt: number;
  /** Null while it has not been read. */
  readonly readAt: number | null;
}

/** A row of `notices` as the driver hands it out. */
export interface NoticeRow {
  readonly id: number;
  readonly alert_id: number | null;
  readonly message: string;
  readonly created_at: number;
  readonly read_at: number | null;
}

/** Whose notices, and which of them; absent = read or not. */
export interface NoticeFilter {
  readonly userId: number;
  readonly isRead?: boolean | undefined;
}

/** Somebody's notices: how many, and some of them, the newest first. */
export interface NoticeList {
  readonly count: () => Promise<number>;
  readonly rows: (window: ListWindow) => Promise<Notice[]>;
}

/** Returns the list of somebody's notices. */
export function listNotices({ knex }: Database, { userId, isRead }: NoticeFilter): NoticeList {
  const fitting = () => {
    const query = knex('notices').where('user_id', userId);
    if (isRead === true) query.whereNotNull('read_at');
    if (isRead === false) query.whereNull('read_at');
    return query;
  };
  return {
    count: async () => {
      const [row]: { notices: number }[] = await fitting().count({ notices: '*' });
      return Number(row?.notices ?? 0);
    },
    rows: async (window) => {
      // Ids follow the order they were written in, and the index on the user holds them in it.
      const ids = await idsInWindow(fitting().select('id'), [{ column: 'id', order: 'desc' }], window);
      const rows: NoticeRow[] = await knex('notices').whereIn('id', ids);
      return inOrderOf(ids, rows).map(noticeFromRow);
    },
  };
}

/** Returns the notice of a row. */
export function noticeFromRow(row: NoticeRow): Notice {
  return {
    id: row.id,
    alertId: row.alert_id,
    message: row.message,
    createdAt: row.created_at,
    readAt: row.read_at,
  };
}
