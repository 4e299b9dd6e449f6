/** What alerts are due now, and which of them their users have been told of already; changes nothing. */
import type { Database } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import type { ReadingTime } from '../usage/usage-queries.ts';
import type { Language } from '../usage/verdict-texts.ts';
import { alertMessage } from './alert-message.ts';
import { type DueAlert, type DueStretch, dueStretches } from './due-alerts.ts';

/** An alert that is due, as people are shown it. */
export interface CheckedAlert extends DueAlert {
  readonly message: string;
  /** Whether it was delivered, by any method, since it was armed. */
  readonly isDelivered: boolean;
}

export interface AlertCheck {
  /** All that are due, those already delivered too. */
  readonly triggeredCount: number;
  /** As many as asked for at most: those of the newest users; the newest usage first, and of one user the newest alert. */
  readonly alerts: readonly CheckedAlert[];
}

/** How to check: the instant, the language of the messages, and how many alerts to show at most. */
export interface AlertCheckOptions extends ReadingTime {
  readonly language: Language;
  readonly limit: number;
  /** Ends the check between two of its pieces: it then rejects. */
  readonly signal?: AbortSignal;
  /** Whether the database is left to others for as long as each piece took. */
  readonly isGentle?: boolean;
}

/** Returns what is due. Once there is enough to show, the database counts the rest. */
export async function checkAlerts(db: Database, options: AlertCheckOptions): Promise<AlertCheck> {
  const { language, limit, signal, isGentle = false } = options;
  const inTurn = isGentle ? gently : <T>(work: () => Promise<T>) => work();
  const shown: DueAlert[] = [];
  let triggeredCount = 0;
  for await (const stretch of dueStretches(db, options)) {
    signal?.throwIfAborted();
    triggeredCount += await inTurn(() => showFrom(stretch, { shown, limit }));
  }
  const delivered = await deliveredAmong(db, shown);
  const alerts = shown.sort(newestUsageFirst).map((due) => ({
    ...due,
    message: alertMessage(due.alert, due.user, language),
    isDelivered: delivered.has(deliveryKey(due)),
  }));
  return { triggeredCount, alerts };
}

/** Adds to what is shown as long as there is room, and returns how much is due in the stretch. */
async function showFrom(
  stretch: DueStretch,
  { shown, limit }: { readonly shown: DueAlert[]; readonly limit: number },
): Promise<number> {
  const room = limit - shown.length;
  if (room <= 0) return stretch.count();
  // Of each user at least one alert is due.
  const { alerts, userCount } = await stretch.due(room);
  shown.push(...alerts.slice(0, room));
  return userCount < room ? alerts.length : stretch.count();
}

/** Returns the keys (deliveryKey) of those that have been delivered by at least one method. */
export async function deliveredAmong(
  { knex }: Database,
  due: readonly DueAlert[],
): Promise<ReadonlySet<string>> {
  const delivered = new Set<string>();
  for (let at = 0; at < due.length; at += DELIVERIES_CHUNK) {
    const chunk = due.slice(at, at + DELIVERIES_CHUNK);
    const pairs = chunk.map(({ alert, user }) => [alert.id, user.userId]);
    const rows: { alert_id: number; user_id: number; arm_key: string }[] = await knex('alert_deliveries')
      .whereIn(['alert_id', 'user_id'], pairs)
      .whereNotNull('delivered_at')
      .select('alert_id', 'user_id', 'arm_key');
    for (const row of rows) delivered.add(keyOf(row.alert_id, row.user_id, row.arm_key));
  }
  return delivered;
}

const DELIVERIES_CHUNK = 500;

/** Returns what tells one firing from every other: the alert, the user, and what armed it. */
export function deliveryKey({ alert, user, armKey }: DueAlert): string {
  return keyOf(alert.id, user.userId, armKey);
}

function keyOf(alertId: number, userId: number, armKey: string): string {
  return `${alertId} ${userId} ${armKey}`;
}

/** Contract §7; users without usage come last. What stands side by side keeps its order. */
function newestUsageFirst(a: DueAlert, b: DueAlert): number {
  const [one, other] = [a.user.usageCreatedAt ?? '', b.user.usageCreatedAt ?? ''];
  if (one === other) return b.user.userId - a.user.userId;
  return one < other ? 1 : -1;
}
