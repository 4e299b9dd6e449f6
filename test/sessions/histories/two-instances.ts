/** Plays the late and repeated deliveries of a history through two instances on one MariaDB, with crashes between commit and answer and ways to the database that break. */
import type { Database } from '../../../src/db/database.ts';
import { testNas } from '../../support/records.ts';
import { Chance } from './chance.ts';
import type { Arrival, History } from './delivery.ts';
import type { Instance } from './instance.ts';
import { USERS } from './story.ts';
import { growths } from './truth.ts';
import { encodeReport } from './wire.ts';

/** How often what befell the instances. */
export interface Mishaps {
  crashes: number;
  cuts: number;
  toBoth: number;
  spooled: number;
}

const DRAIN_WAIT_MS = 20_000;
const POLL_MS = 5;
const TABLES = ['radacct', 'usage_days', 'usage_adjustments', 'user_profile_usage', 'set_aside'] as const;

/** Returns whether every record names a user who is one, so that the database tells whom each octet was counted for. */
export function namesEverybody({ received, story }: History): boolean {
  return (
    story.habits.names !== 'mostly both' &&
    growths(received, story.habits.gigawords).every(({ user }) => USERS.some((name) => name === user))
  );
}

/** Plays a history and returns what the database counts for each user at the end. */
export async function playThroughTwo(
  history: History,
  { instances, db, mishaps }: { instances: readonly [Instance, Instance]; db: Database; mishaps: Mishaps },
): Promise<Map<string, { up: number; down: number }>> {
  for (const table of TABLES) await db.knex(table).delete();
  const { story, scrambled } = history;
  const chance = new Chance(story.seed ^ 0x2057);
  let now = 0;
  let nas = testNas();
  const world = {
    clock: { now: () => now },
    nas: () => nas,
    learnGigawords: () => {
      nas = { ...nas, sendsGigawords: true };
    },
    lineKbps: story.lineKbps,
  };
  const { at: firstAt = 0 } = scrambled[0] ?? {};
  now = firstAt;
  for (const instance of instances) await instance.begin(world);
  const path = new Path(history, { instances, chance, mishaps });
  for (const delivery of scrambled) {
    now = delivery.at;
    if (delivery.kind === 'packet') await path.send(delivery);
    else if (delivery.kind === 'silence') await fallSilent(db);
  }
  await path.mend();
  return countedBy(db);
}

/** The way of one history's packets: to one instance or both, which crash and are cut off. */
class Path {
  readonly #history: History;
  readonly #instances: readonly [Instance, Instance];
  readonly #chance: Chance;
  readonly #mishaps: Mishaps;

  constructor(
    history: History,
    parts: { instances: readonly [Instance, Instance]; chance: Chance; mishaps: Mishaps },
  ) {
    this.#history = history;
    this.#instances = parts.instances;
    this.#chance = parts.chance;
    this.#mishaps = parts.mishaps;
  }

  async send(arrival: Arrival): Promise<void> {
    const chance = this.#chance;
    const [one, other] = chance.happens(0.5) ? this.#instances : this.#instances.toReversed();
    if (one === undefined || other === undefined) return;
    if (chance.happens(0.04)) this.#cut(one);
    if (chance.happens(0.3)) one.proxy.mend();
    const receivers = chance.happens(0.3) ? [one, other] : [one];
    this.#mishaps.toBoth += receivers.length - 1;
    const answers = await Promise.all(receivers.map((instance) => instance.receive(this.#bytes(arrival, 0))));
    if (answers.includes(false)) throw new Error('a record was neither recorded nor spooled');
    this.#mishaps.spooled += one.spooled;
    // Answered, but the answer was lost with the process: the NAS asks again, elsewhere.
    if (!chance.happens(0.05)) return;
    this.#mishaps.crashes += 1;
    await one.crash();
    await other.receive(this.#bytes(arrival, 3));
  }

  /** Ends all mishaps and waits until the spools are empty. */
  async mend(): Promise<void> {
    for (const { proxy } of this.#instances) proxy.mend();
    const deadline = performance.now() + DRAIN_WAIT_MS;
    while (this.#instances.some(({ spooled }) => spooled > 0)) {
      if (performance.now() > deadline) throw new Error(`a spool does not drain within ${DRAIN_WAIT_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  #cut(instance: Instance): void {
    this.#mishaps.cuts += 1;
    instance.proxy.cut();
  }

  #bytes({ report, identifier, delaySeconds }: Arrival, laterSeconds: number): Buffer {
    const { habits } = this.#history.story;
    return encodeReport(report, {
      habits,
      identifier: (identifier + laterSeconds) % 256,
      delaySeconds: delaySeconds + laterSeconds,
    });
  }
}

/** What the sweep of silent sessions does, at once. */
async function fallSilent(db: Database): Promise<void> {
  await db
    .knex('radacct')
    .where('close_kind', 0)
    .update({ close_kind: 2, stopped_at: db.knex.ref('updated_at'), acctterminatecause: 'Lost-Carrier' });
}

async function countedBy(db: Database): Promise<Map<string, { up: number; down: number }>> {
  const rows: { username: string; up: number; down: number }[] = await db
    .knex('usage_days')
    .join('users', 'users.id', 'usage_days.user_id')
    .groupBy('users.username')
    .select('users.username')
    .sum({ up: 'usage_days.input_octets', down: 'usage_days.output_octets' });
  return new Map(rows.map(({ username, up, down }) => [username, { up: Number(up), down: Number(down) }]));
}
