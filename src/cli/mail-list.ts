/** `radmeter mail list`: what became of mails and text messages. */
import { listMessages, MESSAGE_STATUSES, type MessageListing } from '../alerts/message-queries.ts';
import { instantJson } from '../clock.ts';
import { defineCommand, withJson } from './command.ts';
import { withLimit } from './limit-flag.ts';
import { withMigratedDatabase } from './open.ts';
import { type Column, instantShown, printJson, printNote, printTable } from './output.ts';

/** The ways out, as flags name them. */
export const METHODS = ['email', 'sms'] as const;

export const mailListCommand = defineCommand({
  command: 'list',
  describe:
    'Show mails and text messages that wait, were sent, were given up or had nowhere to go, the newest first',
  examples: [
    ['mail list --status failed', 'Those that were given up, and why'],
    ['mail list --method sms', 'Text messages only'],
    ['mail list --status undeliverable', 'Who has no address, or a wrong one'],
  ],
  builder: (yargs) =>
    withLimit(withJson(yargs))
      .option('status', {
        choices: MESSAGE_STATUSES,
        requiresArg: true,
        describe: 'Only those that stand so',
      })
      .option('method', {
        choices: METHODS,
        requiresArg: true,
        describe: 'Only mails, or only text messages',
      }),
  run: (argv) => {
    const { status, method, limit } = argv;
    return withMigratedDatabase(argv, async ({ db }) => {
      const methods = method === undefined ? METHODS : [method];
      // One more tells whether there are more.
      const found = await listMessages(db, { methods, status, limit: limit + 1 });
      const messages = found.slice(0, limit);
      if (argv.json) printJson(messages.map(messageShape));
      else printTable(messages, COLUMNS, 'No such message.');
      if (found.length > limit) printNote(`Only the newest ${limit}; --limit N shows more.`);
    });
  },
});

const COLUMNS: readonly Column<MessageListing>[] = [
  { heading: 'ID', value: ({ id }) => id, align: 'right' },
  { heading: 'BY', value: ({ method }) => method },
  { heading: 'TO', value: ({ recipient, username }) => recipient ?? username },
  { heading: 'SUBJECT', value: ({ subject }) => subject },
  { heading: 'STATUS', value: ({ status }) => status },
  { heading: 'BEGUN', value: ({ createdAt }) => instantShown(createdAt) },
  { heading: 'ATTEMPTS', value: ({ attempts }) => attempts, align: 'right' },
  {
    heading: 'SENT OR NEXT',
    value: ({ sentAt, nextAttemptAt }) => instantShown(nextAttemptAt ?? sentAt),
  },
  { heading: 'LAST ERROR', value: ({ lastError }) => lastError },
];

function messageShape(message: MessageListing) {
  return {
    id: message.id,
    method: message.method,
    delivery: message.deliveryId,
    username: message.username,
    recipient: message.recipient,
    subject: message.subject,
    status: message.status,
    attempts: message.attempts,
    created_at: instantJson(message.createdAt),
    next_attempt_at: instantJson(message.nextAttemptAt),
    sent_at: instantJson(message.sentAt),
    last_error: message.lastError,
  };
}
