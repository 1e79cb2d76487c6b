// The code of a given row by search ("place my picture"): z minimises |x - G(z)|² + pull |z|², by Adam from several starts, G the decoder of
// any model (Zhu et al. 2016, section 3; Creswell & Bharath 2018). Starts are draws from the prior and the encoder's own answer; the best
// of them is kept, with its residual |x - G(z)|², which says how well the model can make the row at all. Where a model standardises columns,
// residuals are in their standard deviations. Rows and starts are alike to the program: a batch of codes that move independently.
import * as tf from '@tensorflow/tfjs';
import { KarstError, throwIfCancelled } from '../base/errors.ts';
import type { Rng } from '../base/rng.ts';
import { sampleSize } from '../datasets/dataset.ts';
import { adamCorrections, adamUpdate } from '../tracing/adam-update.ts';
import type { Device, DeviceState, Executable } from '../tracing/device.ts';
import { float32, type Arrays, type Program } from '../tracing/program.ts';
import { rateFactor } from './learning-rate.ts';
import type { Model, WeightsShown } from './model.ts';

/** Pull on |z|², against codes that no sample has. */
const PULL = 1e-3;
const RATE = 5e-2;
/** Codes that move in one call. */
export const INVERSION_BATCH = 64;
const BATCH = INVERSION_BATCH;

export interface InversionOptions {
  readonly weights?: WeightsShown;
  /** Starts of each row, the encoder's included. */
  readonly starts?: number;
  readonly steps?: number;
  /** Aborting it ends the search. */
  readonly signal?: AbortSignal;
  /** Lets the host's other work run; called after every step. */
  readonly breathe?: () => Promise<void>;
}

export interface Placed {
  /** [rows, latent] */
  readonly z: Float32Array;
  /** |x - G(z)|² of each row. */
  readonly residual: Float32Array;
}

/** x, z and Adam's moments m, v [batch, latent] → the same one step on, and the residual [batch] of the z that came in. */
export function inversionStep(model: Model, batch: number, weights?: WeightsShown): Program {
  const decode = model.decode(batch, weights);
  const codes = float32(batch, model.latentSize);
  const isStandardised = 'data.sd' in decode.state;
  return {
    name: `${model.id}.invert`,
    state: decode.state,
    inputs: {
      x: float32(batch, sampleSize(model.sample)),
      z: codes,
      m: codes,
      v: codes,
      rate: float32(),
      correction1: float32(),
      correction2: float32(),
    },
    body: (tensors, inputs) => {
      const { x, z, m, v, rate, correction1, correction2 } = inputs as Record<string, tf.Tensor2D>;
      let held: tf.Tensor | undefined;
      const lossOf = (at: tf.Tensor): tf.Scalar => {
        const made = decode.body(tensors, { z: at }).outputs['x'] as tf.Tensor2D;
        const away = tf.sub(x as tf.Tensor2D, made);
        const squares = tf.square(isStandardised ? tf.div(away, tensors['data.sd'] as tf.Tensor) : away);
        const residual = tf.sum(squares, 1); // [batch]
        held = tf.keep(tf.clone(residual)); // outlives the tape
        return tf.add(tf.sum(residual), tf.mul(PULL, tf.sum(tf.square(at))));
      };
      const gradient = tf.grad(lossOf)(z as tf.Tensor);
      const residual = tf.clone(held as unknown as tf.Tensor);
      tf.dispose(held);
      const slots = { parameter: z as tf.Tensor, gradient, m: m as tf.Tensor, v: v as tf.Tensor };
      const scalars = { rate: rate as tf.Tensor, correction1: correction1 as tf.Tensor, correction2: correction2 as tf.Tensor };
      const { parameter, m: nextM, v: nextV } = adamUpdate(slots, scalars);
      return { outputs: { z: parameter, m: nextM, v: nextV, residual } };
    },
  };
}

/** The best codes found for `x`, [rows, sampleSize]. */
export async function invert(
  model: Model,
  device: Device,
  state: DeviceState,
  x: Float32Array,
  rng: Rng,
  { weights, starts = 6, steps = 300, signal, breathe }: InversionOptions = {},
): Promise<Placed> {
  const size = sampleSize(model.sample);
  const latent = model.latentSize;
  const rows = x.length / size;
  if (!Number.isInteger(rows) || rows === 0)
    throw new KarstError('usage', `rows to place must have ${size} values each, got ${x.length} in all`);
  const open: Executable[] = [];
  const load = async (program: Program): Promise<Executable> => {
    const executable = await device.load(program, state);
    open.push(executable);
    return executable;
  };
  try {
    const step = await load(inversionStep(model, BATCH, weights));
    const encoder = await load(model.encode(BATCH));
    const prior = model.prior ? await load(model.prior(BATCH)) : undefined;
    const found = { z: new Float32Array(rows * latent), residual: new Float32Array(rows).fill(Infinity) };
    const tries = rows * starts;
    for (let first = 0; first < tries; first += BATCH) {
      // Try `first + i` is start ⌊(first + i) / rows⌋ of row (first + i) mod rows; a short last batch repeats tries.
      const owner = Int32Array.from({ length: BATCH }, (_, i) => ((first + i) % tries) % rows);
      const seen = new Float32Array(BATCH * size);
      owner.forEach((row, i) => seen.set(x.subarray(row * size, (row + 1) * size), i * size));
      const eps = rng.stream('starts', first).fillNormal(new Float32Array(BATCH * latent));
      const u = rng.stream('choices', first).fillUniform(new Float32Array(BATCH));
      const drawn = prior ? await prior.run({ eps, u }) : { z: eps };
      const codes = (drawn['z'] as Float32Array).slice();
      const { mean } = await encoder.run({ x: seen });
      owner.forEach((_, i) => {
        if ((first + i) % tries < rows) codes.set((mean as Float32Array).subarray(i * latent, (i + 1) * latent), i * latent);
      });
      await descend(
        step,
        { x: seen, z: codes, m: new Float32Array(codes.length), v: new Float32Array(codes.length) },
        owner,
        found,
      );
    }
    return found;
  } finally {
    for (const one of open) one.dispose();
  }

  /** Moves a batch of codes `steps` times; `found` keeps the best of each row. */
  async function descend(step: Executable, start: Arrays, owner: Int32Array, found: Placed): Promise<void> {
    let now = start;
    for (let t = 0; t <= steps; t++) {
      throwIfCancelled(signal);
      const [correction1, correction2] = adamCorrections(t + 1);
      const rate = RATE * rateFactor({ warmUp: 0, decay: steps, hold: 0.5 }, t);
      const scalars = { rate, correction1, correction2 };
      const given = Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, Float32Array.of(value)]));
      const next = await step.run({ ...now, ...given });
      const residual = next['residual'] as Float32Array;
      owner.forEach((row, i) => {
        if (!((residual[i] as number) < (found.residual[row] as number))) return;
        found.residual[row] = residual[i] as number;
        found.z.set((now['z'] as Float32Array).subarray(i * latent, (i + 1) * latent), row * latent);
      });
      now = {
        x: start['x'] as Float32Array,
        z: next['z'] as Float32Array,
        m: next['m'] as Float32Array,
        v: next['v'] as Float32Array,
      };
      await breathe?.();
    }
  }
}
