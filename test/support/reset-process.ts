/** A process of its own that resets daily counters as the schedule does, and says each that is: `node reset-process.ts URL`. */
import { systemClock } from '../../src/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { DAILY } from '../../src/schedule/cadence.ts';
import { runJob } from '../../src/schedule/run-job.ts';
import { Calendar } from '../../src/usage/period.ts';
import { sweepResets } from '../../src/usage/reset-sweep.ts';

const db = openDatabase(process.argv[2] ?? '');
const clock = systemClock;
const calendar = new Calendar('UTC');
const job = {
  ...{ name: 'daily-reset', describe: '', cadence: DAILY },
  run: ({ signal }: { signal: AbortSignal }) =>
    sweepResets({
      ...{ db, clock, calendar, period: 'daily' as const, signal },
      onReset: (usages) => process.stdout.write(usages.map(({ id }) => `${id}\n`).join('')),
    }),
};
await runJob(job, {
  ...{ db, clock, calendar, holder: `process ${process.pid}`, signal: new AbortController().signal },
  dueAt: DAILY.lastDue(calendar, clock.now()),
});
await db.close();
