/** A NAS that meters its users' connections and reports what its meters say; apart from the code under test. */
import type { Chance } from './chance.ts';
import type { Mark } from './coverage.ts';
import type { Habits } from './habits.ts';
import type { NasClock } from './nas-clock.ts';
import type { Meter, Report, SessionReport } from './report.ts';

/** What the driver says when it is asked for a connection's counters. */
export type DriverMood = 'works' | 'zeros' | 'nothing' | 'one zero' | 'one missing';

export interface Who {
  readonly id: string;
  readonly user: string;
  readonly station: string;
}

const WORD = 2 ** 32;

export class SimulatedNas {
  readonly habits: Habits;
  readonly clock: NasClock;
  readonly reports: Report[] = [];
  readonly marks = new Set<Mark>();
  #connections = 0;
  #lives = 0;

  constructor(habits: Habits, clock: NasClock) {
    this.habits = habits;
    this.clock = clock;
  }

  /** Opens a connection that the NAS meters from an instant on (epoch milliseconds). */
  connect(who: Who, at: number): Connection {
    this.#connections += 1;
    return new Connection(this, who, { number: this.#connections, at });
  }

  /** Returns the number of a new life of counters. */
  newLife(): number {
    this.#lives += 1;
    return this.#lives;
  }

  /** Says that accounting begins or ends. */
  announce(status: 'Accounting-On' | 'Accounting-Off', instant: number): void {
    const at = Math.round(instant);
    this.reports.push({ kind: 'nas', status, at, stamp: this.stampAt(at) });
  }

  stampAt(at: number): number | undefined {
    return this.habits.sendsTimestamp ? this.clock.read(at) : undefined;
  }
}

/** One user's connection and the counters the NAS keeps of it. */
export class Connection {
  readonly #nas: SimulatedNas;
  readonly #number: number;
  #who: Who;
  #sessionBegan: number;
  #life: number;
  #octets: Meter = ZERO;
  #packets: Meter = ZERO;
  #lastTotals: Meter = ZERO;

  constructor(nas: SimulatedNas, who: Who, { number, at }: { number: number; at: number }) {
    this.#nas = nas;
    this.#number = number;
    this.#who = who;
    this.#sessionBegan = at;
    this.#life = nas.newLife();
  }

  get who(): Who {
    return this.#who;
  }

  /** Lets traffic pass. */
  pass(octets: Meter, packetOctets: number): void {
    const packets = (n: number) => Math.ceil(n / packetOctets);
    this.#octets = sum(this.#octets, octets);
    this.#packets = sum(this.#packets, { up: packets(octets.up), down: packets(octets.down) });
  }

  /** Sets the counters to zero in mid-session, as a roam or a driver's reload does (vendors.md §2.4). */
  restartCounters(): void {
    this.#octets = ZERO;
    this.#packets = ZERO;
    this.#lastTotals = ZERO;
    this.#life = this.#nas.newLife();
  }

  /** Begins the session anew under the same id: counters and session time both. */
  restartSession(at: number): void {
    this.restartCounters();
    this.#sessionBegan = at;
  }

  /** Another name for the same connection: EAP's outer and inner identity, or somebody else's login. */
  rename(user: string): void {
    this.#who = { ...this.#who, user };
  }

  /** Sends a record. */
  report(chance: Chance, status: SessionReport['status'], instant: number, mood: DriverMood = 'works'): void {
    const { habits, marks } = this.#nas;
    const at = Math.round(instant);
    const jitter = status === 'Start' ? 0 : chance.whole(-2, 2);
    if (Math.abs(jitter) === 2) marks.add('start jitter of 2 s');
    const seconds = Math.max(0, Math.round((at - this.#sessionBegan) / 1000) + jitter);
    const shown = status === 'Start' ? NOTHING : this.#shown(chance, mood);
    this.#markMood(mood);
    const isNobody = habits.names === 'mostly both' && status !== 'Start' && chance.happens(0.4);
    if (status !== 'Start') this.#markWraps();
    this.#nas.reports.push({
      kind: 'session',
      status,
      at,
      stamp: this.#nas.stampAt(at),
      id: this.#who.id,
      userName: isNobody || habits.names === 'station' ? undefined : this.#who.user,
      station: isNobody || habits.names === 'user' ? undefined : this.#who.station,
      sessionTimeSeconds: habits.sendsSessionTime ? seconds : undefined,
      up: shown.up,
      down: shown.down,
      packets: habits.sendsPackets && status !== 'Start' && mood === 'works' ? this.#packets : undefined,
      truth: {
        connection: this.#number,
        life: this.#life,
        // A counter that stands at zero shows nothing more than one that failed.
        up: shown.up === 0 ? undefined : shown.up,
        down: shown.down === 0 ? undefined : shown.down,
      },
    });
  }

  #shown(chance: Chance, mood: DriverMood): Pick<SessionReport, 'up' | 'down'> {
    const whole = { up: this.#octets.up, down: this.#octets.down };
    if (mood === 'works') return whole;
    if (mood === 'zeros') return ZERO;
    if (mood === 'nothing') return NOTHING;
    return { ...whole, [chance.pick(['up', 'down'])]: mood === 'one zero' ? 0 : undefined };
  }

  #markMood(mood: DriverMood): void {
    const marks: Partial<Record<DriverMood, Mark>> = {
      zeros: 'zero totals',
      nothing: 'missing totals',
      'one zero': 'one total zero',
      'one missing': 'one total missing',
    };
    const mark = marks[mood];
    if (mark !== undefined) this.#nas.marks.add(mark);
  }

  #markWraps(): void {
    const hasWrapped = (direction: 'up' | 'down') =>
      Math.floor(this.#octets[direction] / WORD) > Math.floor(this.#lastTotals[direction] / WORD);
    if (hasWrapped('up') !== hasWrapped('down')) {
      this.#nas.marks.add(
        this.#nas.habits.gigawords === 'never'
          ? 'wrap in one direction, without Gigawords'
          : 'wrap in one direction, with Gigawords',
      );
    }
    this.#lastTotals = this.#octets;
  }
}

const ZERO: Meter = { up: 0, down: 0 };
const NOTHING = { up: undefined, down: undefined };

function sum(a: Meter, b: Meter): Meter {
  return { up: a.up + b.up, down: a.down + b.down };
}
