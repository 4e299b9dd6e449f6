/** SQLite for those who only read: knex whose queries run in a thread of their own, so that none stops the event loop or takes the connection that writes. */
import knex, { type Knex } from 'knex';
import SqliteKnexClient, { type SqliteQuery } from 'knex/lib/dialects/better-sqlite3/index.js';
import { AppError } from '../errors.ts';
import { withinCloseWait } from './close-wait.ts';
import { QUIET_LOG } from './quiet-log.ts';
import { ReadingThread } from './sqlite-reading-thread.ts';

export interface SqliteReaderOptions {
  /** How long one query may take. */
  readonly queryMsMax: number;
  /** How many queries may wait for the one thread; one more is refused. */
  readonly queueMax: number;
}

/** Threads that are still in a query nobody waits for any more. */
const GIVEN_UP_THREADS_MAX = 2;
const QUEUE_WAIT_MS = 10_000;

/** Opens a file that is there or will be, without touching it yet. A query refused for want of time or room is AppError `unavailable`; a statement that writes is the driver's SQLITE_READONLY. */
export function openSqliteReader(
  filename: string,
  { queryMsMax, queueMax }: SqliteReaderOptions,
): { readonly knex: Knex; readonly close: () => Promise<void> } {
  const threads = new Set<ReadingThread>();

  class ReadingClient extends SqliteKnexClient {
    override async acquireRawConnection(): Promise<ReadingThread> {
      if (threads.size > GIVEN_UP_THREADS_MAX) {
        throw new AppError('unavailable', 'queries that were given up are still reading the database');
      }
      const thread = new ReadingThread({ filename, queryMsMax });
      threads.add(thread);
      void thread.ended.then(() => threads.delete(thread));
      return thread;
    }

    /** Not waited for: it may be in a query that has long to go. */
    override async destroyRawConnection(thread: ReadingThread): Promise<void> {
      thread.end();
    }

    override validateConnection(thread: ReadingThread): boolean {
      return thread.isAlive;
    }

    override async acquireConnection(): Promise<ReadingThread> {
      if (this.pool !== undefined && this.pool.numPendingAcquires() >= queueMax) {
        throw new AppError('unavailable', `${queueMax} queries wait for the database already`);
      }
      try {
        const thread = await super.acquireConnection();
        if (thread instanceof ReadingThread) return thread;
        throw new Error('the pool holds something that is no reading thread');
      } catch (error) {
        if (error instanceof AppError) throw error;
        // Its turn did not come in time, or never will because the reader is closed.
        throw new AppError('unavailable', 'the database could not be read', { cause: error });
      }
    }

    override async _query(thread: ReadingThread, query: SqliteQuery): Promise<SqliteQuery> {
      query.response = await thread.read(query.sql, this._formatBindings(query.bindings));
      return query;
    }
  }

  const reader = knex({
    client: ReadingClient as unknown as typeof Knex.Client,
    connection: { filename },
    useNullAsDefault: true,
    acquireConnectionTimeout: QUEUE_WAIT_MS,
    log: QUIET_LOG,
    // Values, secrets among them, have no place in the message of an error.
    compileSqlOnError: false,
    // One connection: queries are answered in the order they were asked, and a snapshot has it to itself.
    pool: { min: 1, max: 1 },
  });
  const endThreads = () => {
    for (const thread of threads) thread.end();
  };
  const orderlyEnd = async () => {
    await reader.destroy();
    await Promise.all([...threads].map((thread) => thread.ended));
  };
  return { knex: reader, close: () => withinCloseWait(orderlyEnd(), endThreads) };
}
