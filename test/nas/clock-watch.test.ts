import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { ClockWatch } from '../../src/nas/clock-watch.ts';
import type { HeardSender } from '../../src/nas/heard-senders.ts';
import { testNas } from '../support/records.ts';

const MINUTE = 60_000;
const START = 1_700_000_000_000;

describe('a clock that is off', () => {
  let lines: { clocks: { nas: string; clockOffsetSeconds: number }[]; clockCount: number }[];
  let watch: ClockWatch;

  beforeEach(() => {
    lines = [];
    watch = new ClockWatch(pino({ level: 'warn' }, { write: (line) => lines.push(JSON.parse(line)) }));
  });

  it('is told once, with the NAS, the sender and the seconds', () => {
    const ap = sender(-90_000, { nasIdentifier: 'ap1' });
    expect(watch.look([ap], START)).toBe(1);
    expect(watch.look([ap], START + 10 * MINUTE)).toBe(1);
    expect(lines).toMatchObject([
      {
        level: 40,
        clockCount: 1,
        clocks: [{ nas: 'ap', address: '192.0.2.1', nasIdentifier: 'ap1', clockOffsetSeconds: -90 }],
      },
    ]);
  });

  it('is no news at a minute or less', () => {
    expect(watch.look([sender(-60_000), sender(60_000), sender(null)], START)).toBe(0);
    expect(lines).toEqual([]);
  });

  it('is told again when it has changed by more than a minute', () => {
    const offsets = [-90_000, -140_000, -151_000];
    for (const [n, offset] of offsets.entries()) watch.look([sender(offset)], START + n * MINUTE);
    expect(seconds()).toEqual([-90, -151]);
  });

  it('is told again after it was right, but not for wavering about the minute', () => {
    const offsets = [-61_000, -59_000, -61_000, -10, -61_000];
    for (const [n, offset] of offsets.entries()) watch.look([sender(offset)], START + n * MINUTE);
    expect(seconds()).toEqual([-61, -61]);
  });

  it('is told at most once a minute, the others together after it, the furthest five by name', () => {
    watch.look([sender(-90_000)], START);
    const many = Array.from({ length: 7 }, (_, n) =>
      sender(-100_000 - n * 1_000, { nasIdentifier: `ap${n}` }),
    );
    watch.look(many, START + MINUTE - 1);
    expect(lines.length).toBe(1);
    watch.look(many, START + MINUTE);
    expect(lines[1]).toMatchObject({ clockCount: 7 });
    expect(lines[1]?.clocks.map(({ clockOffsetSeconds }) => clockOffsetSeconds)).toEqual([
      ...[-106, -105, -104, -103, -102],
    ]);
  });

  it('is believed to be behind only after five minutes: until then it may be packets that were late', () => {
    const late = (heardForMs: number) => sender(120_000, { firstHeardAt: START - heardForMs });
    expect(watch.look([late(4 * MINUTE)], START)).toBe(0);
    expect(watch.look([late(5 * MINUTE)], START)).toBe(1);
  });

  it('is believed at once when no packet can be as late as that', () => {
    expect(watch.look([sender(START)], START)).toBe(1);
  });

  it('is no more counted when its sender has been silent for an hour', () => {
    const ap = sender(-90_000);
    expect(watch.look([ap], START + 60 * MINUTE - 1)).toBe(1);
    expect(watch.look([ap], START + 60 * MINUTE)).toBe(0);
  });

  function seconds(): (number | undefined)[] {
    return lines.map(({ clocks }) => clocks[0]?.clockOffsetSeconds);
  }
});

function sender(clockOffsetMs: number | null, facts: Partial<HeardSender> = {}): HeardSender {
  return {
    nas: testNas({ name: 'ap' }),
    address: '192.0.2.1',
    nasIdentifier: '',
    firstHeardAt: START,
    lastSeenAt: START,
    clockOffsetMs,
    sendsGigawords: false,
    ...facts,
  };
}
