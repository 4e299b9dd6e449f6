/** `radmeter mail`: whether mail can be sent, and what became of it. */
import { testMail } from '../alerts/alert-mail.ts';
import { isEmailAddress } from '../alerts/delivery.ts';
import { listQueued } from '../alerts/delivery-queries.ts';
import { mailErrorText, openMailer } from '../alerts/mailer.ts';
import { type MailRow, QUEUE_STATUSES, type QueueRow, type WebhookRow } from '../alerts/queue-row.ts';
import { waysOf } from '../alerts/senders.ts';
import { instantJson } from '../clock.ts';
import { commonFlags, daemonFlags } from '../config/flags.ts';
import { loadConfig } from '../config/load-config.ts';
import { smtpText } from '../config/mail-setting.ts';
import { AppError, ConfigError } from '../errors.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { withLimit } from './limit-flag.ts';
import { withMigratedDatabase } from './open.ts';
import {
  type Column,
  instantShown,
  onOneLine,
  printJson,
  printLine,
  printNote,
  printTable,
} from './output.ts';

const SETTINGS = ['smtp-url', 'smtp-password-file', 'mail-from', 'language'];
/** Whoever waits at a terminal should not wait long. */
const TEST_MS_MAX = 30_000;

const testCommand = defineCommand({
  command: 'test <address>',
  describe: 'Send a mail to an address, and say what the mail server said',
  examples: [
    ['mail test me@example.org --config /etc/radmeter/radmeter.yaml', 'With the settings of the daemon'],
    [
      'mail test me@example.org --smtp-url smtp://localhost?tls=off --mail-from me@example.org',
      'With others',
    ],
  ],
  builder: (yargs) => {
    yargs.options(
      Object.fromEntries(Object.entries(daemonFlags()).filter(([name]) => SETTINGS.includes(name))),
    );
    return yargs.positional('address', {
      type: 'string',
      demandOption: true,
      describe: 'Whom to send it to',
    });
  },
  run: async (argv) => {
    const { config, secrets } = settingsFor(argv);
    const { smtp } = waysOf(config, secrets);
    if (smtp === null) throw new ConfigError('smtp-url (default): no mail server is configured');
    if (!isEmailAddress(argv.address)) {
      throw new AppError('invalid', `expected an e-mail address; got ${JSON.stringify(argv.address)}`);
    }
    const mailer = openMailer(smtp);
    try {
      const mail = { ...testMail(config.language), recipient: argv.address, messageId: crypto.randomUUID() };
      const answer = await mailer.send(mail, { signal: AbortSignal.timeout(TEST_MS_MAX) });
      printLine(`${smtpText(config.smtpUrl)} took a mail to ${argv.address}: ${onOneLine(answer)}`);
    } catch (error) {
      throw new AppError('unavailable', `${smtpText(config.smtpUrl)} took no mail: ${mailErrorText(error)}`, {
        cause: error,
      });
    } finally {
      mailer.close();
    }
  },
});

function settingsFor(argv: Readonly<Record<string, unknown>>) {
  const names = [...Object.keys(commonFlags()), ...SETTINGS];
  const flags = Object.fromEntries(names.map((name) => [name, argv[name]]));
  return loadConfig({ flags, environment: process.env });
}

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show mails that wait, were sent or were given up, the newest first',
  examples: [
    ['mail list --status failed', 'Those that were given up, and why'],
    ['mail list --sms', 'Messages for the SMS webhook instead'],
  ],
  builder: (yargs) =>
    withLimit(withJson(yargs))
      .option('status', { choices: QUEUE_STATUSES, requiresArg: true, describe: 'Only those that stand so' })
      .option('sms', { type: 'boolean', default: false, describe: 'Messages for the SMS webhook instead' }),
  run: (argv) => {
    const { status, limit } = argv;
    return withMigratedDatabase(argv, async ({ db }) => {
      // One more tells whether there are more.
      const filter = { status, limit: limit + 1 };
      const found: readonly Message[] = argv.sms
        ? await listQueued<WebhookRow>(db, { ...filter, table: 'webhook_queue' })
        : await listQueued<MailRow>(db, { ...filter, table: 'mail_queue' });
      const messages = found.slice(0, limit);
      if (argv.json) printJson(messages.map(messageShape));
      else printTable(messages, COLUMNS, argv.sms ? 'No such message.' : 'No such mail.');
      if (found.length > limit) printNote(`Only the newest ${limit}; --limit N shows more.`);
    });
  },
});

/** `radmeter mail test|list`. */
export const mailCommand = defineGroup('mail', 'Mail to users', [testCommand, listCommand]);

type Message = QueueRow & { readonly subject?: string };

const COLUMNS: readonly Column<Message>[] = [
  { heading: 'ID', value: ({ id }) => id, align: 'right' },
  { heading: 'TO', value: ({ recipient }) => recipient },
  { heading: 'SUBJECT', value: ({ subject }) => subject ?? null },
  { heading: 'STATUS', value: ({ status }) => status },
  { heading: 'BEGUN', value: ({ created_at: at }) => instantShown(at) },
  { heading: 'ATTEMPTS', value: ({ attempts }) => attempts, align: 'right' },
  {
    heading: 'SENT OR NEXT',
    value: ({ status, sent_at: sentAt, due_at: dueAt }) =>
      instantShown(status === 'pending' ? dueAt : sentAt),
  },
  { heading: 'LAST ERROR', value: ({ last_error: error }) => error },
];

function messageShape(message: Message) {
  return {
    id: message.id,
    delivery: message.delivery_id,
    recipient: message.recipient,
    ...(message.subject === undefined ? {} : { subject: message.subject }),
    status: message.status,
    attempts: message.attempts,
    created_at: instantJson(message.created_at),
    next_attempt_at: message.status === 'pending' ? instantJson(message.due_at) : null,
    sent_at: instantJson(message.sent_at),
    last_error: message.last_error,
  };
}
