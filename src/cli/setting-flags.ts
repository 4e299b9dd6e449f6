/** Flags for settings of the daemon, on commands that do what it does. */
import type { Argv } from 'yargs';
import { daemonFlags } from '../config/flags.ts';

/** What telling users rests on. */
export const TELLING_SETTINGS: readonly string[] = [
  ...['smtp-url', 'smtp-password-file', 'mail-from'],
  ...['sms-webhook-url-file', 'sms-webhook-secret-file', 'language'],
];

/** What is forgotten, and when. */
export const RETENTION_SETTINGS: readonly string[] = [
  ...['keep-sessions', 'keep-usage-days', 'keep-audit-log', 'keep-logs'],
];

/** Adds flags for these settings to those every command has; `settings` of the command's database options must name them too. */
export function withSettings<T>(yargs: Argv<T>, names: readonly string[]): Argv<T> {
  yargs.options(Object.fromEntries(Object.entries(daemonFlags()).filter(([name]) => names.includes(name))));
  return yargs;
}
