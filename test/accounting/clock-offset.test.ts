import { describe, expect, it } from 'vitest';
import { ClockOffsets } from '../../src/accounting/clock-offset.ts';

const MINUTE = 60_000;
const START = Date.parse('2025-12-11T12:00:00Z');

/** What a packet says that left a NAS whose clock is `behindMs` behind ours and took `lateMs` to arrive. */
function reading(sinceMs: number, behindMs: number, lateMs = 0, delaySeconds = 0) {
  const eventAt = START + sinceMs;
  return { nasEventAt: eventAt - behindMs, arrivedAt: eventAt + delaySeconds * 1000 + lateMs, delaySeconds };
}

describe('a NAS clock offset', () => {
  it('is the difference of the first packet, until there is a better one', () => {
    expect(new ClockOffsets().observe('ap', reading(0, 5000, 300))).toBe(5300);
  });

  it('is the smallest difference seen: a late packet does not move it', () => {
    const offsets = new ClockOffsets();
    offsets.observe('ap', reading(0, 5000, 300));
    expect(offsets.observe('ap', reading(MINUTE, 5000, 20))).toBe(5020);
    expect(offsets.observe('ap', reading(2 * MINUTE, 5000, 90_000))).toBe(5020);
  });

  it('takes Acct-Delay-Time off before comparing', () => {
    expect(new ClockOffsets().observe('ap', reading(0, 5000, 10, 30))).toBe(5010);
  });

  it('is negative when the NAS is ahead', () => {
    expect(new ClockOffsets().observe('ap', reading(0, -7000))).toBe(-7000);
  });

  it('follows a clock that is set forward at once', () => {
    const offsets = new ClockOffsets();
    offsets.observe('ap', reading(0, 5000));
    expect(offsets.observe('ap', reading(MINUTE, -60_000))).toBe(-60_000);
  });

  it('follows a clock that is set back within the hour, and not before 30 minutes', () => {
    const offsets = new ClockOffsets();
    offsets.observe('ap', reading(0, 0));
    const seen = [10, 29, 40, 59, 70, 75].map((minute) =>
      offsets.observe('ap', reading(minute * MINUTE, 3_600_000)),
    );
    expect(seen.slice(0, 2)).toEqual([0, 0]);
    expect(seen.at(-1)).toBe(3_600_000);
  });

  it('is each NAS its own', () => {
    const offsets = new ClockOffsets();
    offsets.observe('ap1', reading(0, 1000));
    expect(offsets.observe('ap2', reading(0, 9000))).toBe(9000);
  });

  it('is forgotten rather than remembered for more NASes than can be', () => {
    const offsets = new ClockOffsets();
    offsets.observe('ap', reading(0, 1000));
    for (let n = 0; n < 10_000; n++) offsets.observe(`other ${n}`, reading(0, 0));
    expect(offsets.observe('ap', reading(0, 5000))).toBe(5000);
  });

  it('begins with what was known before: a first packet that is late is not mistaken for a slow clock', () => {
    const offsets = new ClockOffsets();
    expect(offsets.observe('ap', reading(0, 90_000, 3_600_000), () => 90_020)).toBe(90_020);
    expect(offsets.observe('ap', reading(MINUTE, 90_000, 10))).toBe(90_010);
  });

  it('asks for what was known until somebody can say it, and then no more', () => {
    const offsets = new ClockOffsets();
    expect(offsets.observe('ap', reading(0, 0, 60_000), () => undefined)).toBe(60_000);
    expect(offsets.observe('ap', reading(1, 0, 60_000), () => 30)).toBe(30);
    expect(offsets.observe('ap', reading(2, 0, 60_000), () => -5_000)).toBe(30);
  });

  it('forgets what was known half an hour later, when the clock was set back meanwhile', () => {
    const offsets = new ClockOffsets();
    const seen = [0, 29, 31, 62].map((minute) =>
      offsets.observe('ap', reading(minute * MINUTE, 3_600_000), () => 0),
    );
    expect(seen).toEqual([0, 0, 3_600_000, 3_600_000]);
  });

  it('is not overruled by what was known when the clock was set forward', () => {
    expect(new ClockOffsets().observe('ap', reading(0, -60_000), () => 5_000)).toBe(-60_000);
  });

  it('is kept for a bounded number of NASes; the one heard longest ago is forgotten', () => {
    const offsets = new ClockOffsets({ nasesMax: 2 });
    for (const nas of ['ap1', 'ap2', 'ap3']) offsets.observe(nas, reading(0, 1_000));
    expect(offsets.observe('ap3', reading(MINUTE, 1_000, 9_000))).toBe(1_000);
    expect(offsets.observe('ap2', reading(MINUTE, 1_000, 9_000))).toBe(1_000);
    expect(offsets.observe('ap1', reading(MINUTE, 1_000, 9_000))).toBe(10_000);
  });
});
