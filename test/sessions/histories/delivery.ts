/** What the network makes of a story: what is lost, what arrives late, and what arrives twice. */
import { Chance } from './chance.ts';
import type { Occurrence } from './connection-life.ts';
import type { Mark } from './coverage.ts';
import type { Report } from './report.ts';
import type { Story } from './story.ts';

/** A packet's arrival. Instants are epoch milliseconds. */
export interface Arrival {
  readonly kind: 'packet';
  readonly at: number;
  readonly report: Report;
  /** Acct-Delay-Time of a NAS that sends it. */
  readonly delaySeconds: number;
  readonly identifier: number;
}

export type Delivery = Arrival | Occurrence;

/** One history: the same records received, once as they happened, once late and repeated. */
export interface History {
  readonly story: Story;
  /** Those that arrive at all, in the order in which they happened. */
  readonly received: readonly Report[];
  readonly inOrder: readonly Delivery[];
  readonly scrambled: readonly Delivery[];
  readonly marks: ReadonlySet<Mark>;
}

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const LATE_SHARE = 0.15;
const REPEATED_SHARE = 0.2;

/** Returns the history of a story. */
export function deliver(story: Story): History {
  const chance = new Chance(story.seed ^ 0x5eed);
  const marks = new Set<Mark>();
  const received = story.reports.filter((report) => !isLost(chance, report, marks));
  return history(story, received, marks);
}

/** Returns the same history with fewer records received; everything else arrives as it did. */
export function receivingOnly({ story, marks }: History, received: readonly Report[]): History {
  return history(story, received, marks);
}

function history(story: Story, received: readonly Report[], marks: ReadonlySet<Mark>): History {
  const late = new Set(marks);
  const punctual = received.map((report) => punctualArrival(report, story));
  const scrambled = punctual.flatMap((arrival) => delayAndRepeat(arrival, story, late));
  return {
    story,
    received,
    inOrder: inTime([...story.occurrences, ...keepOrder(punctual)]),
    scrambled: inTime([...story.occurrences, ...scrambled]),
    marks: late,
  };
}

function isLost(chance: Chance, report: Report, marks: Set<Mark>): boolean {
  const isLosing = chance.happens(report.status === 'Interim-Update' ? 0.03 : 0.05);
  if (isLosing && report.status === 'Start') marks.add('Start lost');
  if (isLosing && report.status === 'Stop') marks.add('Stop lost');
  return isLosing;
}

/** Draws of one report's own, so that what becomes of it does not depend on what else arrives. */
function chanceOf(report: Report, { seed, reports }: Story, salt: number): Chance {
  return new Chance(seed + 7919 * (reports.indexOf(report) + 1) + salt);
}

function punctualArrival(report: Report, story: Story): Arrival {
  const chance = chanceOf(report, story, 1);
  const at = Math.ceil(report.at + chance.between(1, 300));
  return { kind: 'packet', at, report, delaySeconds: 0, identifier: chance.whole(0, 255) };
}

function keepOrder(arrivals: readonly Arrival[]): Arrival[] {
  let latest = Number.NEGATIVE_INFINITY;
  return arrivals.map((arrival) => {
    latest = Math.max(latest, arrival.at);
    return { ...arrival, at: latest };
  });
}

/** A record that is late was resent until it came through; one that is there twice was resent because its answer was lost. */
function delayAndRepeat(punctual: Arrival, story: Story, marks: Set<Mark>): Arrival[] {
  const chance = chanceOf(punctual.report, story, 2);
  const first = chance.happens(LATE_SHARE) ? resent(punctual, chance, 24 * HOUR_MS) : punctual;
  if (first.at - punctual.at > 12 * HOUR_MS) marks.add('lateness of more than 12 h');
  if (!chance.happens(REPEATED_SHARE)) return [first];
  marks.add('duplicate');
  const second = resent(first, chance, 6 * HOUR_MS);
  if (story.habits.delayTime === 'growing') marks.add('Acct-Delay-Time grown on retransmission');
  return [first, second];
}

/** RFC 2866 §5.2: a new Acct-Delay-Time means a new Identifier. */
function resent(arrival: Arrival, chance: Chance, lateMs: number): Arrival {
  const waitedMs = Math.ceil(chance.magnitude(SECOND_MS, lateMs));
  const delaySeconds = arrival.delaySeconds + Math.floor(waitedMs / SECOND_MS);
  return { ...arrival, at: arrival.at + waitedMs, delaySeconds, identifier: chance.whole(0, 255) };
}

function inTime(deliveries: readonly Delivery[]): Delivery[] {
  return deliveries.toSorted((a, b) => a.at - b.at);
}
