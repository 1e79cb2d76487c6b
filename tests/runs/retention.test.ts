import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { retained } from '../../src/runs/retention.ts';

describe('which checkpoints are kept', () => {
  it('the newest few, the round ones and an even spread of the rest', () => {
    const steps = Array.from({ length: 101 }, (_, i) => 10 * i);
    expect(retained(steps, { last: 3, everySteps: 500, spread: 0 })).toEqual([0, 500, 980, 990, 1000]);
    const spread = retained(steps, { last: 1, everySteps: 0, spread: 5 });
    expect(spread[0]).toBe(0);
    expect(spread).toHaveLength(6);
  });

  it('stays even when it is applied after each save', () => {
    let kept: readonly number[] = [];
    for (let step = 0; step <= 3000; step += 10) kept = retained([...kept, step], { last: 2, everySteps: 0, spread: 8 });
    expect(kept).toHaveLength(10);
    expect(kept[0]).toBe(0);
    const gaps = kept.slice(1, -2).map((step, i) => step - (kept[i] as number));
    expect(Math.max(...gaps)).toBeLessThan(3000 / 3);
  });

  it('never loses the newest, keeps order and invents nothing', () => {
    const stepsArbitrary = fc.uniqueArray(fc.nat(10_000), { minLength: 1 }).map((steps) => steps.sort((a, b) => a - b));
    fc.assert(
      fc.property(stepsArbitrary, fc.nat(4), fc.nat(100), fc.nat(5), (steps, last, everySteps, spread) => {
        const kept = retained(steps, { last, everySteps, spread });
        expect(kept.at(-1)).toBe(steps.at(-1));
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
        for (const step of kept) expect(steps).toContain(step);
      }),
    );
  });
});
