/** A few rows of everything that the API serves, under ids that tests know. */
import type { Database } from '../../src/db/database.ts';
import { THIS_PERIOD, used } from './statistics-rows.ts';

/** The user whose token a test shows; rows of theirs have the same id in every table. */
export const JOHN = 50;
/** An administrator who is a person. */
export const BOSS = 51;
/** What stands in texts about other users: no answer to John may hold it. */
export const OTHERS_MARK = 'zebra';

const AT = Date.parse('2025-12-11T08:00:00Z');
const TIMES = { created_at: THIS_PERIOD, updated_at: THIS_PERIOD };
const RESETS = {
  last_daily_reset: THIS_PERIOD,
  last_weekly_reset: THIS_PERIOD,
  last_monthly_reset: THIS_PERIOD,
  activation_date: THIS_PERIOD,
};

const user = (id: number, username: string, columns: object = {}) => ({
  ...{ id, username, password: '!', email: `${username}@example.org`, date_joined: THIS_PERIOD },
  ...TIMES,
  ...columns,
});
const session = (id: number, userId: number | null, columns: object = {}) => ({
  ...{ radacctid: id, user_id: userId, acctsessionid: `S${id}`, acctuniqueid: `unique${id}` },
  ...{ runkey: Buffer.alloc(16, id), session_id_raw: Buffer.from(`S${id}`), source_address: '192.0.2.10' },
  ...{ nasipaddress: '192.0.2.10', nas_identifier: Buffer.from('hall'), started_at: AT, updated_at: AT },
  ...{ acctinputoctets: 1_000 * id, acctoutputoctets: 2 ** 33, ...columns },
});
const cutOff = (id: number, userId: number) => ({
  ...{ id, user_id: userId, reason: 'quota_exceeded', description: `${OTHERS_MARK} 5 Go / 5 Go` },
  ...{ disconnected_at: THIS_PERIOD, quota_used: 5, quota_limit: 5, is_active: true },
});

/** Ids 1 to 4 of each kind, where there are so many. */
const ROWS: readonly (readonly [table: string, rows: readonly object[]])[] = [
  [
    'profiles',
    [
      { id: 1, name: 'Étudiant', ...TIMES },
      { id: 2, name: 'Staff', quota_type: 'unlimited', ...TIMES },
      { id: 3, name: 'Old', is_active: false, ...TIMES },
      { id: 4, name: 'Nobody has it', daily_limit: 0, ...TIMES },
    ],
  ],
  [
    'promotions',
    [
      { id: 1, name: '2026', profile_id: 2, ...TIMES },
      { id: 2, name: '2020', is_active: false, ...TIMES },
    ],
  ],
  [
    'users',
    [
      user(1, `alice ${OTHERS_MARK}`, { profile_id: 1, mac_address: 'AA-BB-CC-DD-EE-FF' }),
      user(2, `bob ${OTHERS_MARK}`, { promotion_id: 1 }),
      user(3, `carol ${OTHERS_MARK}`, { is_active: false, profile_id: 1 }),
      user(4, `dave ${OTHERS_MARK}`),
      user(JOHN, 'john', { profile_id: 1 }),
      user(BOSS, 'boss', { is_staff: true, role: 'admin' }),
    ],
  ],
  [
    'user_profile_usage',
    [
      { id: 1, user_id: 1, ...RESETS, ...TIMES, ...used(2 ** 33), is_exceeded: true },
      { id: 2, user_id: 2, ...RESETS, ...TIMES },
      { id: 3, user_id: 3, ...RESETS, ...TIMES, is_active: false },
      { id: JOHN, user_id: JOHN, ...RESETS, ...TIMES, ...used(1_000) },
    ],
  ],
  [
    'profile_history',
    [
      { id: 1, user_id: 1, new_profile_id: 1, new_profile_name: 'Étudiant', changed_at: THIS_PERIOD },
      { id: 2, user_id: 3, old_profile_name: 'gone', changed_at: THIS_PERIOD, change_type: 'removed' },
    ],
  ],
  [
    'profile_alerts',
    [
      { id: 1, profile_id: 1, alert_type: 'quota_warning', threshold_percent: 10, ...TIMES },
      { id: 2, profile_id: 1, alert_type: 'expiry_warning', threshold_days: 30, ...TIMES },
      { id: 3, profile_id: 2, alert_type: 'quota_critical', is_active: false, ...TIMES },
    ],
  ],
  [
    'nas',
    [
      { id: 1, nasname: '192.0.2.10', shortname: 'hall', type: 'other', secret: 'hidden from all' },
      { id: 2, nasname: '198.51.100.0/24', shortname: 'yard', type: 'mikrotik', secret: 'hidden from all' },
    ],
  ],
  [
    'radacct',
    [
      session(1, 1, { user_name_raw: Buffer.from(`alice ${OTHERS_MARK}`) }),
      session(2, 2, { close_kind: 1, stopped_at: AT + 1_000 }),
      session(3, null, { close_kind: 2, station: Buffer.from('aabbccddeeff') }),
      session(4, 4),
      session(JOHN, JOHN, { user_name_raw: Buffer.from('john') }),
    ],
  ],
  [
    'enforcement_intents',
    [
      {
        ...{ id: 1, radacctid: 1, user_id: 1, kind: 'disconnect', reason: 'quota_daily' },
        ...{ status: 'pending', live_key: 'session:1', due_at: AT, created_at: AT },
      },
      {
        ...{ id: 2, radacctid: 2, user_id: 2, kind: 'disconnect', reason: 'manual' },
        ...{ status: 'done', due_at: AT, created_at: AT, finished_at: AT, outcome: OTHERS_MARK },
      },
    ],
  ],
  ['user_disconnection_logs', [cutOff(1, 1), cutOff(2, 3), cutOff(3, 3)]],
  ['radcheck', [{ username: 'john', attribute: 'Cleartext-Password', value: OTHERS_MARK, statut: 0 }]],
  [
    'job_runs',
    [
      {
        ...{ id: 1, job: 'daily', due_at: AT, status: 'failed', leased_by: 'alpha', leased_until: AT },
        ...{ started_at: AT, finished_at: AT, error: OTHERS_MARK },
      },
    ],
  ],
  [
    'notices',
    [
      { id: 1, user_id: 1, alert_id: 1, message: `${OTHERS_MARK} 80.0%`, created_at: AT },
      { id: 2, user_id: BOSS, message: 'for the boss', created_at: AT },
      { id: 3, user_id: JOHN, message: 'for John', created_at: AT, read_at: AT },
      { id: JOHN, user_id: JOHN, alert_id: 1, message: 'for John', created_at: AT },
    ],
  ],
  [
    'api_tokens',
    [1, 2, 3, 4].map((id) => ({
      ...{ id, kind: 'api', role: 'viewer', name: `portal ${id}`, created_at: AT },
      token_hash: Buffer.alloc(32, id),
    })),
  ],
  ['unknown_nas', [{ address: '203.0.113.9', first_seen_at: AT, last_seen_at: AT, packets: 7 }]],
  [
    'usage_days',
    [
      { user_id: 1, day: '2025-12-10', input_octets: 2 ** 33, output_octets: 5 },
      { user_id: JOHN, day: '2025-12-10', input_octets: 1, output_octets: 2 },
    ],
  ],
  [
    'audit_log',
    [
      {
        ...{ id: 1, at: AT, actor: `alice ${OTHERS_MARK}`, action: 'create', object_type: 'profile' },
        ...{ object_id: '1', after_json: '{"name":"Étudiant"}' },
      },
    ],
  ],
];

/** Adds them all to empty tables. */
export async function seedEverything({ knex }: Database): Promise<void> {
  await knex.transaction(async (trx) => {
    for (const [table, rows] of ROWS) {
      // One by one: what a row does not say is its column's default.
      for (const row of rows) await trx(table).insert(row);
    }
  });
}
