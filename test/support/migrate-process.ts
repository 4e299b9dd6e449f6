/** A process of its own that migrates a database, or takes the lock and keeps it until it is killed: `node migrate-process.ts URL migrate|hold`. */
import { once } from 'node:events';
import { openDatabase } from '../../src/db/database.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { withMigrationLock } from '../../src/db/migration-lock.ts';

const [url = '', what] = process.argv.slice(2);
const db = openDatabase(url);
// Whoever started us may want several of us to begin together.
process.stdout.write('ready\n');
await once(process.stdin, 'data');
if (what === 'hold') {
  await withMigrationLock(db, 10, async () => {
    process.stdout.write('holding\n');
    await once(process.stdin, 'end');
  });
} else {
  process.stdout.write(`applied ${(await migrateToLatest(db)).length}\n`);
}
await db.close();
process.stdin.destroy();
