/** Moving a database's counters to another time zone, so that they can be proved in it as before. */
import type { Knex } from 'knex';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import { updateJoined } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import { restateExceeded, rollOverAffectedUsage } from '../profiles/affected-usage.ts';
import { Calendar } from './period.ts';
import { replaceTimezone } from './stored-timezone.ts';

/** What a running daemon's beats, one every 10 s, cannot leave between them. */
const SILENT_AFTER_MS = 30_000;

export interface TimezoneChange {
  /** An IANA name. */
  readonly timezone: string;
  readonly clock: Clock;
  /** Who asks; their name stands in `usage_adjustments`. */
  readonly actor: Actor;
}

/**
 * Moves a database to another zone and returns the one before; undefined where none was stored. Counters whose period
 * ended in the new zone are rolled over, the others keep what they hold. Octets already charged keep the day they were
 * charged to, except that none may lie in the future; where the new zone's day, week or month then adds up to something
 * else than a counter, the difference is written into `usage_adjustments` as kind `timezone`. Throws AppError `conflict`
 * while a daemon runs: each of its batches goes by the zone it finds, but one that is being decided in this instant may make a first usage row in the zone before.
 */
export function changeTimezone(
  db: Database,
  { timezone, clock, actor }: TimezoneChange,
): Promise<string | undefined> {
  return inTransaction(db, clock, async (transaction) => {
    const before = await replaceTimezone(transaction, timezone);
    if (before === timezone) return before;
    await recordAudit(transaction, actor, {
      action: 'set',
      objectType: 'timezone',
      objectId: null,
      before: before === undefined ? undefined : { timezone: before },
      after: { timezone },
    });
    if (before === undefined) return before;
    await refuseRunning(transaction);
    const today = new Calendar(timezone).dayOf(transaction.now);
    const users = usersWithProfile(transaction.trx);
    await rollOverAffectedUsage(transaction, users, today);
    await restateExceeded(transaction, users);
    await endDaysToday(transaction, today.date);
    await adjustCounters(transaction, { before, timezone, changedBy: actor.name });
    return before;
  });
}

async function refuseRunning({ trx, now }: Transaction): Promise<void> {
  const [running]: { host: string; beat_at: number }[] = await trx('instances')
    .where('beat_at', '>', now - SILENT_AFTER_MS)
    .orderBy('beat_at', 'desc')
    .limit(1)
    .select('host', 'beat_at');
  if (running === undefined) return;
  const seconds = Math.max(0, Math.round((now - running.beat_at) / 1000));
  throw new AppError(
    'conflict',
    `a daemon on ${running.host} was running ${seconds} s ago, in the zone it read when it started; ` +
      `stop every daemon of this database and set the zone then (one that was killed counts as running for ${SILENT_AFTER_MS / 1000} s)`,
  );
}

function usersWithProfile(trx: Knex.Transaction): Knex.QueryBuilder {
  return trx('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .select('users.id as user_id')
    .select(trx.raw('COALESCE(users.profile_id, promotions.profile_id) as new_profile_id'));
}

/** West of the zone before it may be yesterday again: what lies on a day that has yet to come is of today. */
async function endDaysToday({ dialect, trx }: Transaction, today: string): Promise<void> {
  const ahead = trx('usage_days')
    .where('day', '>', today)
    .groupBy('user_id')
    .select('user_id')
    .sum({ input_octets: 'input_octets', output_octets: 'output_octets' });
  const withToday = trx('usage_days as known').where('known.day', today).select('known.user_id');
  await updateJoined[dialect](trx, {
    table: 'usage_days',
    source: ahead.clone(),
    key: 'user_id',
    set: {
      input_octets: trx.raw('target.input_octets + source.input_octets'),
      output_octets: trx.raw('target.output_octets + source.output_octets'),
    },
    where: trx.raw('target.day = ?', [today]),
  });
  const missing = trx(ahead.clone().as('ahead'))
    .whereNotIn('ahead.user_id', withToday)
    .select('ahead.user_id', trx.raw('?', [today]), 'ahead.input_octets', 'ahead.output_octets');
  await trx(trx.raw('?? (??)', ['usage_days', ['user_id', 'day', 'input_octets', 'output_octets']])).insert(
    missing,
  );
  await trx('usage_days').where('day', '>', today).delete();
}

interface Adjusted {
  readonly before: string;
  readonly timezone: string;
  readonly changedBy: string;
}

/** The rows, and zeros for those whose row was removed: one that begins anew must find days and adjustments that make nothing. */
function everyUsage(trx: Knex.Transaction): Knex.QueryBuilder {
  const removed = trx('usage_adjustments as past')
    .leftJoin('user_profile_usage as kept', 'kept.user_id', 'past.user_id')
    .whereNull('kept.user_id')
    .distinct('past.user_id', trx.raw('0'), trx.raw('0'), trx.raw('0'));
  return trx('user_profile_usage')
    .select('user_id', 'used_today', 'used_week', 'used_month')
    .unionAll([removed]);
}

/** Every row stands in the current periods now, so the same days and adjustments belong to everybody's counters. */
async function adjustCounters(
  { trx, now }: Transaction,
  { before, timezone, changedBy }: Adjusted,
): Promise<void> {
  const periods = new Calendar(timezone).periodsOf(now);
  const counters = [
    { counter: 'used_today', adjusted: 'today', period: periods.day },
    { counter: 'used_week', adjusted: 'week', period: periods.week },
    { counter: 'used_month', adjusted: 'month', period: periods.month },
  ] as const;
  const found = trx(everyUsage(trx).as('usage_row')).select('usage_row.user_id');
  for (const { counter, adjusted, period } of counters) {
    found.select(
      trx.raw(
        `usage_row.${counter}
         - (SELECT COALESCE(SUM(input_octets), 0) + COALESCE(SUM(output_octets), 0) FROM usage_days
             WHERE usage_days.user_id = usage_row.user_id AND usage_days.day >= ? AND usage_days.day < ?)
         - (SELECT COALESCE(SUM(past.${adjusted}), 0) FROM usage_adjustments AS past
             WHERE past.user_id = usage_row.user_id AND past.at >= ? AND past.at < ?) AS ${adjusted}`,
        [period.from, period.to, period.start, period.end],
      ),
    );
  }
  const differences = trx(found.as('found'))
    .whereRaw('(found.today <> 0 OR found.week <> 0 OR found.month <> 0)')
    .select('found.user_id', trx.raw('?', [now]), 'found.today', 'found.week', 'found.month')
    .select(trx.raw('?, ?, ?', ['timezone', changedBy, `moved from ${before} to ${timezone}`]));
  const columns = ['user_id', 'at', 'today', 'week', 'month', 'kind', 'changed_by', 'reason'];
  await trx(trx.raw('?? (??)', ['usage_adjustments', columns])).insert(differences);
}
