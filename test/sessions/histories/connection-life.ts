/** The life of one connection: traffic, reports, and what befalls it on the way. */
import type { Chance } from './chance.ts';
import type { Connection, DriverMood, SimulatedNas } from './simulated-nas.ts';

const SECOND_MS = 1000;

/** What happens to a connection, or beside it, that is no report. Instants are epoch milliseconds. */
export type Occurrence =
  /** The service takes everything that was not heard of lately for gone. */
  | { readonly kind: 'silence'; readonly at: number }
  /** Somebody sets a user's counters to zero, by hand or by another profile. */
  | {
      readonly kind: 'reset';
      readonly at: number;
      readonly user: string;
      readonly by: 'manual reset' | 'profile change';
    };

/** A connection's usual traffic in octets per second. */
export interface Pace {
  readonly up: number;
  readonly down: number;
  /** Octets of its packets, on average. */
  readonly packetOctets: number;
}

/** How much above its pace a connection goes at most. */
export const PACE_PEAK = 1.7;

/** Draws how busy a connection is: most are far from filling their line, a few stream for hours. */
export function drawPace(chance: Chance): Pace {
  const down = chance.happens(0.02) ? chance.magnitude(4e6, 1.5e7) : chance.magnitude(20, 4e6);
  return { down, up: down * chance.magnitude(0.02, 1.5), packetOctets: chance.between(200, 1400) };
}

interface Living {
  readonly nas: SimulatedNas;
  readonly chance: Chance;
  readonly occurrences: Occurrence[];
  readonly pace: Pace;
}

/** Lets a connection live from an instant to its end, which it returns (epoch milliseconds). */
export function live(connection: Connection, begin: number, living: Living): number {
  const { nas, chance } = living;
  const interval = nas.habits.interval?.seconds;
  const steps = interval === undefined ? 1 : chance.whole(1, 7);
  let now = begin;
  connection.report(chance, 'Start', begin);
  for (let step = 1; step <= steps; step++) {
    const isLast = step === steps;
    const seconds =
      interval === undefined || isLast
        ? chance.between(1, interval ?? 14_400)
        : interval * chance.between(0.95, 1.05);
    const silent = befall(connection, now, seconds, living);
    now += (seconds + silent) * SECOND_MS;
    if (!isLast) connection.report(chance, 'Interim-Update', now, drawMood(chance, 0.02));
  }
  end(connection, now, living);
  return now;
}

/** What may befall a connection between two reports, in parts of a thousand. */
const BEFALLS = {
  nothing: 978,
  'counters restart': 3,
  'session restarts': 3,
  'user changes': 4,
  'NAS announces': 4,
  silence: 4,
  reset: 4,
} as const;

/** One stretch between two reports, with what happens in it; returns the seconds it took longer. */
function befall(connection: Connection, begin: number, seconds: number, living: Living): number {
  const at = Math.round(begin + living.chance.between(0.05, 0.95) * seconds * SECOND_MS);
  const share = (at - begin) / (seconds * SECOND_MS);
  pass(connection, seconds * share, living);
  const silent = strike(connection, at, seconds, living);
  pass(connection, seconds * (1 - share) + silent, living);
  return silent;
}

function strike(connection: Connection, at: number, seconds: number, living: Living): number {
  const { nas, chance, occurrences } = living;
  switch (chance.weigh(BEFALLS)) {
    case 'counters restart':
      connection.restartCounters();
      nas.marks.add('counter restart without session time');
      return 0;
    case 'session restarts':
      connection.restartSession(at);
      nas.marks.add('counter restart with session time');
      return 0;
    case 'user changes':
      changeUser(connection, living);
      return 0;
    case 'NAS announces':
      nas.announce(chance.pick(['Accounting-On', 'Accounting-Off']), at);
      return 0;
    case 'silence': {
      const silent = seconds * chance.between(3, 6);
      occurrences.push({ kind: 'silence', at: Math.round(at + silent * 0.9 * SECOND_MS) });
      return silent;
    }
    case 'reset': {
      const by = chance.pick(['manual reset', 'profile change'] as const);
      occurrences.push({ kind: 'reset', at, user: connection.who.user, by });
      nas.marks.add(`${by} in mid-session`);
      return 0;
    }
    case 'nothing':
      return 0;
  }
}

/** EAP changes the name of a station; a NAS that names no stations says by another name that it is another connection. */
function changeUser(connection: Connection, { nas, chance }: Living): void {
  if (!nas.habits.names.endsWith('both')) return;
  // Among three with one id the names must stay apart: they are all there is to tell them by.
  const isAmongOthers = nas.habits.ids === 'shared by three';
  connection.rename(isAmongOthers ? 'anonymous' : chance.pick(['john', 'jane', 'anonymous']));
  nas.marks.add('User-Name change');
}

function pass(connection: Connection, seconds: number, { chance, pace }: Living): void {
  const octets = (rate: number) =>
    chance.happens(0.2) ? 0 : Math.floor(rate * seconds * chance.between(0.3, PACE_PEAK));
  connection.pass({ up: octets(pace.up), down: octets(pace.down) }, pace.packetOctets);
}

/** Most connections end with a Stop; a power cut ends them without, and an Accounting-On may follow. */
function end(connection: Connection, at: number, { nas, chance }: Living): void {
  if (!chance.happens(0.06)) connection.report(chance, 'Stop', at, drawMood(chance, 0.08));
  else if (nas.habits.announcesReboots) nas.announce('Accounting-On', at + chance.between(1, 90) * SECOND_MS);
}

/** Drivers fail most often when a connection has just ended (vendors.md §2.4: Stop without octets, or with zeros). */
function drawMood(chance: Chance, failing: number): DriverMood {
  if (!chance.happens(failing)) return 'works';
  return chance.weigh({ zeros: 4, nothing: 4, 'one zero': 1, 'one missing': 1 });
}
