// Spectral normalisation (Miyato et al. 2018): every kernel W of the discriminator is used as W / s(W), with s its largest singular value,
// so that no layer stretches its input. s = vᵀ W u, where u and v, held fixed under the derivative, follow the singular vectors by one turn
// of the power iteration a step: v ← W u / |W u|, u ← Wᵀ v / |Wᵀ v|. Kernels of convolutions count as matrices [taps · inputs, outputs].
// A kernel that starts at 0, so that its branch adds nothing at first, has no norm to be divided by: it is kept from stretching instead, as
// W / max(1, s).
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Rng } from '../base/rng.ts';
import { float32, type Arrays, type Specs, type Tensors } from '../tracing/program.ts';
import { weightOf, type Weight, type Weights } from '../tracing/weights.ts';

/** Unit vectors of one kernel: u [outputs, 1], v [inputs, 1]. */
interface Directions {
  readonly u: tf.Tensor2D;
  readonly v: tf.Tensor2D;
  /** The kernel is divided by its norm only where that is above 1. */
  readonly isBounded: boolean;
}

export interface SpectralNorm {
  readonly isOn: boolean;
  /** The vectors u that live with `weights`, which are not learnt: `spectral.<kernel>`. */
  state(weights: Weights): Specs;
  start(weights: Weights, rng: Rng): Arrays;
  /** Directions as they are, or one turn of the power iteration further. Not to be called under the derivative. */
  directions(weights: Weights, tensors: Tensors, turns: 0 | 1): Readonly<Record<string, Directions>>;
  /** The kernels over their norms, by name. */
  normalised(directions: Readonly<Record<string, Directions>>, tensors: Tensors): Tensors;
  /** What becomes of the state. */
  kept(directions: Readonly<Record<string, Directions>>): Tensors;
}

const asMatrix = (kernel: tf.Tensor): tf.Tensor2D => tf.reshape(kernel, [-1, kernel.shape.at(-1) as number]);
const unit = (x: tf.Tensor2D): tf.Tensor2D => tf.div(x, tf.maximum(tf.sqrt(tf.sum(tf.square(x))), 1e-12));
/** What is left of u in its next value, so that a kernel of zeros leaves it as it is. */
const REST = 1e-10;
const startsAtZero = ({ start }: Weight): boolean =>
  (start.kind === 'normal' && start.sd === 0) || (start.kind === 'constant' && start.value === 0);

export const spectralNorm = member({
  id: 'spectralNorm',
  title: 'Spectral normalisation',
  summary: 'no layer of the discriminator stretches its input: steadies training at little cost',
  paper: 'Miyato et al. 2018, arXiv:1802.05957',
  params: {
    on: { kind: 'bool', default: false, help: 'divide every kernel of the discriminator by its largest singular value' },
  },
  make: ({ on }): SpectralNorm => {
    const kernels = (weights: Weights): string[] => Object.keys(weights).filter((name) => (weights[name]?.shape.length ?? 0) > 1);
    const outputs = (weights: Weights, name: string): number => weights[name]?.shape.at(-1) ?? 0;
    return {
      isOn: on,
      state: (weights) =>
        Object.fromEntries(kernels(weights).map((name) => [`spectral.${name}`, float32(outputs(weights, name), 1)])),
      start: (weights, rng) =>
        Object.fromEntries(
          kernels(weights).map((name) => {
            const u = rng.stream(`spectral.${name}`).fillNormal(new Float32Array(outputs(weights, name)));
            const norm = Math.hypot(...u);
            return [`spectral.${name}`, u.map((value) => value / norm)];
          }),
        ),
      directions: (weights, tensors, turns) =>
        Object.fromEntries(
          kernels(weights).map((name) => {
            const matrix = asMatrix(weightOf(tensors, name));
            const u = weightOf<tf.Tensor2D>(tensors, `spectral.${name}`);
            const v = unit(tf.matMul(matrix, u));
            const next = turns === 0 ? u : unit(tf.add(tf.matMul(matrix, v, true), tf.mul(REST, u)));
            return [name, { v, u: next, isBounded: startsAtZero(weights[name] as Weight) }];
          }),
        ),
      normalised: (directions, tensors) =>
        Object.fromEntries(
          Object.entries(directions).map(([name, { u, v, isBounded }]) => {
            const kernel = weightOf(tensors, name);
            const norm: tf.Scalar = tf.sum(tf.mul(v, tf.matMul(asMatrix(kernel), u)));
            return [name, tf.div(kernel, isBounded ? tf.maximum(norm, 1) : norm)];
          }),
        ),
      kept: (directions) => Object.fromEntries(Object.entries(directions).map(([name, { u }]) => [`spectral.${name}`, u])),
    };
  },
});
