/** The command line: which commands there are, how wrong ones are answered, and what exit code an error has. */
import yargs, { type Argv } from 'yargs';
import { commonFlags } from '../config/flags.ts';
import { exitCodeOf } from '../errors.ts';
import { packageVersion } from '../package-version.ts';
import { alertCommand } from './alert.ts';
import { auditCommand } from './audit.ts';
import { checkAlertsCommand } from './check-alerts.ts';
import type { Command } from './command.ts';
import { configCommand } from './config.ts';
import { explainCommand } from './explain.ts';
import { freeradiusCommand } from './freeradius.ts';
import { importLegacyCommand } from './import-legacy.ts';
import { importRadacctCommand } from './import-radacct.ts';
import { jobsCommand } from './jobs.ts';
import { mailCommand } from './mail.ts';
import { migrateCommand } from './migrate.ts';
import { migrateQuotasCommand } from './migrate-quotas.ts';
import { nasCommand } from './nas.ts';
import { printError, printNote } from './output.ts';
import { profileCommand } from './profile.ts';
import { promotionCommand } from './promotion.ts';
import { resetQuotasCommands } from './reset-quotas.ts';
import { serveCommand } from './serve.ts';
import { sessionCommand } from './session.ts';
import { setAsideCommand } from './set-aside.ts';
import type { WatchSignals } from './signals.ts';
import { keepNegativeSize } from './signed-octets.ts';
import { simulateCommand } from './simulate.ts';
import { spoolCommand } from './spool.ts';
import { timezoneCommand } from './timezone.ts';
import { tokenCommand } from './token.ts';
import { traceCommand } from './trace.ts';
import { usageCommand } from './usage.ts';
import { UsageError, usageError } from './usage-error.ts';
import { userCommand } from './user.ts';
import { verifyCommand } from './verify.ts';

/** What the commands need of the process they run in. */
export interface Shell {
  readonly watchSignals: WatchSignals;
}

/** Runs one command line (without node and script) and returns the process's exit code; prints errors itself. */
export async function runCli(args: readonly string[], shell: Shell): Promise<number> {
  const commands: readonly Command[] = [
    serveCommand(shell.watchSignals),
    migrateCommand,
    configCommand,
    nasCommand,
    profileCommand,
    promotionCommand,
    userCommand,
    tokenCommand,
    usageCommand,
    explainCommand,
    verifyCommand,
    jobsCommand,
    ...resetQuotasCommands,
    alertCommand,
    checkAlertsCommand,
    mailCommand,
    sessionCommand,
    setAsideCommand,
    spoolCommand,
    traceCommand(shell.watchSignals),
    timezoneCommand,
    freeradiusCommand,
    auditCommand,
    importLegacyCommand,
    importRadacctCommand,
    migrateQuotasCommand,
    simulateCommand(shell.watchSignals),
  ];
  try {
    await programOf(args, commands).parseAsync();
    return 0;
  } catch (error) {
    printError(error);
    if (error instanceof UsageError)
      printNote(`See \`radmeter ${knownCommand(args, error.message)}--help\`.`);
    return exitCodeOf(error);
  }
}

/** Returns the commands that were understood, each followed by a blank. */
function knownCommand(args: readonly string[], complaint: string): string {
  const end = args.findIndex((arg) => arg.startsWith('-'));
  // The last word of an unknown command is the unknown one.
  const known = args
    .slice(0, end < 0 ? args.length : end)
    .slice(0, complaint.startsWith('Unknown command') ? -1 : 2);
  return known.map((word) => `${word} `).join('');
}

function programOf(args: readonly string[], commands: readonly Command[]): Argv {
  const program: Argv = yargs(args.map(keepNegativeSize))
    .scriptName('radmeter')
    .usage('$0 <command>\n\nMeasures what RADIUS accounting reports against the profiles that apply.')
    .options(commonFlags())
    .example('$0 serve', 'Run the daemon on the embedded database')
    .example('$0 nas add 192.0.2.10 --name hall --secret s3cret', 'Let an access point send packets')
    .example('$0 config check --config /etc/radmeter/radmeter.yaml', 'Show the settings in force')
    .epilogue(
      'Exit codes: 64 wrong command line, 65 differences found, 66 not found, 69 unavailable, 70 internal error, 73 conflict, 77 not permitted, 78 wrong setting.',
    )
    .parserConfiguration({ 'dot-notation': false })
    .locale('en')
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .version(packageVersion())
    .help()
    .alias('help', 'h')
    .strict()
    .strictCommands()
    .demandCommand(1, 'say what to do: `radmeter --help` shows the commands')
    .exitProcess(false)
    .fail((message, error) => {
      // yargs throws some of its complaints instead of saying them.
      if (error !== undefined && error?.name !== 'YError') throw error;
      throw usageError(message);
    });
  return commands.reduce((whole, command) => command(whole), program);
}
