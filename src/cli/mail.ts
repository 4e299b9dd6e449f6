/** `radmeter mail`: whether mail can be sent, and what became of it. */
import { testMail } from '../alerts/alert-mail.ts';
import { isEmailAddress } from '../alerts/delivery.ts';
import { mailErrorText, openMailer } from '../alerts/mailer.ts';
import { waysOf } from '../alerts/senders.ts';
import { commonFlags, daemonFlags } from '../config/flags.ts';
import { loadConfig } from '../config/load-config.ts';
import { smtpText } from '../config/mail-setting.ts';
import { AppError, ConfigError } from '../errors.ts';
import { defineCommand, defineGroup } from './command.ts';
import { mailListCommand } from './mail-list.ts';
import { mailRetryCommand } from './mail-retry.ts';
import { onOneLine, printLine } from './output.ts';

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

/** `radmeter mail test|list|retry`. */
export const mailCommand = defineGroup('mail', 'Mails and text messages to users', [
  testCommand,
  mailListCommand,
  mailRetryCommand,
]);
