// VampPrior (Tomczak & Welling 2018): p(z) = 1/K sum_k q(z | x_k), the encoder's Gaussians at K learnt pseudo-inputs. They start at training
// rows with a little noise. Where rows have bounds pseudo-inputs keep within them, low + (high - low) sigmoid(4 w): a pixel's weight then
// moves as the pixel does at mid-grey, and none is stuck at a bound as clipped ones are. It costs K more rows through the encoder.
import * as tf from '@tensorflow/tfjs';
import { member } from '../../base/family.ts';
import type { Rng } from '../../base/rng.ts';
import { weightOf } from '../../tracing/weights.ts';
import type { Tensors } from '../../tracing/program.ts';
import { drawFromMixture, mixtureLogDensity, type Mixture } from './gaussian-mixture.ts';
import type { Encode, Prior } from './prior.ts';

/** Standard deviation of the noise on the rows that pseudo-inputs start from, in units of the rows: equal rows must not stay equal. */
const NOISE = 0.05;
/** Where values with bounds start: so far inside that a weight is finite and learns. */
const MARGIN = 0.01;
const SLOPE = 4;

export const vampPrior = member({
  id: 'vamp',
  title: 'VampPrior',
  summary: 'the posteriors of some learnt inputs: a prior that follows the codes closely; dearer than a mixture',
  paper: 'Tomczak & Welling 2018, arXiv:1705.07120',
  params: {
    pseudoInputs: {
      kind: 'int',
      default: 100,
      min: 1,
      max: 5000,
      scale: 'log',
      help: 'learnt inputs; the paper takes 500, each costs as much as a row of the batch',
    },
  },
  make: ({ pseudoInputs }): Prior => ({
    isStandardNormal: false,
    build: (prefix, { sampleSize, range }) => {
      const name = `${prefix}.pseudoInputs`;
      const [low, high] = range ?? [0, 1];
      const bounded = range !== undefined;
      const mixture = (tensors: Tensors, encode: Encode): Mixture => {
        const w = weightOf<tf.Tensor2D>(tensors, name);
        const rows: tf.Tensor2D = bounded ? tf.add(low, tf.mul(high - low, tf.sigmoid(tf.mul(SLOPE, w)))) : w;
        const [means, logVariances] = encode(rows);
        return { logShares: tf.fill([pseudoInputs], -Math.log(pseudoInputs)), means, logVariances };
      };
      return {
        weights: { [name]: { shape: [pseudoInputs, sampleSize], start: { kind: 'normal', sd: NOISE } } },
        start: (rng, rows) => ({ [name]: startingRows(rng.stream(name), rows) }),
        logDensity: (tensors, z, encode) => mixtureLogDensity(z, mixture(tensors, encode)),
        sample: (tensors, eps, u, encode) => drawFromMixture(mixture(tensors, encode), eps, u),
      };

      /** Rows in a random order, from the first again where there are too few. */
      function startingRows(rng: Rng, rows: Float32Array): Float32Array {
        const count = rows.length / sampleSize;
        const order = rng.stream('order').permutation(count);
        const values = rng.stream('noise').fillNormal(new Float32Array(pseudoInputs * sampleSize));
        return values.map((noise, at) => {
          const row = order[Math.floor(at / sampleSize) % count] as number;
          const value = (rows[row * sampleSize + (at % sampleSize)] as number) + NOISE * noise;
          if (!bounded) return value;
          const part = Math.min(1 - MARGIN, Math.max(MARGIN, (value - low) / (high - low)));
          return Math.log(part / (1 - part)) / SLOPE;
        });
      }
    },
  }),
});
