/** `radmeter mail retry`: messages that were given up, once more. */
import { retryFailedMessages, retryMessage } from '../alerts/message-retry.ts';
import type { QueueTable } from '../alerts/queue-row.ts';
import { AppError } from '../errors.ts';
import { defineCommand, withJson } from './command.ts';
import { METHODS } from './mail-list.ts';
import { type DatabaseTools, withMigratedDatabase } from './open.ts';
import { printJson, printLine } from './output.ts';

const TABLE_OF = { email: 'mail_queue', sms: 'webhook_queue' } as const satisfies Record<string, QueueTable>;
type Method = keyof typeof TABLE_OF;

export const mailRetryCommand = defineCommand({
  command: 'retry [id]',
  describe: 'Begin messages again that were given up; a running radmeter sends them',
  examples: [
    ['mail retry 7', 'The mail that `mail list` shows as 7, also where it only waits'],
    ['mail retry 7 --method sms', 'The text message 7'],
    ['mail retry --failed --dry-run', 'How many mails and text messages were given up'],
  ],
  builder: (yargs) =>
    withJson(yargs)
      .positional('id', { type: 'string', describe: 'The id that `mail list` shows' })
      .option('failed', { type: 'boolean', default: false, describe: 'All that were given up' })
      .option('method', { choices: METHODS, requiresArg: true, describe: 'email (usual with an id) or sms' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'Only say how many' }),
  run: (argv) => {
    const { id, method, failed, json } = argv;
    if ((id === undefined) === !failed) {
      throw new AppError('invalid', 'mail retry: expected one of an id and --failed');
    }
    return withMigratedDatabase(argv, async (tools) => {
      const context = { ...tools, isDryRun: argv['dry-run'] };
      const count =
        id === undefined
          ? await retryAll(context, method === undefined ? METHODS : [method])
          : await retryOne(context, { table: TABLE_OF[method ?? 'email'], id: idFrom(id) });
      if (json) printJson({ dry_run: context.isDryRun, count });
      else printLine(outcome(count, context.isDryRun));
    });
  },
});

type Context = DatabaseTools & { readonly isDryRun: boolean };

async function retryAll(context: Context, methods: readonly Method[]): Promise<number> {
  let count = 0;
  for (const method of methods) count += await retryFailedMessages(context, TABLE_OF[method]);
  return count;
}

async function retryOne(context: Context, message: { table: QueueTable; id: number }): Promise<number> {
  await retryMessage(context, message);
  return 1;
}

function idFrom(text: string): number {
  const id = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(id) && id > 0) return id;
  throw new AppError('invalid', `expected the id of a message, a whole number from 1; got "${text}"`);
}

function outcome(count: number, isDryRun: boolean): string {
  const messages = count === 1 ? '1 message' : `${count} messages`;
  return isDryRun ? `[DRY RUN] ${messages} would begin again.` : `${messages} begun again.`;
}
