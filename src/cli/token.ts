/** `radmeter token`: API tokens for programs and for people. */
import { durationMs } from '../config/values.ts';
import { AppError } from '../errors.ts';
import { ROLES } from '../sign-in/role.ts';
import { createToken, findTokenByReference, revokeToken } from '../sign-in/token-commands.ts';
import { type ApiToken, findApiTokens } from '../sign-in/token-queries.ts';
import { tokenShape } from '../sign-in/token-shape.ts';
import { defineCommand, defineGroup, withJson } from './command.ts';
import { withMigratedDatabase } from './open.ts';
import { type Column, instantShown, printJson, printLine, printNote, printTable } from './output.ts';

const createCommand = defineCommand({
  command: 'create',
  describe: 'Make an API token and show it, this once',
  examples: [
    ['token create --name prometheus --role viewer', 'Reads everything, until it is revoked'],
    ['token create --name import --role admin --expires 30d', 'May do everything for 30 days'],
    ['token create --name phone --role user --user john', "Sees what is john's"],
  ],
  builder: (yargs) =>
    withJson(yargs)
      .option('name', {
        type: 'string',
        requiresArg: true,
        demandOption: 'say what it is for: --name NAME',
        describe: 'What it is for, shown in lists and in the audit log',
      })
      .option('role', {
        choices: ROLES,
        requiresArg: true,
        demandOption: 'say what it may do: --role admin, viewer or user',
        describe: 'admin may do everything, viewer reads everything, user sees their own',
      })
      .option('user', {
        type: 'string',
        requiresArg: true,
        describe: "Whose it is, by name or id; it is never good for more than they are; nobody's without it",
      })
      .option('expires', {
        type: 'string',
        requiresArg: true,
        describe: 'When it ends: in 30d or 12h, or on 2026-12-31 (UTC); never without it',
      }),
  run: (argv) =>
    withMigratedDatabase(argv, async (tools) => {
      const { name, role, user = null, expires } = argv;
      const expiresAt = expires === undefined ? null : instantToCome(expires, tools.clock.now());
      const { token, text } = await createToken(tools, { name, role, user, expiresAt });
      if (argv.json) {
        printJson({ ...tokenShape(token), token: text });
        return;
      }
      printNote(`Created token ${name} (id ${token.id}), ${validityText(token)}. It is shown this once:`);
      printLine(text);
    }),
});

const listCommand = defineCommand({
  command: 'list',
  describe: 'Show the API tokens in force, newest first; never the tokens themselves',
  examples: [['token list --all', 'Also those that were revoked or have expired lately']],
  builder: (yargs) =>
    withJson(yargs).option('all', {
      type: 'boolean',
      default: false,
      describe: 'Also those that are not in force any more',
    }),
  run: (argv) =>
    withMigratedDatabase(argv, async ({ db, clock }) => {
      const now = clock.now();
      const tokens = await findApiTokens(db, { now, isAll: argv.all });
      if (argv.json) printJson(tokens.map(tokenShape));
      else printTable(tokens, columnsAt(now), 'No token. Make one with `radmeter token create`.');
    }),
});

const revokeCommand = defineCommand({
  command: 'revoke <token>',
  describe: 'End an API token at once',
  examples: [['token revoke prometheus', 'By its name, or by its id in `token list`']],
  builder: (yargs) =>
    withJson(yargs).positional('token', {
      type: 'string',
      demandOption: true,
      describe: 'Its name or id, not the token itself',
    }),
  run: (argv) =>
    withMigratedDatabase(argv, async (tools) => {
      const { id } = await findTokenByReference(tools, argv.token);
      const token = await revokeToken(tools, id);
      if (argv.json) printJson(tokenShape(token));
      else printLine(`Revoked token ${token.name} (id ${id}).`);
    }),
});

/** `radmeter token create|list|revoke`. */
export const tokenCommand = defineGroup('token', 'Who may use the HTTP API without signing in', [
  createCommand,
  listCommand,
  revokeCommand,
]);

function columnsAt(now: number): readonly Column<ApiToken>[] {
  return [
    { heading: 'ID', value: ({ id }) => id, align: 'right' },
    { heading: 'NAME', value: ({ name }) => name },
    { heading: 'ROLE', value: ({ role }) => role },
    { heading: 'USER', value: ({ username }) => username },
    { heading: 'CREATED', value: ({ createdAt }) => instantShown(createdAt) },
    { heading: 'LAST USED', value: ({ lastUsedAt }) => instantShown(lastUsedAt) },
    { heading: 'STATE', value: (token) => stateText(token, now) },
  ];
}

function stateText({ revokedAt, expiresAt }: ApiToken, now: number): string {
  if (revokedAt !== null) return `revoked ${instantShown(revokedAt)}`;
  if (expiresAt === null) return 'in force';
  return `${expiresAt <= now ? 'expired' : 'until'} ${instantShown(expiresAt)}`;
}

function validityText({ role, username, expiresAt }: ApiToken): string {
  const of = username === null ? '' : ` of ${username}`;
  return `role ${role}${of}, ${expiresAt === null ? 'until it is revoked' : `until ${instantShown(expiresAt)}`}`;
}

const DAY_MS = 86_400_000;
const AHEAD_MAX_MS = 36_500 * DAY_MS;
const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Returns the instant (epoch milliseconds) so long after `now`, or the one that is written out. */
function instantToCome(text: string, now: number): number {
  const ahead = durationMs(1, AHEAD_MAX_MS)(text, () => undefined);
  // A bare number would be seconds in the settings; here it is rather a mistake.
  if (ahead !== undefined && !/^\d+$/.test(text)) return now + ahead;
  const instant = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(instant) && instant > now) return instant;
  throw new AppError(
    'invalid',
    `--expires: expected how long from now, such as 30d or 12h, or a time to come such as 2026-12-31 or 2026-12-31T08:00:00Z; got ${JSON.stringify(text)}`,
  );
}
