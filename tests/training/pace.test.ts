import { describe, expect, it } from 'vitest';
import { Pace } from '../../src/training/pace.ts';

/** Steps of 50 ms and work of `costMs` each time it is due; the times in seconds at which it was. */
function times(pace: Pace, costMs: number, seconds: number): number[] {
  const found: number[] = [];
  let nowMs = 0;
  for (let step = 1; nowMs < 1000 * seconds; step++) {
    nowMs += 50;
    if (!pace.isDue(step, nowMs)) continue;
    found.push(nowMs / 1000);
    pace.done(nowMs, nowMs + costMs);
    nowMs += costMs;
  }
  return found;
}

describe('the pace of evaluations', () => {
  const often = { steps: 0, seconds: 2, share: 0.12, nowMs: 0, shareAtFirst: 0.4, early: [5, 15, 30] };

  it('comes early and often, then backs off to its share', () => {
    const found = times(new Pace(often), 500, 300);
    expect(found.slice(0, 3)).toEqual([0.25, 1.25, 2.5]);
    expect(found.filter((at) => at < 20).length).toBeGreaterThanOrEqual(6);
    const late = found.filter((at) => at > 100);
    expect((late.length * 0.5) / 200).toBeLessThan(0.13);
    expect((late.length * 0.5) / 200).toBeGreaterThan(0.09);
  });

  it('keeps to its share from the first time on, where it is known what that takes', () => {
    const seldom = { steps: 0, seconds: 30, share: 0.025, nowMs: 0 };
    for (const costMs of [500, 4000]) {
      const pace = new Pace({ ...seldom, expectedMs: 1000 });
      pace.expect(costMs);
      const found = times(pace, costMs, 1000);
      expect(found[0]).toBeCloseTo(Math.max(30, costMs / 25), 0);
      pace.expect(1); // it has been done, so that is known
      for (const [i, at] of found.entries()) expect((i * costMs) / (1000 * at)).toBeLessThanOrEqual(0.025);
      expect(pace.isDue(1, 1e6 * (found.at(-1) as number))).toBe(true);
      expect(pace.isDue(1, 1000 * (found.at(-1) as number) + costMs + 29_000)).toBe(false);
    }
  });

  it('never takes more than half of the time for early ones, nor breaks a count of steps', () => {
    const pace = new Pace(often);
    pace.done(0, 3000);
    expect(pace.isDue(5, 3250)).toBe(false);
    expect(pace.isDue(15, 6100)).toBe(true);
    const counted = new Pace({ ...often, steps: 7 });
    expect([5, 7, 14, 15].map((step) => counted.isDue(step, 1e9))).toEqual([false, true, true, false]);
  });
});
