/** A history as a table, for the one that shows an error. */
import type { Delivery, History } from './delivery.ts';

/** Returns the deliveries in both orders, with seconds since the first event, and the seed that gives the history again. */
export function describeHistory({ story, inOrder, scrambled }: History): string {
  const zero = story.reports[0]?.at ?? 0;
  const habits = Object.entries(story.habits).map(([name, habit]) => `${name}: ${JSON.stringify(habit)}`);
  return [
    '',
    `history ${story.seed}: ${habits.join(', ')}; line ${story.lineKbps ?? 'unknown'} kbit/s`,
    'in order:',
    ...inOrder.map((delivery) => describeDelivery(delivery, zero)),
    'late and repeated:',
    ...scrambled.map((delivery) => describeDelivery(delivery, zero)),
    '',
  ].join('\n');
}

function describeDelivery(delivery: Delivery, zero: number): string {
  const seconds = (instant: number) => ((instant - zero) / 1000).toFixed(1);
  const arrived = seconds(delivery.at).padStart(10);
  if (delivery.kind !== 'packet')
    return `${arrived}  ${delivery.kind === 'reset' ? delivery.by : delivery.kind}`;
  const { report, delaySeconds } = delivery;
  const stamp = report.stamp === undefined ? 'no stamp' : `stamp ${seconds(report.stamp)}`;
  const when = `of ${seconds(report.at)}, ${stamp}, delay ${delaySeconds}`;
  if (report.kind === 'nas') return `${arrived}  ${report.status} ${when}`;
  const { id, userName, station, sessionTimeSeconds, up, down, packets, truth } = report;
  return [
    arrived,
    ` ${report.status} ${when}: ${id} ${userName ?? '(nobody)'} ${station ?? '(no station)'}`,
    `session time ${sessionTimeSeconds ?? 'not sent'},`,
    `octets ${up ?? '-'}/${down ?? '-'}, packets ${packets?.up ?? '-'}/${packets?.down ?? '-'},`,
    `life ${truth.life}`,
  ].join(' ');
}
