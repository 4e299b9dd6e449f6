/** `radmeter check_profile_alerts`: which alerts are due, as the replaced system's command printed them (contract §11), and telling the users. */

import { alertMessage } from '../alerts/alert-message.ts';
import { listActiveAlerts } from '../alerts/alert-queries.ts';
import { ALERT_TEXTS } from '../alerts/alert-texts.ts';
import { identityText, type PlannedDelivery, plannedDeliveries } from '../alerts/delivery.ts';
import { type DeliveryState, deliveryStates } from '../alerts/delivery-queries.ts';
import { type DueAlert, dueAlerts } from '../alerts/due-alerts.ts';
import { checkAndQueueAlerts } from '../alerts/queue-alerts.ts';
import { channelsOf, Senders, type Ways, waysOf } from '../alerts/senders.ts';
import { type SpoiltRow, SpoiltRowsError } from '../errors.ts';
import { createLogger } from '../logger.ts';
import { createMetrics } from '../metrics.ts';
import { timezoneOf } from '../usage/stored-timezone.ts';
import { type Command, defineCommand } from './command.ts';
import { type CommandTools, withDatabase } from './open.ts';
import { instantShown, onOneLine, printLine } from './output.ts';
import { showProgress } from './progress-line.ts';
import { TELLING_SETTINGS, withSettings } from './setting-flags.ts';

/** `radmeter check_profile_alerts [--dry-run] [--send-email]`. */
export const checkAlertsCommand: Command = defineCommand({
  command: 'check_profile_alerts',
  aliases: ['check-profile-alerts'],
  describe:
    'Show the alerts that are due, and tell the users who have not been told; serve does so every hour',
  examples: [
    ['check_profile_alerts', 'List them'],
    [
      'check_profile_alerts --send-email',
      'Tell the users, each way their alert names, and say what came of it',
    ],
  ],
  builder: (yargs) =>
    withSettings(yargs, TELLING_SETTINGS)
      .option('dry-run', { type: 'boolean', default: false, describe: 'Say who would be told; tell nobody' })
      .option('send-email', {
        type: 'boolean',
        default: false,
        describe: 'Tell the users by mail, SMS webhook or notice',
      }),
  run: (argv) => withDatabase(argv, (tools) => check(tools, argv), { settings: TELLING_SETTINGS }),
});

interface CheckFlags {
  readonly 'dry-run': boolean;
  readonly 'send-email': boolean;
}

async function check(tools: CommandTools, argv: CheckFlags): Promise<void> {
  const ways = waysOf(tools.config, tools.secrets);
  const isSending = argv['send-email'] && !argv['dry-run'];
  const { length } = await listActiveAlerts(tools.db);
  printLine(`Checking ${length} active alerts...\n`);
  const startedAt = tools.clock.now();
  if (isSending) await tell(tools, ways);
  const spoilt: SpoiltRow[] = [];
  printLine(`⚠ Found ${await countDue(tools, (row) => spoilt.push(row))} triggered alerts\n`);
  const context = { tools, ways, isDryRun: argv['dry-run'], isSending, startedAt };
  const count = await printDue(context);
  printLine(`${argv['dry-run'] ? '[DRY RUN] ' : ''}Processed ${count} triggered alerts`);
  if (spoilt.length > 0) throw new SpoiltRowsError(spoilt);
}

/** What the lines of one run depend on. */
interface Printing {
  readonly tools: CommandTools;
  readonly ways: Ways;
  readonly isDryRun: boolean;
  readonly isSending: boolean;
  readonly startedAt: number;
}

/** Begins what is to be delivered and sends it from here, so that what is printed has happened; a running radmeter may be doing the same. */
async function tell(tools: CommandTools, ways: Ways): Promise<void> {
  const { db, clock, config, periodStartsAt } = tools;
  const metrics = createMetrics();
  const logger = createLogger('silent');
  const progress = showProgress(() => 'telling users…');
  const senders = new Senders({
    ...ways,
    db,
    clock,
    logger,
    metrics,
    owner: `command ${crypto.randomUUID()}`,
  });
  try {
    await checkAndQueueAlerts({
      ...{ reader: db, db, clock, periodStartsAt, channels: channelsOf(ways) },
      language: config.language,
      timezone: await timezoneOf(db, config.timezone),
    });
    await senders.drain();
  } finally {
    await senders.close();
    progress.end();
  }
}

function dueNow(
  { db, clock, periodStartsAt }: CommandTools,
  onSpoilt: (row: SpoiltRow) => void = () => {},
): AsyncGenerator<DueAlert[]> {
  const now = clock.now();
  return dueAlerts(db, { now, starts: periodStartsAt(now), onSpoilt });
}

/** Counted before they are printed, and not kept: there may be a million. */
async function countDue(tools: CommandTools, onSpoilt: (row: SpoiltRow) => void): Promise<number> {
  let count = 0;
  const progress = showProgress(() => `${count} triggered so far…`);
  try {
    for await (const due of dueNow(tools, onSpoilt)) count += due.length;
    return count;
  } finally {
    progress.end();
  }
}

async function printDue(printing: Printing): Promise<number> {
  const { tools, isDryRun, isSending } = printing;
  let count = 0;
  for await (const due of dueNow(tools)) {
    const states = isDryRun || isSending ? await deliveryStates(tools.db, due) : new Map();
    for (const one of due) printOne(one, printing, states);
    count += due.length;
  }
  return count;
}

function printOne(due: DueAlert, printing: Printing, states: ReadonlyMap<string, DeliveryState>): void {
  const { tools, ways, isDryRun, isSending } = printing;
  const { language } = tools.config;
  const { alert, user } = due;
  printLine(`  Alert: ${ALERT_TEXTS[language].labels[alert.alertType]}`);
  printLine(`  User: ${onOneLine(user.username)} (${onOneLine(user.email)})`);
  printLine(`  Profile: ${onOneLine(user.profileName)}`);
  printLine(`  Message: ${onOneLine(alertMessage(alert, user, language))}`);
  if (isDryRun || isSending) {
    for (const plan of plannedDeliveries(alert.notificationMethod, user, channelsOf(ways))) {
      const identity = { alertId: alert.id, userId: user.userId, armKey: due.armKey, method: plan.method };
      const state = states.get(identityText(identity));
      // Who was told has an address no longer, or the way is closed by now.
      const address = onOneLine((plan.method === 'system' ? null : plan.address) ?? user.username);
      printLine(
        isDryRun ? plannedLine(plan, address, state) : outcomeLine({ plan, address, state }, printing),
      );
    }
  }
  printLine('');
}

/** Contract §11: `[DRY RUN] Would send notification to …`. */
function plannedLine(plan: PlannedDelivery, address: string, state: DeliveryState | undefined): string {
  if (state !== undefined && state.status !== 'undeliverable') {
    return `  [DRY RUN] Would not send again to ${address}: ${stateText(state)}`;
  }
  if (plan.obstacle !== null) return `  [DRY RUN] Would not send notification: ${plan.obstacle}`;
  return plan.method === 'system'
    ? `  [DRY RUN] Would show notification to ${address}`
    : `  [DRY RUN] Would send notification to ${address}`;
}

interface Outcome {
  readonly plan: PlannedDelivery;
  readonly address: string;
  readonly state: DeliveryState | undefined;
}

/** Contract §11, §0.13: the check mark stands for what has happened, and for nothing else. */
function outcomeLine({ plan, address, state }: Outcome, { startedAt }: Printing): string {
  if (state?.status === 'delivered') {
    const verb = plan.method === 'system' ? 'shown' : 'sent';
    const isEarlier = state.deliveredAt !== null && state.deliveredAt < startedAt;
    return `  ✓ Notification ${verb} to ${address}${isEarlier ? ` (${stateText(state)})` : ''}`;
  }
  if (state?.status === 'pending' && state.detail === null) {
    return `  … Notification to ${address} waits to be sent`;
  }
  const why = state?.detail ?? plan.obstacle ?? 'it was not begun';
  const next = state?.status === 'pending' ? ' (it will be tried again)' : '';
  return `  ✗ Failed to send notification: ${onOneLine(why)}${next}`;
}

function stateText({ status, deliveredAt }: DeliveryState): string {
  return deliveredAt === null ? status : `already told ${instantShown(deliveredAt)}`;
}
