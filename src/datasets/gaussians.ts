// Mixtures of narrow 2-D Gaussians, the classic test of mode collapse: a ring of 8 (radius 1, sd 0.01) and a grid of 25 (spacing 2,
// sd 0.05), as in VEEGAN (Srivastava et al. 2017) and PacGAN (Lin et al. 2018). A sample counts as good within 3 sd of a mode.
import { member } from '../base/family.ts';
import type { Params, Values } from '../base/params.ts';
import { Rng } from '../base/rng.ts';
import type { Dataset } from './dataset.ts';
import { vectorDataset } from './vectors.ts';

/** Means of a ring's `modes`, counter-clockwise from (radius, 0): [modes, 2]. */
export function ringMeans(radius = 1, modes = 8): Float64Array {
  const means = new Float64Array(modes * 2);
  for (let k = 0; k < modes; k++) {
    means[2 * k] = radius * Math.cos((2 * Math.PI * k) / modes);
    means[2 * k + 1] = radius * Math.sin((2 * Math.PI * k) / modes);
  }
  return means;
}

/** Means of a `side` × `side` grid centred on the origin, row by row from the lower left: [side², 2]. */
export function gridMeans(spacing = 2, side = 5): Float64Array {
  const means = new Float64Array(side * side * 2);
  for (let k = 0; k < side * side; k++) {
    means[2 * k] = spacing * ((k % side) - (side - 1) / 2);
    means[2 * k + 1] = spacing * (Math.floor(k / side) - (side - 1) / 2);
  }
  return means;
}

const common = {
  rows: { kind: 'int', default: 10_000, min: 1, max: 1_000_000, scale: 'log', help: 'how many points are drawn' },
  seed: { kind: 'int', default: 0, min: 0, max: 2 ** 32 - 1, help: 'seed of the points' },
} as const satisfies Params;

function mixture(id: string, title: string, means: Float64Array, sd: number, values: Values<typeof common>): Dataset {
  const rng = Rng.fromSeed(values.seed).stream(id);
  const modes = means.length / 2;
  const points = new Float32Array(values.rows * 2); // [rows, 2]
  const labels = new Int32Array(values.rows);
  for (let i = 0; i < values.rows; i++) {
    const k = rng.integer(modes);
    labels[i] = k;
    points[2 * i] = (means[2 * k] as number) + sd * rng.normal();
    points[2 * i + 1] = (means[2 * k + 1] as number) + sd * rng.normal();
  }
  const labelNames = Array.from({ length: modes }, (_, k) => `mode ${k}`);
  return vectorDataset({ id, title, labels, labelNames, ...(sd > 0 ? { modes: { means, sd } } : {}) }, 2, points, ['x', 'y']);
}

export const ring = member({
  id: 'ring',
  title: 'Ring of 8 Gaussians',
  summary: 'Eight narrow modes on a circle: the quickest test of mode collapse.',
  paper: 'Srivastava et al. 2017, VEEGAN',
  params: {
    ...common,
    radius: { kind: 'float', default: 1, min: 0.01, max: 100, scale: 'log', help: 'distance of each mode from the origin' },
    sd: { kind: 'float', default: 0.01, min: 0, max: 10, help: 'standard deviation of each mode' },
  },
  make: (values) => mixture('ring', 'Ring of 8 Gaussians', ringMeans(values.radius), values.sd, values),
});

export const grid = member({
  id: 'grid',
  title: 'Grid of 25 Gaussians',
  summary: 'Five by five narrow modes: harder than the ring, shows which modes a model drops.',
  paper: 'Srivastava et al. 2017, VEEGAN',
  params: {
    ...common,
    spacing: { kind: 'float', default: 2, min: 0.01, max: 100, scale: 'log', help: 'distance between neighbouring modes' },
    sd: { kind: 'float', default: 0.05, min: 0, max: 10, help: 'standard deviation of each mode' },
  },
  make: (values) => mixture('grid', 'Grid of 25 Gaussians', gridMeans(values.spacing), values.sd, values),
});
