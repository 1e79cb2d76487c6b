import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linear, logarithmic, logTicks, nearest, pathOf, ticks, valueRange } from '../../src/report/scale.ts';

describe('chart scales', () => {
  it('go there and back', () => {
    const x = linear(10, 20, 100, 300);
    expect([x.to(10), x.to(15), x.to(20), x.from(200)]).toEqual([100, 200, 300, 15]);
    const log = logarithmic(1, 10_000, 0, 400);
    expect(log.to(100)).toBeCloseTo(200);
    expect(log.from(300)).toBeCloseTo(1000);
    expect(log.to(0)).toBe(0);
  });

  it('have round ticks inside their range', () => {
    expect(ticks(0, 100, 4)).toEqual([0, 50, 100]);
    expect(ticks(-0.31, 0.3, 3)).toEqual([-0.2, 0, 0.2]);
    expect(logTicks(1, 4000, 4)).toEqual([1, 10, 100, 1000]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (low, span) => {
          const found = ticks(low, low + span, 4);
          expect(found.length).toBeLessThanOrEqual(6);
          for (const tick of found) expect(tick >= low - 1e-6 * span && tick <= low + span + 1e-6 * span).toBe(true);
        },
      ),
    );
  });

  it('let the first spike leave the chart and keep a rise from zero', () => {
    const steps = [1, 2, 3, 4, 5, 6, 7, 8];
    const [low, high] = valueRange([{ name: 'loss', steps, values: [550, 140, 120, 110, 105, 102, 101, 100] }]);
    expect(high).toBeLessThan(150);
    expect(low).toBeLessThan(100);
    const kl = valueRange([{ name: 'kl', steps, values: [0, 2, 5, 7, 8, 8.1, 8.2, 8.3] }]);
    expect(kl[0]).toBeLessThanOrEqual(0);
    expect(valueRange([{ name: 'none', steps: [], values: [] }])).toEqual([0, 1]);
  });

  it('have no axis where values cannot be', () => {
    const range = (values: number[], limits: readonly [number, number] = [0, 1]): number[] =>
      valueRange([{ name: 'share', steps: values.map((_, i) => i), values }], limits);
    expect(range([0, 0, 0, 0])).toEqual([0, 1]);
    expect(range([1, 1, 1, 1])).toEqual([0.9, 1]);
    expect(range([0, 0, 0], [-1, 1])).toEqual([-1, 1]);
    const [low, high] = range([0, 0.02, 0.08, 0.08]);
    expect(low).toBe(0);
    expect(high).toBeLessThan(0.1);
    // An estimate that falls below what it estimates is not cut off.
    expect(range([-0.2, 0.5, 0.4], [0, Infinity])[0]).toBe(-0.2);
  });

  it('draw at most two points a pixel column, the lowest and the highest', () => {
    const count = 50_000;
    const steps = Array.from({ length: count }, (_, i) => i);
    const values = steps.map((i) => (i === 25_000 ? 9 : Math.sin(i)));
    const path = pathOf({ name: 'x', steps, values }, linear(0, count, 0, 200), linear(-1, 10, 100, 0));
    expect(path.split(/[ML]/).length - 1).toBeLessThanOrEqual(402);
    expect(path).toContain(` ${linear(-1, 10, 100, 0).to(9).toFixed(1)}`);
  });

  it('leave a gap where a value is no number', () => {
    const curve = { name: 'x', steps: [0, 10, 20, 30], values: [1, NaN, 2, 3] };
    expect(pathOf(curve, linear(0, 30, 0, 30), linear(0, 3, 3, 0))).toBe('M0.0 2.0M20.0 1.0L30.0 0.0');
  });

  it('find the nearest step', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 1 }),
        fc.double({ min: -10, max: 1010, noNaN: true }),
        (given, step) => {
          const steps = [...given].sort((p, q) => p - q);
          const best = Math.min(...steps.map((one) => Math.abs(one - step)));
          expect(Math.abs((steps[nearest(steps, step)] as number) - step)).toBe(best);
        },
      ),
    );
    expect(nearest([], 3)).toBe(-1);
  });
});
