/** The proof of histories.test.ts on a real database: two instances on one MariaDB, one of them on a machine whose clock is 90 s ahead, each with its own spool. `HISTORIES=N` plays more. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/db/database.ts';
import { migrateToLatest } from '../../../src/db/migrate.ts';
import { createUser } from '../../../src/profiles/user-commands.ts';
import { commandContext } from '../../support/command-context.ts';
import { type Mariadb, startMariadb } from '../../support/mariadb.ts';
import { openTcpProxy } from '../../support/tcp-proxy.ts';
import { differencesOf } from '../../support/verified.ts';
import { isClean } from './habits.ts';
import { historyOf } from './history-arbitrary.ts';
import { Instance } from './instance.ts';
import { judge } from './judge.ts';
import { TIMEZONE, USERS } from './story.ts';
import { growths } from './truth.ts';
import { namesEverybody, playThroughTwo } from './two-instances.ts';

const isWanted = inject('databases').includes('mariadb');
const missing = inject('missingPeers').mariadb;
const describeWithMariadb = isWanted && missing === undefined ? describe : describe.skip;
const HISTORIES = Number(process.env['HISTORIES'] ?? 80);
const AHEAD_MS = 90_000;
const OVER_SHARE_MAX = 0.0005;

describeWithMariadb(`two instances on one MariaDB${missing === undefined ? '' : ` (${missing})`}`, () => {
  let mariadb: Mariadb;
  let db: Database;
  let instances: [Instance, Instance];

  beforeAll(async () => {
    mariadb = await startMariadb();
    const server = openDatabase(`${mariadb.serverUrl}/information_schema`);
    await server.knex.raw('CREATE DATABASE histories CHARACTER SET utf8mb4');
    await server.close();
    const url = `${mariadb.serverUrl}/histories`;
    db = openDatabase(url);
    await migrateToLatest(db);
    for (const username of USERS) await createUser(commandContext(db), { username });
    const started = async (aheadMs: number) => {
      const proxy = await openTcpProxy(Number(new URL(url).port));
      const databaseUrl = url.replace(`:${new URL(url).port}/`, `:${proxy.port}/`);
      return new Instance({ proxy, databaseUrl, aheadMs });
    };
    instances = [await started(0), await started(AHEAD_MS)];
  });
  afterAll(async () => {
    for (const instance of instances) {
      await instance.close();
      await instance.proxy.close();
    }
    await db.close();
    await mariadb.stop();
  });

  it('count what the NASes metered, whichever is told, crashes or is cut off', {
    timeout: 600_000,
  }, async () => {
    const sums = { octets: 0, over: 0, under: 0, moved: 0, clean: 0, cleanOver: 0, overHistories: 0 };
    const mishaps = { crashes: 0, cuts: 0, toBoth: 0, spooled: 0 };
    let seed = 5176;
    for (let played = 0; played < HISTORIES; seed++) {
      const history = historyOf(seed);
      if (!namesEverybody(history)) continue;
      played += 1;
      const counted = await playThroughTwo(history, { instances, db, mishaps });
      const { over, under, moved } = judge(history, { counted });
      const isOfCleanNas = isClean(history.story.habits);
      for (const { up, down } of growths(history.received, history.story.habits.gigawords))
        sums.octets += up + down;
      sums.over += over;
      sums.under += under;
      sums.moved += moved;
      sums.overHistories += over > 0 ? 1 : 0;
      sums.clean += isOfCleanNas ? 1 : 0;
      sums.cleanOver += isOfCleanNas ? over : 0;
      expect(await differencesOf(db, { timezone: TIMEZONE }), `history ${seed}`).toEqual([]);
    }
    process.stdout.write(`${HISTORIES} histories: ${JSON.stringify({ ...sums, ...mishaps })}\n`);
    expect(Math.min(...Object.values(mishaps)), 'every mishap befell somebody').toBeGreaterThan(0);
    expect(sums.clean).toBeGreaterThan(0);
    expect(sums.cleanOver).toBe(0);
    expect(sums.over).toBeLessThanOrEqual(OVER_SHARE_MAX * sums.octets);
  });
});
