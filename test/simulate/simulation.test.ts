import { describe, expect, it } from 'vitest';
import type { NamedAttribute, SimulatedRequest } from '../../src/simulate/request.ts';
import { Simulation, type SimulationOptions } from '../../src/simulate/simulation.ts';

const OPTIONS: SimulationOptions = {
  userNames: Array.from({ length: 6 }, (_, index) => `user${index + 1}`),
  nasCount: 2,
  interimSeconds: 60,
  seed: 7,
  sessionIdPrefix: 'AB',
};
const BEGIN = Date.parse('2026-01-05T08:00:00Z');
const STEP_MS = 1_000;

interface Sent {
  readonly request: SimulatedRequest;
  readonly attributes: ReadonlyMap<string, NamedAttribute[1]>;
  readonly at: number;
}

/** Plays a simulation for so many simulated seconds, then stops it; every request is answered unless said otherwise. */
function play(options: Partial<SimulationOptions> = {}, seconds = 3_600, isAnswered = (_sent: Sent) => true) {
  const simulation = new Simulation({ ...OPTIONS, ...options });
  const sent: Sent[] = [];
  for (let at = BEGIN; !simulation.isFinished; at += STEP_MS) {
    if (at >= BEGIN + seconds * 1_000) simulation.stop();
    for (let request = simulation.next(at); request !== undefined; request = simulation.next(at)) {
      const one = { request, attributes: new Map(request.attributes), at };
      sent.push(one);
      simulation.settle(request, isAnswered(one), at);
    }
  }
  return { simulation, sent };
}

function bySession(sent: readonly Sent[]): Sent[][] {
  const sessions = sent.filter(({ request }) => request.status !== 'Accounting-On');
  return [...Map.groupBy(sessions, ({ attributes }) => attributes.get('Acct-Session-Id')).values()];
}

function octets({ attributes }: Sent, direction: 'Input' | 'Output'): number {
  const low = Number(attributes.get(`Acct-${direction}-Octets`) ?? 0);
  return Number(attributes.get(`Acct-${direction}-Gigawords`) ?? 0) * 2 ** 32 + low;
}

function octetsByUser(sent: readonly Sent[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const session of bySession(sent)) {
    const last = session.at(-1);
    const user = String(last?.attributes.get('User-Name'));
    if (last) sums.set(user, (sums.get(user) ?? 0) + octets(last, 'Input') + octets(last, 'Output'));
  }
  return sums;
}

describe('a simulated network', () => {
  it('boots every access point before it lets a station in', () => {
    const { sent } = play();
    expect(sent.slice(0, 2).map(({ request }) => request.status)).toEqual(['Accounting-On', 'Accounting-On']);
    expect(sent.slice(2).some(({ request }) => request.status === 'Accounting-On')).toBe(false);
  });

  it('lets no station in while an Accounting-On is unsettled', () => {
    const simulation = new Simulation(OPTIONS);
    const boots = [simulation.next(BEGIN), simulation.next(BEGIN)];
    const [first] = boots;
    if (first) simulation.settle(first, true, BEGIN);
    expect(simulation.next(BEGIN + 3_600_000)).toBeUndefined();
    expect(simulation.hasBooted).toBe(false);
  });

  it('begins every session with a Start, ends it with a Stop, and reports at each interim interval', () => {
    const sessions = bySession(play().sent);
    expect(sessions.length).toBeGreaterThan(20);
    for (const session of sessions) {
      const statuses = session.map(({ request }) => request.status);
      expect(statuses.at(0)).toBe('Start');
      expect(statuses.at(-1)).toBe('Stop');
      expect(statuses.slice(1, -1).every((status) => status === 'Interim-Update')).toBe(true);
      const gaps = session.slice(1).map(({ at }, index) => at - (session[index]?.at ?? 0));
      expect(gaps.slice(0, -1).every((gap) => gap === 60_000)).toBe(true);
    }
  });

  it('never lets counters fall, never moves more than 1 Gbit/s, and passes 4 GiB with Gigawords', () => {
    const sessions = bySession(play().sent);
    for (const session of sessions) {
      for (const [index, later] of session.entries()) {
        const earlier = session[index - 1];
        if (earlier === undefined) continue;
        const time = (sent: Sent) => Number(sent.attributes.get('Acct-Session-Time') ?? 0);
        const seconds = time(later) - time(earlier);
        for (const direction of ['Input', 'Output'] as const) {
          const growth = octets(later, direction) - octets(earlier, direction);
          expect(growth).toBeGreaterThanOrEqual(0);
          expect(growth).toBeLessThanOrEqual((seconds * 1e9) / 8);
        }
      }
    }
    expect(
      sessions.flat().some(({ attributes }) => Number(attributes.get('Acct-Output-Gigawords')) > 0),
    ).toBe(true);
  });

  it('says what each user must have been charged: the last report of every session', () => {
    const { simulation, sent } = play();
    expect(simulation.acknowledgedOctets).toEqual(octetsByUser(sent));
    expect(simulation.unacknowledgedOctets).toBe(0);
  });

  it('counts a report nobody answered only once a later one is answered', () => {
    const { simulation, sent } = play({}, 3_600, ({ request }) => request.status !== 'Interim-Update');
    expect(simulation.acknowledgedOctets).toEqual(octetsByUser(sent));
  });

  it('puts octets in doubt that stand only in a Stop nobody answered', () => {
    const { simulation, sent } = play({}, 3_600, ({ request }) => request.status !== 'Stop');
    const sum = (values: Iterable<number>) => [...values].reduce((all, one) => all + one, 0);
    const inReports = sum(octetsByUser(sent).values());
    expect(simulation.unacknowledgedOctets).toBeGreaterThan(0);
    expect(sum(simulation.acknowledgedOctets.values()) + simulation.unacknowledgedOctets).toBe(inReports);
  });

  it('stops every open session when it is stopped, and begins no other', () => {
    const { sent } = play({}, 100);
    const afterStop = sent.filter(({ at }) => at >= BEGIN + 100_000);
    expect(afterStop.length).toBeGreaterThan(0);
    expect(new Set(afterStop.map(({ request }) => request.status))).toEqual(new Set(['Stop']));
  });

  it('plays the same for the same seed, and otherwise for another', () => {
    const requests = (seed: number) => play({ seed }).sent.map(({ request }) => request.attributes);
    expect(requests(7)).toEqual(requests(7));
    expect(requests(8)).not.toEqual(requests(7));
  });
});
