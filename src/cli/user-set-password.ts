/** `radmeter user set-password`: giving somebody a password to sign in with. */
import { getUser } from '../profiles/user-queries.ts';
import { type PasswordSet, setPassword } from '../sign-in/password-commands.ts';
import { Passwords } from '../sign-in/passwords.ts';
import { secretBoxOf } from '../sign-in/secret-box.ts';
import { defineCommand, withJson } from './command.ts';
import { withMigratedDatabase } from './open.ts';
import { printJson, printLine } from './output.ts';
import { readSecret } from './secret-input.ts';

/** `radmeter user set-password USER`. */
export const setPasswordCommand = defineCommand({
  command: 'set-password <user>',
  describe:
    'Give a user a password to sign in with, and end their sign-ins; it is asked for, or piped in. Where radius-secrets-key is set, it is stored for CHAP and MS-CHAPv2 too',
  examples: [
    ['user set-password john', 'Asks for it twice, without showing it'],
    ['user set-password john < password.txt', 'Takes the first line'],
  ],
  builder: (yargs) =>
    withJson(yargs).positional('user', {
      type: 'string',
      demandOption: true,
      describe: 'User name or id',
    }),
  run: (argv) =>
    withMigratedDatabase(argv, async ({ db, clock, actor, secrets }) => {
      // Nobody is to type a password for a name that is mistyped.
      await getUser(db, argv.user);
      const password = await readSecret('Password');
      // Nothing is checked here, so there is nothing to hide by its cost.
      const passwords = new Passwords({ pbkdf2Iterations: async () => 0 });
      const secretBox = secretBoxOf(secrets.radiusSecretsKey);
      const { username, secret } = await setPassword(
        { db, reader: db, clock, passwords, secretBox },
        { user: argv.user, password, actor },
      );
      if (argv.json) printJson({ username });
      else printLine(`${username} has a new password; all their sign-ins are over.${SECRET_TEXTS[secret]}`);
    }),
});

const SECRET_TEXTS: Readonly<Record<PasswordSet['secret'], string>> = {
  stored: ' It is stored for CHAP and MS-CHAPv2.',
  removed: ' What was stored for CHAP and MS-CHAPv2 is removed: no radius-secrets-key is set here.',
  none: '',
};
