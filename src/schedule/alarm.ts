/** node-cron as an alarm clock: it wakes the scheduler, and what is due the calendar says. The only file that imports it. */
import { type ScheduledTask, schedule } from 'node-cron';
import type { Logger } from '../logger.ts';

/** When to wake, as cron writes it, and in which zone. */
export interface AlarmTimes {
  readonly expressions: readonly string[];
  /** An IANA name. */
  readonly timezone: string;
}

/** Wakes whoever asks at given times, until it is stopped; never keeps a process alive. */
export class Alarm {
  readonly #tasks: readonly ScheduledTask[];

  constructor({ expressions, timezone }: AlarmTimes, { wake, logger }: { wake: () => void; logger: Logger }) {
    const log = {
      info: () => {},
      debug: () => {},
      warn: (message: string) => logger.debug({ message }, 'an alarm came late'),
      error: (message: string | Error, error?: Error) =>
        logger.warn({ err: error ?? message }, 'an alarm did not go off; the next one does'),
    };
    this.#tasks = [...new Set(expressions)].map((expression) =>
      // A time that was missed is looked for at the next one anyway.
      schedule(expression, wake, { timezone, unref: true, suppressMissedWarning: true, logger: log }),
    );
  }

  stop(): void {
    for (const task of this.#tasks) void task.destroy();
  }
}
