/** When an instance is ready, what it says when it is not, and what `/healthz` and `/readyz` look like. */
import { expect, it } from 'vitest';
import { buildApp } from '../../src/http/app.ts';
import { healthRoutes } from '../../src/http/health-routes.ts';
import { judgeReadiness, type ReadinessSources } from '../../src/http/readiness.ts';
import { createLogger } from '../../src/logger.ts';

const WELL: ReadinessSources = {
  isStopping: false,
  areSocketsBound: true,
  isDatabaseUp: async () => true,
  canSpool: () => true,
  spooledRecords: 0,
};
const AWAY = { isDatabaseUp: async () => false };

it.each<[string, Partial<ReadinessSources>, object]>([
  [
    'ready',
    {},
    { status: 'ready', reasons: [], notes: [], sockets: 'bound', database: 'up', spool: 'not_tried' },
  ],
  [
    'ready with the database away, as long as the spool takes records',
    { ...AWAY, spooledRecords: 3 },
    {
      ...{ status: 'ready', reasons: [], database: 'away', spool: 'usable', spooled_records: 3 },
      notes: ['The database takes no records.', '3 records wait in the spool for the database.'],
    },
  ],
  [
    'not ready when neither takes records',
    { ...AWAY, canSpool: () => false },
    {
      ...{ status: 'not_ready', database: 'away', spool: 'unusable' },
      reasons: ['Neither the database nor the spool can take a record.'],
    },
  ],
  [
    'not ready before its sockets are open',
    { areSocketsBound: false },
    { status: 'not_ready', reasons: ['The RADIUS sockets are not open.'], sockets: 'closed' },
  ],
  [
    'not ready while it stops',
    { isStopping: true, areSocketsBound: false },
    { status: 'not_ready', reasons: ['radmeter is stopping.', 'The RADIUS sockets are not open.'] },
  ],
])('is %s', async (_, sources, expected) => {
  expect(await judgeReadiness({ ...WELL, ...sources })).toMatchObject(expected);
});

it.each([
  ['where the database does', {}],
  ['that may be closed by now', { ...AWAY, isStopping: true }],
])('does not try a spool %s', async (_, sources) => {
  let tries = 0;
  const canSpool = () => ++tries > 0;
  expect(await judgeReadiness({ ...WELL, ...sources, canSpool })).toMatchObject({ spool: 'not_tried' });
  expect(tries).toBe(0);
});

it.each([
  [{}, 200, '"status":"ready"'],
  [{ areSocketsBound: false }, 503, '"status":"not_ready"'],
])('with %j /readyz answers %i', async (sources, status, text) => {
  const readiness = () => judgeReadiness({ ...WELL, ...sources });
  const app = await buildApp({ routes: [healthRoutes({ readiness })], logger: createLogger('silent') });
  const answer = await app.inject('/readyz');
  expect(answer.statusCode).toBe(status);
  expect(answer.body).toContain(text);
  expect(Object.keys(answer.json())).toEqual([
    ...['status', 'reasons', 'notes', 'sockets', 'database', 'spool', 'spooled_records'],
  ]);
  const alive = await app.inject('/healthz/');
  expect([alive.statusCode, alive.body]).toEqual([200, '{"status":"alive"}']);
  await app.close();
});
