/** The one place that chooses how batches run on a database. */
import type { Clock } from '../clock.ts';
import type { BatchRunner } from './batch.ts';
import type { Database } from './database.ts';
import { MysqlBatchRunner } from './mysql-batch.ts';
import { SqliteBatchRunner } from './sqlite-batch.ts';

/** Returns a runner of batches on a database; each must finish within `timeoutMs`. */
export function createBatchRunner(db: Database, options: { clock: Clock; timeoutMs: number }): BatchRunner {
  return db.address.dialect === 'mysql'
    ? new MysqlBatchRunner({ address: db.address, ...options })
    : new SqliteBatchRunner({ knex: db.knex, ...options });
}
