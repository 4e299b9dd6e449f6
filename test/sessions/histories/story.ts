/** A whole history as it truly happened: one NAS, its connections, everything it reports, and what else befalls. */
import { Chance } from './chance.ts';
import { drawPace, live, type Occurrence, PACE_PEAK, type Pace } from './connection-life.ts';
import type { Mark } from './coverage.ts';
import { drawHabits, type Habits } from './habits.ts';
import { drawClock } from './nas-clock.ts';
import type { Report } from './report.ts';
import { SimulatedNas, type Who } from './simulated-nas.ts';

export interface Story {
  readonly seed: number;
  readonly habits: Habits;
  /** In the order in which they happened. */
  readonly reports: readonly Report[];
  readonly occurrences: readonly Occurrence[];
  /** How fast users' lines are (kbit/s); undefined where the profile does not say. */
  readonly lineKbps: number | undefined;
  readonly marks: ReadonlySet<Mark>;
}

/** Users whom the service knows; every other name is nobody's. */
export const USERS = ['john', 'jane', 'jack'] as const;

/** Returns a user's number; undefined for a name that is nobody's. */
export function userIdOf(name: string | undefined): number | undefined {
  return name === undefined ? undefined : USER_IDS.get(name);
}

const USER_IDS: ReadonlyMap<string, number> = new Map(USERS.map((name, index) => [name, index + 1]));

const STATIONS = { john: '02-00-00-00-00-01', jane: '02-00-00-00-00-02', jack: '02-00-00-00-00-03' } as const;

/** The time zone whose days and months usage is counted by; all instants below are of this zone. */
export const TIMEZONE = 'Europe/Paris';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Midnights that matter: of a day, a Monday, a first of a month, and of both changes of daylight-saving time. */
const MIDNIGHTS = [
  '2025-12-11T00:00:00+01:00',
  '2025-12-15T00:00:00+01:00',
  '2026-01-01T00:00:00+01:00',
  '2026-03-29T00:00:00+01:00',
  '2026-03-30T00:00:00+02:00',
  '2026-10-25T00:00:00+02:00',
  '2026-10-26T00:00:00+01:00',
] as const;

/** Returns the story that a seed tells. */
export function drawStory(seed: number): Story {
  const chance = new Chance(seed);
  const habits = drawHabits(chance);
  const begin = drawBegin(chance);
  const clock = drawClock(chance, habits.clock, { begin, end: begin + 2 * HOUR_MS });
  const nas = new SimulatedNas(habits, clock);
  const pace = drawPace(chance);
  const occurrences: Occurrence[] = [];
  const pass = (who: Who, at: number) =>
    live(nas.connect(who, at), at, { nas, chance, occurrences, pace: variedPace(chance, pace) });
  if (habits.ids === 'shared by three') {
    for (const user of USERS) pass(whoOf(user, 'same'), begin + chance.between(0, 5 * SECOND_MS));
    nas.marks.add('one id for three users');
  } else {
    connectInTurn(chance, nas, { begin, isReusing: habits.ids === 'reused', pass });
  }
  markHabits(nas, begin);
  return {
    seed,
    habits,
    reports: nas.reports.toSorted((a, b) => a.at - b.at),
    occurrences: occurrences.toSorted((a, b) => a.at - b.at),
    lineKbps: chance.happens(0.5) ? lineOf(chance, pace) : undefined,
    marks: nas.marks,
  };
}

/** One connection after another; with the same id each time, or side by side with ids of their own. */
function connectInTurn(
  chance: Chance,
  nas: SimulatedNas,
  { begin, isReusing, pass }: { begin: number; isReusing: boolean; pass: (who: Who, at: number) => number },
): void {
  const connections = isReusing ? chance.whole(2, 3) : chance.whole(1, 2);
  let user = chance.pick(USERS);
  let at = begin;
  for (let index = 0; index < connections; index++) {
    const ended = pass(whoOf(user, isReusing ? 'same' : `own${index}`), at);
    // hostapd gives a station that is back within 5 s its old id; others count from 1 again after a reboot.
    const pauseSeconds = chance.happens(0.2) ? chance.between(1, 5) : chance.magnitude(5, 7200);
    at = isReusing || chance.happens(0.5) ? ended + pauseSeconds * SECOND_MS : chance.between(begin, ended);
    if (isReusing && index > 0) nas.marks.add('id reuse');
    if (isReusing && index < connections - 1 && pauseSeconds < 10) nas.marks.add('id reuse within 10 s');
    if (chance.happens(0.5)) user = chance.pick(USERS);
  }
}

function whoOf(user: (typeof USERS)[number], id: string): Who {
  return { id, user, station: STATIONS[user] };
}

/** Half of the histories lie across a midnight. */
function drawBegin(chance: Chance): number {
  const midnight = Date.parse(chance.pick(MIDNIGHTS));
  return midnight + (chance.happens(0.5) ? chance.between(-HOUR_MS, 0) : chance.between(0, DAY_MS));
}

function variedPace(chance: Chance, pace: Pace): Pace {
  const factor = chance.between(0.2, 1);
  return { ...pace, up: pace.up * factor, down: pace.down * factor };
}

/** Lines are as fast as their users, or faster. */
function lineOf(chance: Chance, { up, down }: Pace): number {
  const kbps = (PACE_PEAK * Math.max(up, down)) / 125;
  return Math.ceil(kbps * chance.between(1, 4));
}

function markHabits({ habits, marks, clock, reports }: SimulatedNas, begin: number): void {
  const last = reports.reduce((latest, { at }) => Math.max(latest, at), begin);
  const gigawords = { always: 'always', 'above-zero': 'above zero', never: 'never' } as const;
  marks.add(`Gigawords ${gigawords[habits.gigawords]}`);
  marks.add(habits.sendsTimestamp ? 'Event-Timestamp present' : 'Event-Timestamp absent');
  marks.add(habits.delayTime === 'absent' ? 'Acct-Delay-Time absent' : 'Acct-Delay-Time present');
  if (habits.sendsTimestamp && clock.steps.some((at) => at < last)) marks.add('NAS clock step');
  if (habits.sendsTimestamp && habits.clock.endsWith('1970')) marks.add('NAS clock in 1970');
  if (!habits.sendsSessionTime) marks.add('no session time');
  if (!habits.sendsPackets) marks.add('no packet counters');
  if (MIDNIGHTS.some((text) => begin < Date.parse(text) && Date.parse(text) < last))
    marks.add('midnight in mid-session');
}
