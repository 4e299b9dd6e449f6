/** What `radmeter simulate` prints at its end. */
import { instantJson } from '../clock.ts';
import { listenText } from '../config/listen-setting.ts';
import type { ServerAddress } from '../radius/source-port.ts';
import type { PlaybackSummary } from '../simulate/playback.ts';
import { SIMULATED_STATUSES, type SimulatedStatus } from '../simulate/request.ts';
import {
  type Column,
  heading,
  instantShown,
  octetsText,
  printFacts,
  printJson,
  printLine,
  printTable,
} from './output.ts';

export interface SummaryToPrint {
  readonly summary: PlaybackSummary;
  readonly server: ServerAddress;
  readonly isJson: boolean;
  /** Whether simulated time ran faster than time. */
  readonly isAccelerated: boolean;
  /** Answers whose authenticator was wrong. */
  readonly forgedAnswers: number;
}

type UserOctets = readonly [userName: string, octets: number];

const USERS_SHOWN = 20;

/** Prints a summary for people or as JSON. */
export function printSummary(toPrint: SummaryToPrint): void {
  if (toPrint.isJson) printJson(summaryShape(toPrint));
  else printForPeople(toPrint);
}

function printForPeople(toPrint: SummaryToPrint): void {
  const { summary, server, forgedAnswers } = toPrint;
  const statuses = SIMULATED_STATUSES.map((name) => ({ name, ...summary.byStatus[name] }));
  printTable([...statuses, { name: 'Total', ...summary.total }], STATUS_COLUMNS, '');
  printLine('');
  printFacts([
    ['Server', listenText(server)],
    ['Seconds', summary.seconds.toFixed(1)],
    ['Acknowledged per second', summary.acknowledgedPerSecond.toFixed(1)],
    ['Retransmitted', summary.retransmits],
    ['Wrongly signed answers', forgedAnswers],
    [
      'Answer time',
      `p50 ${shown(summary.p50Ms)}, p99 ${shown(summary.p99Ms)}, at most ${shown(summary.maximumMs)}`,
    ],
    ['Octets to be charged', octetsText(totalOctets(summary))],
    ['Octets in doubt', octetsText(summary.unacknowledgedOctets)],
  ]);
  printUsers(byName(summary));
  if (toPrint.isAccelerated) printLine(`\n${pastText(summary)}`);
}

/** What happened before a reset does not count after it, wherever it is reported. */
function pastText({ simulatedFrom }: PlaybackSummary): string {
  return `Simulated time began at ${instantShown(simulatedFrom)}. What the records of it date before a user's activation or a counter's last reset is in the sessions and in the days, not in that counter.`;
}

function printUsers(users: readonly UserOctets[]): void {
  if (users.length === 0) return;
  printLine('');
  printLine(heading('What each user must have been charged for these sessions:'));
  printTable(users.slice(0, USERS_SHOWN), USER_COLUMNS, '');
  if (users.length > USERS_SHOWN)
    printLine(`… and ${users.length - USERS_SHOWN} more users; --json has them all.`);
}

const STATUS_COLUMNS: readonly Column<{
  name: SimulatedStatus | 'Total';
  sent: number;
  acknowledged: number;
  unanswered: number;
}>[] = [
  { heading: 'REQUESTS', value: ({ name }) => name },
  { heading: 'SENT', value: ({ sent }) => sent, align: 'right' },
  { heading: 'ACKNOWLEDGED', value: ({ acknowledged }) => acknowledged, align: 'right' },
  { heading: 'UNANSWERED', value: ({ unanswered }) => unanswered, align: 'right' },
];

const USER_COLUMNS: readonly Column<UserOctets>[] = [
  { heading: 'USER', value: ([userName]) => userName },
  { heading: 'OCTETS', value: ([, octets]) => octetsText(octets), align: 'right' },
];

function summaryShape({ summary, server, forgedAnswers }: SummaryToPrint) {
  return {
    server: listenText(server),
    seconds: summary.seconds,
    simulated_from: instantJson(summary.simulatedFrom),
    requests: summary.byStatus,
    total: summary.total,
    acknowledged_per_second: summary.acknowledgedPerSecond,
    retransmits: summary.retransmits,
    forged_answers: forgedAnswers,
    answer_ms: { p50: summary.p50Ms, p99: summary.p99Ms, max: summary.maximumMs },
    octets: totalOctets(summary),
    octets_in_doubt: summary.unacknowledgedOctets,
    octets_by_user: Object.fromEntries(byName(summary)),
  };
}

/** user2 before user10. */
function byName({ octetsByUser }: PlaybackSummary): UserOctets[] {
  const { compare } = new Intl.Collator('en', { numeric: true });
  return [...octetsByUser].sort(([a], [b]) => compare(a, b));
}

function totalOctets({ octetsByUser }: PlaybackSummary): number {
  return [...octetsByUser.values()].reduce((sum, octets) => sum + octets, 0);
}

function shown(milliseconds: number): string {
  return `${milliseconds.toFixed(1)} ms`;
}
