/** `npm run histories`: plays whole histories of simulated NASes against the rules, with another seed each time, and prints what was counted too much and too little. */
import { parseArgs } from 'node:util';
import { printError, printNote } from '../../../src/cli/output.ts';
import { AppError, exitCodeOf } from '../../../src/errors.ts';
import { runCampaign } from './campaign.ts';
import { describeHistory } from './describe-history.ts';
import { historyOf } from './history-arbitrary.ts';
import { judge } from './judge.ts';
import { playDeliveries } from './player.ts';

const HELP = `npm run histories -- [options]

  --count N      histories to play (default: 100000)
  --seed N       play the same histories again (default: another seed each time; it is printed)
  --history N    show one history by its own seed, with what was counted of it

Exit code 1 when a limit does not hold.
`;

const OPTIONS = {
  count: { type: 'string', default: '100000' },
  seed: { type: 'string' },
  history: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

try {
  process.exitCode = main();
} catch (error) {
  printError(error);
  process.exitCode = exitCodeOf(error);
}

function main(): number {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.history !== undefined) return show(numberOf('history', values.history));
  const histories = numberOf('count', values.count);
  const seed = values.seed === undefined ? Date.now() % 2 ** 31 : numberOf('seed', values.seed);
  printNote(`${histories} histories of seed ${seed}`);
  const tally = playedOrTold(() => runCampaign({ histories, seed }));
  if (tally === undefined) return 1;
  const failures = tally.failures();
  process.stdout.write([`${tally}`, '', ...failures, ''].join('\n'));
  return failures.length === 0 ? 0 : 1;
}

/** A history in order that is overcounted ends the campaign: it is shown, as short as it can be made. */
function playedOrTold<T>(play: () => T): T | undefined {
  try {
    return play();
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('Property failed')) throw error;
    printNote(`A limit does not hold.\n${error.message}`);
    return undefined;
  }
}

function show(seed: number): number {
  const history = historyOf(seed);
  process.stdout.write(describeHistory(history));
  for (const order of ['inOrder', 'scrambled'] as const) {
    const played = playDeliveries(history[order], history.story);
    const counted = [...played.counted].map(([user, { up, down }]) => `${user} ${up}/${down}`).join(', ');
    const { over, under, moved } = judge(history, played);
    process.stdout.write(
      `${order}: counted ${counted || 'nothing'}; too much ${over}, too little ${under}, for another user ${moved}\n`,
    );
  }
  return 0;
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new AppError('invalid', `--${name}: expected a whole number, got ${JSON.stringify(text)}`);
}
