/** A process that sends a mail, says so, and never gets to write it down: `node sender-process.ts DATABASE-URL SMTP-PORT`. */
import { mailOutlet } from '../../src/alerts/mailer.ts';
import type { MailRow } from '../../src/alerts/queue-row.ts';
import { QueueSender } from '../../src/alerts/queue-sender.ts';
import { systemClock } from '../../src/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { createLogger } from '../../src/logger.ts';
import { createMetrics } from '../../src/metrics.ts';

const [url = '', port = ''] = process.argv.slice(2);
const smtp = {
  ...{ host: '127.0.0.1', port: Number(port), tls: 'off' as const, caFile: null, user: null, password: null },
  from: 'wifi@campus.example',
};
const sender = new QueueSender<MailRow>({
  ...{ db: openDatabase(url), clock: systemClock, owner: 'killed' },
  ...{ logger: createLogger('silent'), metrics: createMetrics() },
  table: 'mail_queue',
  open: () => {
    const outlet = mailOutlet(smtp);
    return {
      send: async (row, signal) => {
        await outlet.send(row, signal);
        process.stdout.write('sent\n');
        return new Promise(() => {});
      },
      close: () => outlet.close(),
    };
  },
});
process.stdin.resume();
await sender.drain();
