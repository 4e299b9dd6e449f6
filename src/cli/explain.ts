/** `radmeter explain`: why somebody can or cannot be online. */

import { intentShape } from '../enforcement/intent-shape.ts';
import { latestIntentsOfUser } from '../enforcement/user-intents-queries.ts';
import { type Explanation, explainUser } from '../usage/explain-queries.ts';
import { explanationShape } from '../usage/explain-shape.ts';
import { Calendar } from '../usage/period.ts';
import { timezoneOf } from '../usage/stored-timezone.ts';
import { type Allowance, verdictPeriods } from '../usage/verdict.ts';
import { LANGUAGES } from '../usage/verdict-texts.ts';
import { type Command, defineCommand, withJson } from './command.ts';
import { printIntents } from './intent-table.ts';
import { withDatabase } from './open.ts';
import { type Column, instantShown, printFacts, printJson, printLine, printTable } from './output.ts';
import { shortOctets } from './short-octets.ts';

/** `radmeter explain USER [--json]`. */
export const explainCommand: Command = defineCommand({
  command: 'explain <user>',
  describe: 'Say whether a user may be online now, and if not, why and until when',
  examples: [
    ['explain john', 'One sentence in the configured language, and the numbers'],
    ['explain john --language en', 'In English'],
  ],
  builder: (yargs) =>
    withJson(yargs)
      .positional('user', { type: 'string', demandOption: true, describe: 'User name or id' })
      .option('language', {
        choices: LANGUAGES,
        requiresArg: true,
        describe: 'The language of the sentence, if not the configured one',
      }),
  run: (argv) =>
    withDatabase(argv, async ({ db, clock, config }) => {
      const timezone = await timezoneOf(db, config.timezone);
      const now = clock.now();
      const explanation = await explainUser(db, argv.user, {
        now,
        periods: verdictPeriods(new Calendar(timezone), now),
        defaultProfile: config.defaultProfile,
      });
      const shape = explanationShape(explanation, {
        language: argv.language ?? config.language,
        timezone,
      });
      const intents = await latestIntentsOfUser(db, explanation.userId);
      if (argv.json) printJson({ ...shape, enforcement: intents.map(intentShape) });
      else {
        printExplanation(explanation, shape.sentence);
        printIntents('What was decided about the newest sessions', intents);
      }
    }),
});

function printExplanation(explanation: Explanation, sentence: string): void {
  const { verdict } = explanation;
  printLine(`${sentence}\n`);
  printFacts([
    ['profile', profileTextOf(explanation)],
    ['sessions open', `${explanation.openSessions} of ${explanation.simultaneousUse}`],
    ['valid until', instantShown(verdict.validUntil)],
    ['reasons', verdict.reasons.map(({ code }) => code).join(', ') || null],
    ['allowed again', instantShown(verdict.allowedAt)],
  ]);
  if (verdict.allowances.length === 0) return;
  printLine('');
  printTable(verdict.allowances, COLUMNS, '');
}

const COLUMNS: readonly Column<Allowance>[] = [
  { heading: 'LIMIT', value: ({ period }) => period },
  { heading: 'USED', value: ({ used }) => shortOctets(used), align: 'right' },
  { heading: 'OF', value: ({ limit }) => shortOctets(limit), align: 'right' },
  { heading: 'LEFT', value: ({ remaining }) => shortOctets(remaining), align: 'right' },
  { heading: 'STARTS ANEW', value: ({ resetsAt }) => instantShown(resetsAt) },
];

function profileTextOf({ effectiveProfile, profileSource, promotion }: Explanation): string {
  if (effectiveProfile === null) return 'default';
  const source = profileSource === 'own' ? 'own' : `via promotion ${promotion?.name ?? ''}`;
  return `${effectiveProfile.name} (${source})`;
}
