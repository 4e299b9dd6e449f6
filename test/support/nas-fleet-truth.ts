/** The meters of a fleet held against what a database says: the figures every fault test ends with. */
import type { Database } from '../../src/db/database.ts';
import type { MeteredRecord, MeteredSession, NasFleet } from './nas-fleet.ts';

export interface FleetFigures {
  readonly packetsSent: number;
  readonly recordsSent: number;
  readonly acknowledged: number;
  readonly givenUp: number;
  /** Acknowledged records that are not whole in the database. */
  readonly lost: number;
  /** Octets in usage beyond what the meters ever showed. */
  readonly octetsCountedTwice: number;
  /** Octets that acknowledged records showed and usage does not. */
  readonly octetsLost: number;
  /** Octets of what was given up that reached the database all the same. */
  readonly octetsOfGivenUp: number;
  readonly forgedAnswers: number;
}

/** What must be true of any fleet, whatever has happened. */
export const NOTHING_LOST = { lost: 0, octetsCountedTwice: 0, octetsLost: 0, forgedAnswers: 0 } as const;

/** Runs of a session id added up. */
interface StoredSession {
  readonly inputOctets: number;
  readonly outputOctets: number;
  readonly isStopped: boolean;
}

/** Compares every record and every user, never the code under test with itself. */
export async function figuresOf(fleet: NasFleet, db: Database): Promise<FleetFigures> {
  const stored = await storedSessions(db);
  const usage = await usageByUser(db);
  const records = fleet.sessions.flatMap(({ records }) => records);
  const isLost = (session: MeteredSession) => (record: MeteredRecord) =>
    record.isAcknowledged === true && !isWhole(record, stored.get(session.sessionId));
  const lost = fleet.sessions.flatMap((session) => session.records.filter(isLost(session)));
  const sums = { twice: 0, lost: 0, beyond: 0 };
  for (const [user, { sent, acknowledged }] of trueOctets(fleet.sessions)) {
    const counted = usage.get(user) ?? 0;
    sums.twice += Math.max(0, counted - sent);
    sums.lost += Math.max(0, acknowledged - counted);
    sums.beyond += Math.max(0, counted - acknowledged);
  }
  const { packetsSent, givenUp, forgedAnswers } = fleet.counts;
  return {
    packetsSent,
    recordsSent: records.length,
    acknowledged: records.filter(({ isAcknowledged }) => isAcknowledged === true).length,
    givenUp,
    lost: lost.length,
    octetsCountedTwice: sums.twice,
    octetsLost: sums.lost,
    octetsOfGivenUp: sums.beyond,
    forgedAnswers,
  };
}

/** Returns what every user truly used: the highest meters of each session, of all records and of those acknowledged. */
function trueOctets(sessions: readonly MeteredSession[]) {
  const users = new Map<string, { sent: number; acknowledged: number }>();
  for (const { user, records } of sessions) {
    const known = users.get(user) ?? { sent: 0, acknowledged: 0 };
    users.set(user, {
      sent: known.sent + highest(records),
      acknowledged: known.acknowledged + highest(records.filter((record) => record.isAcknowledged === true)),
    });
  }
  return users;
}

function highest(records: readonly MeteredRecord[]): number {
  return Math.max(0, ...records.map(({ inputOctets, outputOctets }) => inputOctets + outputOctets));
}

function isWhole(record: MeteredRecord, stored: StoredSession | undefined): boolean {
  if (stored === undefined) return false;
  const isCounted = stored.inputOctets >= record.inputOctets && stored.outputOctets >= record.outputOctets;
  return isCounted && (record.status !== 'stop' || stored.isStopped);
}

async function storedSessions({ knex }: Database): Promise<Map<string, StoredSession>> {
  const rows: Record<string, unknown>[] = await knex('radacct')
    .select('acctsessionid')
    .sum({ input: 'acctinputoctets', output: 'acctoutputoctets' })
    .max({ stopped: knex.raw('CASE WHEN close_kind = 1 THEN 1 ELSE 0 END') })
    .groupBy('acctsessionid');
  return new Map(
    rows.map((row) => [
      String(row['acctsessionid']),
      {
        inputOctets: Number(row['input']),
        outputOctets: Number(row['output']),
        isStopped: Number(row['stopped']) === 1,
      },
    ]),
  );
}

async function usageByUser({ knex }: Database): Promise<Map<string, number>> {
  const rows: Record<string, unknown>[] = await knex('user_profile_usage')
    .join('users', 'users.id', 'user_profile_usage.user_id')
    .select('users.username', 'user_profile_usage.used_total');
  return new Map(rows.map((row) => [String(row['username']), Number(row['used_total'])]));
}
