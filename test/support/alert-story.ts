/** Users, alerts and deliveries of a test, by the shortest words for them. */
import { createAlert } from '../../src/alerts/alert-commands.ts';
import type { AlertFields } from '../../src/alerts/alert-row.ts';
import type { Channels } from '../../src/alerts/delivery.ts';
import { type AlertQueueResult, checkAndQueueAlerts } from '../../src/alerts/queue-alerts.ts';
import type { Database } from '../../src/db/database.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, type TestContext } from './command-context.ts';

export const GIB = 1024 ** 3;

export interface AlertStory {
  readonly context: TestContext;
  readonly profile: number;
  readonly metrics: ReturnType<typeof createMetrics>;
  /** Makes a user of the profile who has used so many GiB of its 50; returns their id. */
  join(username: string, usedGib: number, fields?: object): Promise<number>;
  use(userId: number, columns: object): Promise<void>;
  alert(fields?: Partial<AlertFields>): Promise<number>;
  check(channels?: Channels): Promise<AlertQueueResult>;
  /** As `john email pending`, in the order they were begun; ended ones in brackets. */
  deliveries(): Promise<string[]>;
}

/** Returns a story at 2025-12-11T12:00:00Z with a profile of 50 GiB and no alert. */
export async function alertStory(db: Database): Promise<AlertStory> {
  const context = commandContext(db);
  const { clock, periodStartsAt } = context;
  const profile = await createProfile(context, { name: 'Étudiant' });
  const metrics = createMetrics();
  const use = async (userId: number, columns: object) => {
    await db.knex('user_profile_usage').where('user_id', userId).update(columns);
  };
  return {
    context,
    profile,
    metrics,
    use,
    join: async (username, usedGib, fields = {}) => {
      const email = `${username}@example.org`;
      const id = await createUser(context, { username, email, profile, phoneNumber: '+237600', ...fields });
      await use(id, { used_total: usedGib * GIB });
      return id;
    },
    alert: (fields = {}) =>
      createAlert(context, {
        profileId: profile,
        alertType: 'quota_warning',
        notificationMethod: 'email',
        ...fields,
      }),
    check: (channels = { email: true, sms: true }) =>
      checkAndQueueAlerts({
        ...{ reader: db, db, clock, periodStartsAt, channels, metrics },
        language: 'fr',
        timezone: 'Africa/Douala',
      }),
    deliveries: async () => {
      const rows: { username: string; method: string; status: string; ended_at: number | null }[] = await db
        .knex('alert_deliveries')
        .join('users', 'users.id', 'alert_deliveries.user_id')
        .orderBy('alert_deliveries.id')
        .select('alert_deliveries.*', 'users.username');
      return rows.map(({ username, method, status, ended_at: endedAt }) => {
        const line = `${username} ${method} ${status}`;
        return endedAt === null ? line : `(${line})`;
      });
    },
  };
}
