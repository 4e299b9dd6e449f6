/** `radmeter user forget-secret`: removing what is stored of somebody's password for CHAP. */
import { forgetSecret } from '../sign-in/secret-commands.ts';
import { defineCommand, withJson } from './command.ts';
import { withMigratedDatabase } from './open.ts';
import { printJson, printLine } from './output.ts';

/** `radmeter user forget-secret USER`. */
export const forgetSecretCommand = defineCommand({
  command: 'forget-secret <user>',
  describe: 'Remove what is stored of a password for CHAP and MS-CHAPv2; the password stays',
  examples: [['user forget-secret john', 'Where radius-secrets-key is set, his next login stores it again']],
  builder: (yargs) =>
    withJson(yargs).positional('user', {
      type: 'string',
      demandOption: true,
      describe: 'User name or id',
    }),
  run: (argv) =>
    withMigratedDatabase(argv, async ({ db, clock, actor }) => {
      const { username, wasStored } = await forgetSecret(
        { db, reader: db, clock },
        { user: argv.user, actor },
      );
      if (argv.json) printJson({ username, was_stored: wasStored });
      else if (wasStored) printLine(`What was stored of ${username} for CHAP and MS-CHAPv2 is removed.`);
      else printLine(`Nothing is stored of ${username} for CHAP and MS-CHAPv2.`);
    }),
});
