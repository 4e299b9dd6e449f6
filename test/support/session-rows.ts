/** Rows of `radacct` as tests need them. */
import { randomBytes } from 'node:crypto';
import type { Database } from '../../src/db/database.ts';

/** Columns that a test cares about; the rest are those of an open session of hall at 192.0.2.10. */
export type SessionColumns = Readonly<Record<string, string | number | Buffer | null>>;

/** Adds a session and returns its id. */
export async function insertSession({ knex }: Database, columns: SessionColumns = {}): Promise<number> {
  const [id] = await knex('radacct').insert({
    acctsessionid: 'S1',
    acctuniqueid: randomBytes(16).toString('hex'),
    runkey: randomBytes(16),
    session_id_raw: Buffer.from('S1'),
    source_address: '192.0.2.10',
    nasipaddress: '192.0.2.10',
    nas_identifier: Buffer.from('hall'),
    ...columns,
  });
  return Number(id);
}
