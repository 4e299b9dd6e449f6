/** `radmeter freeradius`: FreeRADIUS's own tables, brought into step by hand. */
import type { BridgeRow } from '../freeradius/bridge-rows.ts';
import type { OwnedDifference } from '../freeradius/row-diff.ts';
import type { BridgeContext } from '../freeradius/sync-tables.ts';
import { syncWhole } from '../freeradius/sync-whole.ts';
import { configuredNases } from '../nas/configured-nas.ts';
import { secretBoxOf } from '../sign-in/secret-box.ts';
import { Calendar } from '../usage/period.ts';
import { timezoneOf } from '../usage/stored-timezone.ts';
import { countUsers } from '../usage/verify.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { type DatabaseTools, withMigratedDatabase } from './open.ts';
import { onOneLine, printLine } from './output.ts';
import { showProgress } from './progress-line.ts';
import { withDryRun } from './source-url.ts';

const syncCommand = defineCommand({
  command: 'sync',
  describe:
    "Bring FreeRADIUS's tables into step with all users and profiles, and show what differed; other people's rows are left alone",
  examples: [
    ['freeradius sync --dry-run', 'Show what differs, and change nothing'],
    ['freeradius sync --json', 'Bring everything into step, and say what differed, for a program'],
  ],
  builder: (yargs) => withDryRun(withJson(yargs)),
  run: (argv) =>
    withMigratedDatabase(argv, async (tools) => {
      const { db } = tools;
      const isDryRun = argv['dry-run'];
      const total = await countUsers(db);
      const report = argv.json ? jsonReport() : textReport(isDryRun);
      const counts: Counts = { users: 0, added: 0, removed: 0 };
      const progress = showProgress(
        () => `${counts.users} of ${total} users, ${counts.added} rows to add, ${counts.removed} to remove`,
      );
      try {
        for await (const { userCount, differences } of syncWhole(await contextOf(tools), { isDryRun })) {
          counts.users += userCount;
          for (const difference of differences) {
            counts.added += difference.add.length;
            counts.removed += difference.remove.length;
            report.add(difference);
          }
        }
      } finally {
        progress.end();
      }
      report.end(counts);
    }),
});

/** `radmeter freeradius sync [--dry-run] [--json]`. */
export const freeradiusCommand = defineGroup('freeradius', "FreeRADIUS's own tables", [syncCommand]);

async function contextOf({ db, clock, config, secrets }: DatabaseTools): Promise<BridgeContext> {
  return {
    ...{ db, clock },
    calendar: new Calendar(await timezoneOf(db, config.timezone)),
    defaultProfile: config.defaultProfile,
    interimIntervalSeconds: config.acctInterimIntervalSeconds,
    language: config.language,
    passwords: config.freeradiusPasswords,
    secretBox: secretBoxOf(secrets.radiusSecretsKey),
    configuredKinds: configuredNases(config.nas, secrets.nas).map(({ kind }) => kind),
  };
}

interface Counts {
  users: number;
  added: number;
  removed: number;
}

/** Rows are printed as they are found: a million of them are not kept. */
interface Report {
  add(difference: OwnedDifference): void;
  end(counts: Counts): void;
}

const HIDDEN = '***';

/** What whoever reads over one's shoulder need not see. */
function shownColumns({ columns }: BridgeRow): Readonly<Record<string, string | number>> {
  const isSecret = /Password/.test(String(columns['attribute'] ?? ''));
  return isSecret ? { ...columns, value: HIDDEN } : columns;
}

function textReport(isDryRun: boolean): Report {
  const lineOf = (row: BridgeRow) => {
    const { username, groupname, attribute, op, value, priority } = shownColumns(row);
    const words =
      attribute === undefined
        ? [username, groupname, priority]
        : [username ?? groupname, attribute, op, value];
    return onOneLine([row.table, ...words].join(' '));
  };
  return {
    add({ remove, add }) {
      for (const row of remove) printLine(`- ${lineOf(row)}`);
      for (const row of add) printLine(`+ ${lineOf(row)}`);
    },
    end({ users, added, removed }) {
      const be = isDryRun ? 'to be ' : '';
      printLine(`${users} users: ${added} rows ${be}added, ${removed} ${be}removed`);
    },
  };
}

/** One JSON value, written piece by piece. */
function jsonReport(): Report {
  let isFirst = true;
  const print = (change: 'add' | 'remove', row: BridgeRow) => {
    printLine(
      `${isFirst ? '  ' : ', '}${JSON.stringify({ change, table: row.table, ...shownColumns(row) })}`,
    );
    isFirst = false;
  };
  printLine('{ "differences": [');
  return {
    add({ remove, add }) {
      for (const row of remove) print('remove', row);
      for (const row of add) print('add', row);
    },
    end({ users, added, removed }) {
      printLine(`], "users": ${users}, "added": ${added}, "removed": ${removed} }`);
    },
  };
}
