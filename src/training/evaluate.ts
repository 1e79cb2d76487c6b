// Scores rows with a model: the evidence lower bound and its parts (a residual alone, where a model has no bound), KL of each dimension,
// posterior means and log-variances, and, if asked, the importance-weighted bound log p(x) >= E log 1/K sum_k p(x, z_k) / q(z_k | x)
// (Burda et al. 2015, IWAE). The noise of a row depends on the generator and the row's number only, so scores compare between steps,
// batch sizes and orders.
import { KarstError, throwIfCancelled } from '../base/errors.ts';
import type { Rng } from '../base/rng.ts';
import { readRows, sampleSize, type Dataset } from '../datasets/dataset.ts';
import type { ChosenCodes } from '../metrics/metric.ts';
import type { Model } from '../models/model.ts';
import type { HeldOutRecord } from '../protocol/records.ts';
import type { Device, DeviceState } from '../tracing/device.ts';
import type { Arrays } from '../tracing/program.ts';
import { openEvaluatedCodes } from './evaluated-codes.ts';

export interface Evaluation {
  /** Means over the rows, nats. */
  readonly heldOut: HeldOutRecord;
  /** Mean KL of each dimension of the diagonal posterior from N(0, 1) over the rows, nats. */
  readonly klPerDimension: readonly number[];
  /** Posterior means and log-variances, [rows, latentSize]. */
  readonly mean: Float32Array;
  readonly logVariance: Float32Array;
  /** Of each row, nats. */
  readonly reconstruction: Float32Array;
  readonly kl: Float32Array;
  /** Where codes are entries of a codebook. */
  readonly codebook?: ChosenCodes;
  /** The importance-weighted bound on log p(x), mean over the rows, nats; with `importanceSamples`. */
  readonly logLikelihood?: number;
}

export interface EvaluateOptions {
  /** K of the importance-weighted bound; 0 leaves it out. */
  readonly importanceSamples?: number;
  readonly signal?: AbortSignal;
  /** Lets the host's other work run between batches. */
  readonly breathe?: () => Promise<void>;
  /** How much is done, 0 … 1. */
  readonly onProgress?: (fraction: number) => void;
}

export interface Evaluator {
  evaluate(dataset: Dataset, rows: Int32Array, options?: EvaluateOptions): Promise<Evaluation>;
  dispose(): void;
}

export async function openEvaluator(model: Model, device: Device, state: DeviceState, rng: Rng, batch = 250): Promise<Evaluator> {
  const program = model.evaluate(batch);
  const executable = await device.load(program, state);
  const { latentSize } = model;
  const size = sampleSize(model.sample);
  const x = new Float32Array(batch * size);
  const eps = new Float32Array(batch * latentSize);
  const u = 'u' in program.inputs ? new Float32Array(batch * size) : undefined;
  const batchRows = new Int32Array(batch);

  function drawEps(sample: number): void {
    batchRows.forEach((row, i) => {
      rng.stream(`eps.${sample}`, row).fillNormal(eps.subarray(i * latentSize, (i + 1) * latentSize));
    });
  }

  interface Scores {
    readonly mean: Float32Array;
    readonly logVariance: Float32Array;
    readonly reconstruction: Float32Array;
    readonly kl: Float32Array;
    readonly logRatio?: Float32Array;
    readonly chosen?: Float32Array;
    readonly shown?: Float32Array;
  }

  async function score(): Promise<Scores> {
    const outputs: Arrays = await executable.run(u ? { x, eps, u } : { x, eps });
    const take = (name: string): Float32Array => {
      const values = outputs[name];
      if (!(values instanceof Float32Array)) throw new KarstError('internal', `${program.name} has no float32 output ${name}`);
      return values;
    };
    return {
      mean: take('mean'),
      logVariance: take('logVariance'),
      reconstruction: take('reconstruction'),
      kl: take('kl'),
      ...(model.hasBound ? { logRatio: take('logRatio') } : {}),
      ...(model.codebook ? { chosen: take('chosen'), shown: take('shown') } : {}),
    };
  }

  return {
    async evaluate(dataset, rows, { importanceSamples = 0, signal, breathe, onProgress } = {}) {
      if (importanceSamples > 0 && !model.hasBound)
        throw new KarstError('unsupported', `a ${model.id} has no bound on log p(x) to sharpen with importance samples`);
      if (rows.length === 0)
        throw new KarstError('usage', 'there are no rows to score: the dataset is too small to hold any out');
      const mean = new Float32Array(rows.length * latentSize);
      const logVariance = new Float32Array(rows.length * latentSize);
      const reconstruction = new Float32Array(rows.length);
      const kl = new Float32Array(rows.length);
      const klSums = new Float64Array(latentSize);
      const codes = model.codebook && openEvaluatedCodes(model.codebook, model, rows.length);
      let reconstructionSum = 0;
      let klSum = 0;
      let logLikelihoodSum = 0;
      for (let start = 0; start < rows.length; start += batch) {
        throwIfCancelled(signal);
        const count = Math.min(batch, rows.length - start);
        for (let i = 0; i < batch; i++) batchRows[i] = rows[start + Math.min(i, count - 1)] as number; // the last row fills up
        readRows(dataset, batchRows, x);
        if (u) batchRows.forEach((row, i) => rng.stream('u', row).fillUniform(u.subarray(i * size, (i + 1) * size)));
        drawEps(0);
        const scores = await score();
        mean.set(scores.mean.subarray(0, count * latentSize), start * latentSize);
        logVariance.set(scores.logVariance.subarray(0, count * latentSize), start * latentSize);
        reconstruction.set(scores.reconstruction.subarray(0, count), start);
        codes?.take({ ...scores, x }, start, count);
        for (let i = 0; i < count; i++) {
          reconstructionSum += scores.reconstruction[i] as number;
          let sum = 0;
          for (let j = 0; j < latentSize; j++) {
            const nats = scores.kl[i * latentSize + j] as number;
            klSums[j] = (klSums[j] as number) + nats;
            sum += nats;
          }
          kl[start + i] = model.hasSampledKl && scores.logRatio ? (scores.logRatio[i] as number) : sum;
          klSum += kl[start + i] as number;
        }
        if (importanceSamples > 0) {
          const weights = [logWeights(scores)];
          for (let sample = 1; sample < importanceSamples; sample++) {
            throwIfCancelled(signal);
            drawEps(sample);
            weights.push(logWeights(await score()));
            onProgress?.((start + (count * sample) / importanceSamples) / rows.length);
            await breathe?.();
          }
          for (let i = 0; i < count; i++) logLikelihoodSum += logMeanExp(weights.map((one) => one[i] as number));
        }
        onProgress?.(Math.min(1, (start + batch) / rows.length));
        await breathe?.();
      }
      const klPerDimension = Array.from(klSums, (sum) => sum / rows.length);
      const klMean = klSum / rows.length;
      const reconstructionMean = reconstructionSum / rows.length;
      return {
        heldOut: {
          ...(model.hasBound ? { elbo: -(reconstructionMean + klMean), kl: klMean } : {}),
          reconstruction: reconstructionMean,
          rows: rows.length,
        },
        klPerDimension,
        mean,
        logVariance,
        reconstruction,
        kl,
        ...(codes ? { codebook: codes.told() } : {}),
        ...(importanceSamples > 0 ? { logLikelihood: logLikelihoodSum / rows.length } : {}),
      };
    },
    dispose: () => executable.dispose(),
  };
}

/** log p(x|z) + log p(z) - log q(z|x) of each row of the batch. */
const logWeights = ({ reconstruction, logRatio }: { reconstruction: Float32Array; logRatio?: Float32Array }): Float64Array =>
  Float64Array.from(reconstruction, (nats, i) => -nats - (logRatio?.[i] ?? 0));

function logMeanExp(values: readonly number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0) / values.length);
}

/** Dimensions whose posterior mean varies by more than 0.01 over the rows (Burda et al. 2015). `mean` is [rows, latentSize]. */
export function activeUnits(mean: Float32Array, latentSize: number): number {
  const rows = mean.length / latentSize;
  let active = 0;
  for (let j = 0; j < latentSize; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += mean[i * latentSize + j] as number;
    let squares = 0;
    for (let i = 0; i < rows; i++) squares += ((mean[i * latentSize + j] as number) - sum / rows) ** 2;
    if (squares / Math.max(1, rows - 1) > 0.01) active++;
  }
  return active;
}
