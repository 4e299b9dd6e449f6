import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionRecord } from '../../src/accounting/record.ts';
import { play } from '../support/history.ts';
import { GIB4, sessionRecord } from '../support/records.ts';

/** What a simulated NAS meters between two records of a session: its own truth, apart from the code under test. */
interface Step {
  readonly seconds: number;
  readonly up: number;
  readonly down: number;
  readonly kind: 'interim' | 'driver-failed' | 'counters-restart';
  /** How far the reported session time is from the truth. */
  readonly jitterSeconds: number;
}

const MOST_OCTETS_PER_SECOND = 125_000_000;

const step = (kinds: Step['kind'][]) =>
  fc
    .record({
      seconds: fc.integer({ min: 1, max: 1200 }),
      rateUp: fc.double({ min: 0, max: 0.9, noNaN: true }),
      rateDown: fc.double({ min: 0, max: 0.9, noNaN: true }),
      isIdle: fc.boolean(),
      kind: fc.constantFrom(...kinds),
      jitterSeconds: fc.integer({ min: 0, max: 2 }),
    })
    .map(({ seconds, rateUp, rateDown, isIdle, kind, jitterSeconds }): Step => {
      const octets = (rate: number) => (isIdle ? 0 : Math.floor(rate * seconds * MOST_OCTETS_PER_SECOND));
      return { seconds, up: octets(rateUp), down: octets(rateDown), kind, jitterSeconds };
    });

interface History {
  /** Every record the NAS makes, in the order of events. */
  readonly records: SessionRecord[];
  readonly up: number;
  readonly down: number;
}

/** Lets a NAS meter sessions, each with an Acct-Session-Id of its own, and report them. */
function metered(
  sessions: Step[][],
  { nasAhead, startsAreLost }: { nasAhead: number; startsAreLost: boolean },
): History {
  const records: SessionRecord[] = [];
  const all = { up: 0, down: 0 };
  sessions.forEach((steps, index) => {
    const begunAt = index * 400;
    const words = { id: `s${index}`, nasAhead };
    if (!startsAreLost) records.push(sessionRecord({ ...words, status: 'Start', at: begunAt, time: 0 }));
    let time = 0;
    const counter = { up: 0, down: 0 };
    steps.forEach(({ seconds, up, down, kind, jitterSeconds }, at) => {
      time += seconds;
      if (kind === 'counters-restart') Object.assign(counter, { up: 0, down: 0 });
      counter.up += up;
      counter.down += down;
      all.up += up;
      all.down += down;
      const isLast = at === steps.length - 1;
      const totals = kind === 'driver-failed' && !isLast ? { up: 0, down: 0 } : counter;
      records.push(
        sessionRecord({
          ...words,
          ...totals,
          status: isLast ? 'Stop' : 'Interim-Update',
          at: begunAt + time,
          time: time + jitterSeconds,
        }),
      );
    });
  });
  return { records, ...all };
}

function historyOf(kinds: Step['kind'][]) {
  const sessions = fc.array(fc.array(step(kinds), { minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 2,
  });
  const habits = fc.record({ nasAhead: fc.constantFrom(0, -7, 1e9), startsAreLost: fc.boolean() });
  return fc.tuple(sessions, habits).map(([steps, habit]) => metered(steps, habit));
}

/** The records in any order, some twice or more; each arrives after its event, up to days late. */
function arrivals(kinds: Step['kind'][]) {
  return historyOf(kinds).chain((history) => {
    const { records } = history;
    const again = fc.array(fc.nat({ max: records.length - 1 }), { maxLength: records.length });
    const order = again.chain((twice) => {
      const sent = [...records, ...twice.flatMap((index) => records[index] ?? [])];
      return fc.shuffledSubarray(sent, { minLength: sent.length });
    });
    const gaps = fc.array(fc.integer({ min: 0, max: 7200 }), {
      minLength: 2 * records.length,
      maxLength: 2 * records.length,
    });
    return fc
      .tuple(order, gaps)
      .map(([sent, gapSeconds]) => ({ history, records: arriving(sent, gapSeconds) }));
  });
}

function arriving(sent: readonly SessionRecord[], gapSeconds: readonly number[]): SessionRecord[] {
  let now = 0;
  return sent.map((record, index) => {
    now = Math.max(now, record.eventAt) + (gapSeconds[index] ?? 0) * 1000;
    return { ...record, arrivedAt: now };
  });
}

describe('usage of NASes with Gigawords, session time and Event-Timestamp that reuse no id', () => {
  it('is what the NAS metered, in any order and with any record repeated', () => {
    const property = fc.property(
      arrivals(['interim', 'interim', 'driver-failed']),
      ({ history, records }) => {
        expect(play(records).total).toEqual({ up: history.up, down: history.down });
      },
    );
    fc.assert(property, { numRuns: 4000, seed: 2866 });
  });

  it('is never more than it metered, also when counters restart in mid-session', () => {
    const property = fc.property(arrivals(['interim', 'counters-restart']), ({ history, records }) => {
      const { total } = play(records);
      expect(total.up).toBeLessThanOrEqual(history.up);
      expect(total.down).toBeLessThanOrEqual(history.down);
    });
    fc.assert(property, { numRuns: 2000, seed: 2866 });
  });

  it('meets wraps of 32 bits in such histories', () => {
    const [history] = fc
      .sample(historyOf(['interim']), { numRuns: 50, seed: 1 })
      .filter(({ up }) => up > 2 * GIB4);
    expect(history).toBeDefined();
  });
});
