/** `radmeter mail`: whether mail can be sent, and what became of it. */
import { testMail } from '../alerts/alert-mail.ts';
import { isEmailAddress } from '../alerts/delivery.ts';
import { mailErrorText, openMailer } from '../alerts/mailer.ts';
import { waysOf } from '../alerts/senders.ts';
import { smtpText } from '../config/mail-setting.ts';
import { AppError, ConfigError } from '../errors.ts';
import { defineCommand, defineGroup } from './command.ts';
import { mailListCommand } from './mail-list.ts';
import { mailRetryCommand } from './mail-retry.ts';
import { configFor } from './open.ts';
import { onOneLine, printLine } from './output.ts';
import { withSettings } from './setting-flags.ts';

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
    return withSettings(yargs, SETTINGS).positional('address', {
      type: 'string',
      demandOption: true,
      describe: 'Whom to send it to',
    });
  },
  run: async (argv) => {
    const { config, secrets } = configFor(argv, SETTINGS);
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

/** `radmeter mail test|list|retry`. */
export const mailCommand = defineGroup('mail', 'Mails and text messages to users', [
  testCommand,
  mailListCommand,
  mailRetryCommand,
]);
