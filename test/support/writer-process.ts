/** A process of its own that writes to the setting `shared` and keeps its transaction open until it is told to commit: `node writer-process.ts URL`. */
import { once } from 'node:events';
import { systemClock } from '../../src/clock.ts';
import { inTransaction, openDatabase } from '../../src/db/database.ts';

const db = openDatabase(process.argv[2] ?? '');
await inTransaction(db, systemClock, async ({ trx }) => {
  await trx('settings').where({ name: 'shared' }).update({ value: 'theirs' });
  process.stdout.write('writing\n');
  await once(process.stdin, 'data');
});
await db.close();
process.stdin.destroy();
