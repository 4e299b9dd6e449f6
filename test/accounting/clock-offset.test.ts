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
});
