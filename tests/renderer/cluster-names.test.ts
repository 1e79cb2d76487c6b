import { describe, expect, it } from 'vitest';
import { clusterNames } from '../../renderer/state/cluster-names.ts';

/** Ten points of each label along the first axis, `step` apart, from `start`. */
const row = (start: number, step: number): number[] => Array.from({ length: 10 }, (_, i) => [start + i * step, i]).flat();

describe('the names of clusters', () => {
  it('stand at the middle of a label, above 95 % of its points', () => {
    const positions = Float32Array.from([...row(0, 0.1), ...row(100, 0.1)]);
    const labels = Int32Array.from({ length: 20 }, (_, i) => Math.floor(i / 10));
    const names = clusterNames({ dims: 2, count: 20, positions, labels });
    expect(names.map(({ label }) => label)).toEqual([0, 1]);
    expect(names[0]?.position[0]).toBeCloseTo(0.5, 5);
    expect(names[1]?.position[0]).toBeCloseTo(100.5, 4);
    expect(names[0]?.position[1]).toBe(9);
  });

  it('stay away where labels are mixed, have few points, or are absent', () => {
    const positions = Float32Array.from([...row(0, 1), ...row(0, 1)]);
    const labels = Int32Array.from({ length: 20 }, (_, i) => Math.floor(i / 10));
    const mixed = clusterNames({ dims: 2, count: 20, positions, labels });
    expect(mixed.length).toBeLessThan(2);
    const few = Int32Array.from({ length: 20 }, (_, i) => (i < 19 ? 0 : 1));
    expect(clusterNames({ dims: 2, count: 20, positions, labels: few }).some(({ label }) => label === 1)).toBe(false);
    expect(clusterNames({ dims: 2, count: 20, positions })).toEqual([]);
  });
});
