/** `radmeter migrate`: brings the database's tables up to date. */
import { migrateToLatest, migrationStatus } from '../db/migrate.ts';
import { defineCommand, withJson } from './command.ts';
import { withUnmigratedDatabase } from './open.ts';
import { printJson, printLine } from './output.ts';

/** `radmeter migrate [--status]`. */
export const migrateCommand = defineCommand({
  command: 'migrate',
  describe: 'Bring the database up to date; existing tables are adopted, nothing is deleted',
  examples: [
    ['migrate --status', 'What has been applied and what is to come'],
    ['migrate --database-url mysql://radius:password@localhost/radius', "FreeRADIUS's own database"],
  ],
  builder: (yargs) =>
    withJson(yargs).option('status', {
      type: 'boolean',
      default: false,
      describe: 'Only show what has been applied and what is to come',
    }),
  run: (argv) =>
    withUnmigratedDatabase(
      argv,
      async ({ db, config }) => {
        const applied = argv.status ? [] : await migrateToLatest(db);
        const status = await migrationStatus(db);
        if (argv.json) {
          printJson({ database: config.databaseUrl, ...status });
          return;
        }
        if (argv.status) {
          for (const name of status.applied) printLine(`applied  ${name}`);
          for (const name of status.pending) printLine(`pending  ${name}`);
          return;
        }
        for (const name of applied) printLine(`applied  ${name}`);
        printLine(`${config.databaseUrl} is up to date.`);
      },
      { mayCreate: !argv.status },
    ),
});
