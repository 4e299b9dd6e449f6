/** `radmeter verify`: whether every counter is what records and adjustments made it. */
import { DifferencesError } from '../errors.ts';
import { timezoneOf } from '../usage/stored-timezone.ts';
import { countUsers, type UsageDifference, verifyUsage } from '../usage/verify.ts';
import { defineCommand, withJson } from './command.ts';
import { withMigratedDatabase } from './open.ts';
import { heading, onOneLine, printLine } from './output.ts';
import { showProgress } from './progress-line.ts';

/** `radmeter verify [--user USER] [--json]`. */
export const verifyCommand = defineCommand({
  command: 'verify',
  describe:
    'Check every counter against its days and adjustments, and the days against the sessions; ends with 65 where they differ',
  examples: [
    ['verify', 'Check every user; the daemon may be running'],
    ['verify --user john --json', 'Check one user, for a program'],
  ],
  builder: (yargs) =>
    withJson(yargs).option('user', {
      type: 'string',
      requiresArg: true,
      describe: 'Only this user, by name or id',
    }),
  run: (argv) =>
    withMigratedDatabase(argv, async ({ db, config }) => {
      const timezone = await timezoneOf(db, config.timezone);
      const total = argv.user === undefined ? await countUsers(db) : 1;
      const report = argv.json ? jsonReport() : textReport();
      let checked = 0;
      let differences = 0;
      const progress = showProgress(
        () => `${checked} of ${total} users verified, ${differences} differences`,
      );
      try {
        for await (const found of verifyUsage(db, { timezone, user: argv.user })) {
          checked += found.userCount;
          differences += found.differences.length;
          if (found.differences.length > 0) report.add(found.differences);
        }
      } finally {
        progress.end();
      }
      report.end(checked, differences);
      if (differences > 0) throw new DifferencesError(`${countText(differences, 'difference')} found`);
    }),
});

/** Differences are printed as they are found: a million of them are not kept. */
interface Report {
  add(differences: readonly UsageDifference[]): void;
  end(users: number, differences: number): void;
}

const NUMBER_WIDTH = 20;

function textReport(): Report {
  let isFirst = true;
  return {
    add(differences) {
      if (isFirst) printLine(heading(lineOf('SUM', ['EXPECTED', 'FOUND', 'DIFFERENCE'], 'USER')));
      isFirst = false;
      for (const difference of differences) {
        const { sum, expected, found } = difference;
        printLine(lineOf(sum, [expected, found, found - expected], nameOf(difference)));
      }
    },
    end(users, differences) {
      if (differences === 0) printLine(`${countText(users, 'user')}, no difference`);
      else printLine(`${countText(users, 'user')}, ${countText(differences, 'difference')}. ${MEANING}`);
    },
  };
}

const MEANING =
  'Expected: for a counter its days and adjustments, for the days the octets of the sessions; all in octets.';

function lineOf(sum: string, numbers: readonly (string | number)[], user: string): string {
  const aligned = numbers.map((number) => String(number).padStart(NUMBER_WIDTH));
  return `${sum.padEnd(5)}${aligned.join('')}  ${user}`;
}

function nameOf({ userId, username }: UsageDifference): string {
  return username === undefined ? `(no user has the id ${userId})` : onOneLine(username);
}

/** One JSON value, written piece by piece. */
function jsonReport(): Report {
  let isFirst = true;
  printLine('{ "differences": [');
  return {
    add(differences) {
      for (const { userId, username, sum, expected, found } of differences) {
        const shape = { user: userId, user_username: username ?? null, sum, expected, found };
        const line = JSON.stringify({ ...shape, difference: found - expected });
        printLine(`${isFirst ? '  ' : ', '}${line}`);
        isFirst = false;
      }
    },
    end(users) {
      printLine(`], "users": ${users} }`);
    },
  };
}

function countText(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
